"""The first stage of an audit: the student answers, the attacks move; no teacher in sight.

Everything lands on disk chunk by chunk, so a killed audit goes on at the chunk it was in.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from preceptor.asking.keys import KEY_BYTES, input_keys, packed
from preceptor.audit.audit_plan import MovedInputs, Plan
from preceptor.audit.audit_progress import AuditProgress, Watcher
from preceptor.audit.input_rows import InputRows, input_rows, places
from preceptor.audit.npy_file import NpyFile
from preceptor.audit.sanity import PROBE, Finding, check_domain, check_student
from preceptor.core import (
    AnyAttack,
    AnySource,
    AnyStudent,
    InputError,
    Inputs,
    ItemRng,
    PreceptorError,
)
from preceptor.core.company import batched
from preceptor.core.domains import AnyDomain, distances
from preceptor.core.inputs import finite, in_words, like, on_cpu, put, same_rows
from preceptor.core.out_of_memory import is_out_of_memory
from preceptor.core.passes import within

SAME = 1e-4
"""The same student's probability may differ by so much from run to run, as on a GPU."""


@dataclass(frozen=True)
class SheetFiles:
    """The files of one sheet: the clean inputs, or what one attack made of them.

    Attributes:
        inputs: ``Float32[items, *shape]``, or texts.
        keys: ``UInt8[items, 32]``, of the inputs as questions, see ``preceptor.asking``: each is
            hashed once, while it is in memory.
        student: ``Int64[items]``, the student's answers.
        sure: ``Float32[items]``, the softmax probability of the student's top class.
        distances: ``Float32[items, measures]`` from the clean input, by the domain's measures.
        failed: ``Bool[items]``, where the attack failed; the input is then the clean one.
        done: ``Bool[items]``, so that another batch finds what this one did.
        reasons: JSON lines, one for each failed item.
        domain: which inputs are valid.
    """

    inputs: InputRows
    keys: NpyFile
    student: NpyFile
    sure: NpyFile
    distances: NpyFile
    failed: NpyFile
    done: NpyFile
    reasons: Path
    domain: AnyDomain

    @classmethod
    def open(cls, folder: Path, inputs: Path, source: AnySource) -> "SheetFiles":
        """Open or make the files of one sheet; ``inputs``, a path without its ending, outlive the
        work folder.

        Where a file is missing, nothing counts as done, whatever the others say.
        """
        folder.mkdir(parents=True, exist_ok=True)
        inputs.parent.mkdir(parents=True, exist_ok=True)
        n = len(source)
        names = ("keys", "student", "sure", "distances", "failed")
        if not all(
            path.exists()
            for path in (
                *places(inputs, source.domain),
                *(folder / f"{name}.npy" for name in names),
            )
        ):
            (folder / "done.npy").unlink(missing_ok=True)

        def rows(name: str, dtype: type, *more: int) -> NpyFile:
            return NpyFile(folder / f"{name}.npy", (n, *more), dtype)

        return cls(
            inputs=input_rows(inputs, n, source.domain),
            keys=rows("keys", np.uint8, KEY_BYTES),
            student=rows("student", np.int64),
            sure=rows("sure", np.float32),
            distances=rows("distances", np.float32, len(source.domain.measures)),
            failed=rows("failed", np.bool_),
            done=NpyFile(folder / "done.npy", (n,), np.bool_),
            reasons=folder / "reasons.jsonl",
            domain=source.domain,
        )

    def is_done(self, start: int, stop: int) -> bool:
        """Whether items ``start .. stop - 1`` are on disk, all of them."""
        return bool(self.done.read(start, stop).all())

    def write(self, start: int, moved: Inputs, clean: Inputs, said: tuple[Tensor, Tensor]) -> None:
        """One chunk; it counts only when all of it is there."""
        plain = on_cpu(moved)
        self.inputs.write(start, plain)
        self.keys.write(start, packed(input_keys(plain)))
        self.student.write(start, said[0].cpu().numpy())
        self.sure.write(start, said[1].cpu().numpy())
        self.distances.write(start, distances(self.domain, moved, clean).cpu().numpy())
        self.done.write(start, np.ones(len(plain), np.bool_))

    def fail(self, start: int, item_ids: list[str], reasons: dict[int, str]) -> None:
        """Note the items of a chunk on which the attack failed."""
        for row, why in reasons.items():
            self.failed.write(start + row, np.array([True]))
            with self.reasons.open("a") as file:
                file.write("\n" + json.dumps({"item": item_ids[row], "why": why}) + "\n")

    def forget(self) -> None:
        """Count nothing as done."""
        self.done.write(0, np.zeros(self.done.shape, np.bool_))
        self.failed.write(0, np.zeros(self.failed.shape, np.bool_))
        self.reasons.unlink(missing_ok=True)

    def failures(self) -> dict[str, str]:
        """Why the attack failed, by item. A line cut off by a kill is skipped: the chunk that it
        belongs to was not done, so that its items are noted again.
        """
        found: dict[str, str] = {}
        for line in self.reasons.read_text().split("\n") if self.reasons.exists() else ():
            with suppress(ValueError):
                note = json.loads(line)
                found[note["item"]] = note["why"]
        return found

    def close(self) -> None:
        """Close the files."""
        for rows in (
            self.inputs,
            self.keys,
            self.student,
            self.sure,
            self.distances,
            self.failed,
            self.done,
        ):
            rows.close()


def predict(student: AnyStudent, inputs: Inputs) -> tuple[Tensor, Tensor]:
    """The student's answers ``Int64[batch]`` and how sure it is, ``Float32[batch]``."""
    with torch.no_grad():
        logits = batched(student, inputs, within(max(1, len(inputs))))
    return student.decide(logits), logits.float().softmax(1).amax(1)


