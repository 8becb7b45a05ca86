"""What a student learns from people who taught at the desk."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import torch

from preceptor.api.training_data import Material
from preceptor.core import AnyTeacher, InputError, PreceptorError, generator
from preceptor.core.inputs import need_tensors
from preceptor.ledger import input_keys
from preceptor.lessons import Lesson
from preceptor.people import Human, Studies, Study, taught_items
from preceptor.people.lessons import TrainingData, lessons_of
from preceptor.strategies import Setting, split
from preceptor.strategies.parsing import chosen

OFFERED: Final = 60
"""So many inputs of the data are offered to people to teach on."""


class NothingTaughtError(PreceptorError):
    """People have taught nothing yet that can be learned from; inputs are offered to them."""


@dataclass(frozen=True, eq=False)
class DeskLessons:
    """The study in which people taught.

    Attributes:
        studies: where it is kept.
        study: the study.
    """

    studies: Studies
    study: Study
    _asked: dict[str, Sequence[Lesson]] = field(default_factory=dict)

    @classmethod
    def of(
        cls, name: str | None, teacher: AnyTeacher, ledger: str | Path | None
    ) -> "DeskLessons | None":
        """The study of this name, or the teacher's own; ``None`` where there is neither.

        Raises:
            InputError: there is no study of this name.
        """
        if name is not None:
            word, _, url = name.partition("@")
            if not url and (ledger is None or str(ledger) == ":memory:"):
                raise InputError(
                    f"--study {name}: it lies in a ledger's file; name that with --ledger"
                )
            studies = Studies(url or str(ledger), create=False)
            return cls(studies, studies.get(word))
        if isinstance(teacher, Human):
            return cls(teacher.studies, teacher.study)
        return None

    def taught(
        self, have: Material, strategy: str, seed: int, say: Callable[[str], None]
    ) -> Sequence[Lesson]:
        """The lessons that a strategy's specification takes from the desk.

        Where there are none yet, inputs of the data are offered to teach on.

        Raises:
            NothingTaughtError: there are none yet: to be run again.
        """
        if not any(part.partition(":")[0].strip() == "desk" for part in split(strategy)):
            return ()
        need_tensors(
            have.inputs, "the strategy desk", "Give lessons on texts as files, or in Python."
        )
        found: list[Lesson] = []
        for part in split(strategy):
            said = chosen(part)
            if part.partition(":")[0].strip() == "desk":
                found += self.lessons(have, said.values["what"], said.values["way"])
        if not found:
            raise self._wait(have, seed)
        self._left_out(have, say)
        return found

    def lessons(self, have: Material, what: str, way: str) -> Sequence[Lesson]:
        """What people taught, on the ground that may be learned on."""
        key = f"{what} {way}"
        if key not in self._asked:
            kind = None if what == "all" else what
            self._asked[key] = lessons_of(
                self.studies, self.study, ground=ground_of(have), kind=kind, way=way
            )
        return self._asked[key]

    def _wait(self, have: Material, seed: int) -> NothingTaughtError:
        """Offer inputs, and say so."""
        order = generator(seed, "offered").permutation(len(have.inputs))[:OFFERED]
        study = self.studies.make(self.study.name, self.study.settings)
        offered: Any = have.inputs[torch.from_numpy(order)]
        self.studies.offer(study.name, offered)
        with self.studies.database.read() as db:
            all_ = len(taught_items.standing(db, study.number))
        said = "nothing was taught yet"
        if all_:
            said = f"of the {all_} things that were taught none can be learned from here"
        return NothingTaughtError(
            f"in the study {self.study.name!r} {said}. {len(order)} inputs of the data "
            f"are offered there to teach on. Open 'preceptor desk {self.studies.database.name}', go "
            "to Teach, and run the same command again."
        )

    def _left_out(self, have: Material, say: Callable[[str], None]) -> None:
        """Say how much was taught on inputs that are not learned on."""
        ground = ground_of(have)
        with self.studies.database.read() as db:
            found = taught_items.standing(db, self.study.number)
        left = [one for one in found if not ground.covers(one)]
        if left:
            say(
                f"preceptor: {len(left)} of {len(found)} things that were taught are about single "
                "inputs that are not among those learned on, such as an audit's own; they are left "
                "out."
            )


def ground_of(have: Material) -> TrainingData:
    """Where the student learns: never on what is set apart for the audits."""
    inputs: Any = have.inputs
    keys = frozenset(input_keys(have.inputs)) | frozenset(input_keys(have.pool))
    return TrainingData(inputs, have.labels if have.labelled else None, keys)


def setting_of(
    have: Material,
    kept: AnyTeacher,
    desk: DeskLessons | None,
    names: tuple[str, ...] = (),
) -> Setting:
    """What strategies are made of."""

    def lessons(what: str, way: str) -> Sequence[Lesson]:
        if desk is None:
            raise InputError("there is no desk here")
        return desk.lessons(have, what, way)

    return Setting(
        have.inputs,
        have.labels,
        have.pool,
        have.domain,
        kept,
        have.tutors,
        have.probes,
        None if desk is None else lessons,
        names if len(names) == kept.classes else (),
    )