def first_predictions(student: AnyStudent, inputs: Inputs) -> tuple[Tensor, Tensor]:
    """What :func:`say` returns, at the first inputs that a student sees.

    Raises:
        InputError: it fails on them, most often since it expects another shape.
    """
    try:
        return predict(student, inputs)
    except PreceptorError:
        raise
    except Exception as error:
        if is_out_of_memory(error):
            raise
        raise InputError(
            f"student {student.name!r} failed on the first {len(inputs)} inputs, {in_words(inputs, values=False)}: "
            f"{type(error).__name__}: {error}. A student takes batches [items, *shape], or texts; "
            "give data of the form that it expects, or reshape inside it"
        ) from error


def recall(student: AnyStudent, source: AnySource, plan: Plan, stages: list[SheetFiles]) -> None:
    """See whether the student still is the one whose work lies there, or forget that work.

    It answers all clean items of that work again: what cannot be hashed of a student, such as a
    file that it reads while it answers, shows there.
    """
    n = len(source)
    for start in range(0, n, plan.batch):
        stop = min(start + plan.batch, n)
        if not stages[0].is_done(start, stop):
            continue
        clean = source.read(start, stop)
        labels, sure = first_predictions(student, clean.to(student.device))
        gap = np.abs(sure.cpu().numpy() - stages[0].sure.read(start, stop))
        same = (
            bool(same_rows(on_cpu(clean), stages[0].inputs.read(start, stop)).all())
            and np.array_equal(labels.cpu().numpy(), stages[0].student.read(start, stop))
            and not bool((gap > SAME).any())
        )
        if not same:
            for stage in stages:
                stage.forget()
            return


@contextmanager
def opened(folder: Path, source: AnySource, plan: Plan) -> Iterator[list[SheetFiles]]:
    """The sheets of an audit, the clean one first, closed whatever happens."""
    with ExitStack() as stack:
        stages = []
        for stem in stems(plan):
            inputs = folder / "inputs" / stem
            stage = SheetFiles.open(folder / "work" / stem, inputs, source)
            stack.callback(stage.close)
            stages.append(stage)
        yield stages


def move(
    student: AnyStudent, source: AnySource, plan: Plan, stages: list[SheetFiles], watch: Watcher
) -> list[Finding]:
    """Fill the clean stage and one stage for each attack, but for what is there already.

    Raises:
        InputError: inputs outside the domain, a student that cannot be used, an attack that is
            misused (the same for every item).
    """
    clean_stage, moved_stages = stages[0], stages[1:]
    n, done = len(source), 0
    total = n * max(1, len(plan.moves))
    probe = source.read(0, min(PROBE, n))  # not the first chunk, whose length depends on the batch
    check_domain(probe, list(source.ids[: len(probe)]), source.domain)
    findings = check_student(student, probe.to(student.device))
    for start in range(0, n, plan.batch):
        stop = min(start + plan.batch, n)
        ids = list(source.ids[start:stop])
        clean = source.read(start, stop)
        check_domain(clean, ids, source.domain)
        clean = clean.to(student.device)
        if not clean_stage.is_done(start, stop):
            clean_stage.write(start, clean, clean, predict(student, clean))
        for stage, mover in zip(moved_stages, plan.moves, strict=True):
            if not stage.is_done(start, stop):
                moved, reasons = _moved(mover, student, clean, source, plan, (start, ids))
                stage.fail(start, ids, reasons)
                stage.write(start, moved, clean, predict(student, moved))
            done += stop - start
            watch(AuditProgress("attack", done, total, mover.name))
    return findings


def stems(plan: Plan) -> list[str]:
    """File names for the clean inputs and each attack's."""
    return ["clean", *(f"moved-{i}" for i in range(len(plan.moves)))]


def _moved(
    mover: AnyAttack | MovedInputs,
    student: AnyStudent,
    clean: Inputs,
    source: AnySource,
    plan: Plan,
    where: tuple[int, list[str]],
) -> tuple[Inputs, dict[int, str]]:
    start, ids = where
    if isinstance(mover, MovedInputs):
        moved = mover.read(start, start + len(ids)).to(student.device)
        check_domain(moved, [f"{i} of {mover.name}" for i in ids], source.domain)
        return moved, {}

    def attack(rows: slice) -> object:
        rng = ItemRng.named(plan.seed, f"attack/{mover.name}", ids[rows])
        # a copy, since an attack may write into what it is given
        return mover(student, clean[rows].clone(), domain=source.domain, rng=rng)

    moved, reasons = _each(attack, clean)
    return source.domain.project(moved, clean), reasons


def _each(attack: Callable[[slice], object], clean: Inputs) -> tuple[Inputs, dict[int, str]]:
    """Run on the whole batch; if that fails, on each item alone, so that one takes no other."""
    reasons: dict[int, str] = {}
    try:
        moved = like(attack(slice(None)), clean)
    except InputError:
        raise  # misuse: it would fail the same for every item
    except Exception as error:
        if is_out_of_memory(error):  # the items are not to blame
            raise
        moved = clean.clone()
        for row in range(len(clean)):
            one = slice(row, row + 1)
            try:
                moved = put(moved, torch.tensor([row]), like(attack(one), clean[one]))
            except Exception as error:
                if is_out_of_memory(error):
                    raise
                reasons[row] = f"{type(error).__name__}: {error}"
    wrong = (~finite(moved)).nonzero()[:, 0]
    if len(wrong):
        moved = put(moved, wrong, clean[wrong])
        reasons |= dict.fromkeys(wrong.tolist(), "it returned values that are not finite")
    return moved, reasons
