"""The first stage of an audit: the student answers, the attacks move; no teacher in sight.

Everything lands on disk chunk by chunk, so a killed audit goes on at the chunk it was in.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from preceptor.audit.plan import Given, Plan
from preceptor.audit.progress import Progress, Watcher
from preceptor.audit.rows import Rows
from preceptor.audit.sanity import Finding, check_domain, check_student
from preceptor.core import Attack, InputError, ItemRng, Source, Student

DISTANCES = ("l0", "l1", "l2", "linf")


@dataclass(frozen=True)
class Stage:
    """The files of one sheet: the clean inputs, or what one attack made of them.

    Attributes:
        inputs: ``Float32[items, *shape]``.
        student: ``Int64[items]``, the student's answers.
        sure: ``Float32[items]``, the softmax probability of the student's top class.
        distances: ``Float32[items, 4]`` from the clean input, in the order of ``DISTANCES``.
        failed: ``Bool[items]``, where the attack raised; the input is then the clean one.
        done: ``Bool[chunks]``.
        reasons: JSON lines, one for each failed item.
    """

    inputs: Rows
    student: Rows
    sure: Rows
    distances: Rows
    failed: Rows
    done: Rows
    reasons: Path

    @classmethod
    def open(cls, folder: Path, inputs: Path, source: Source, batch: int) -> "Stage":
        """Open or make the files of one sheet; ``inputs`` outlive the work folder."""
        folder.mkdir(parents=True, exist_ok=True)
        inputs.parent.mkdir(parents=True, exist_ok=True)
        n = len(source)

        def rows(name: str, dtype: type, *more: int) -> Rows:
            return Rows(folder / f"{name}.npy", (n, *more), dtype)

        return cls(
            inputs=Rows(inputs, (n, *source.domain.shape), np.float32),
            student=rows("student", np.int64),
            sure=rows("sure", np.float32),
            distances=rows("distances", np.float32, len(DISTANCES)),
            failed=rows("failed", np.bool_),
            done=Rows(folder / "done.npy", (-(-n // batch),), np.bool_),
            reasons=folder / "reasons.jsonl",
        )

    def is_done(self, chunk: int) -> bool:
        """Whether this chunk is on disk, whole."""
        return bool(self.done.read(chunk, chunk + 1)[0])

    def write(
        self, chunk: int, start: int, moved: Tensor, clean: Tensor, said: tuple[Tensor, Tensor]
    ) -> None:
        """One chunk; it counts only when all of it is there."""
        self.inputs.write(start, moved.cpu().numpy())
        self.student.write(start, said[0].cpu().numpy())
        self.sure.write(start, said[1].cpu().numpy())
        self.distances.write(start, distances(moved, clean).cpu().numpy())
        self.done.write(chunk, np.array([True]))

    def fail(self, start: int, item_ids: list[str], reasons: dict[int, str]) -> None:
        """Note the items of a chunk on which the attack raised."""
        for row, why in reasons.items():
            self.failed.write(start + row, np.array([True]))
            with self.reasons.open("a") as file:
                file.write(json.dumps({"item": item_ids[row], "why": why}) + "\n")

    def failures(self) -> dict[str, str]:
        """Why the attack failed, by item."""
        if not self.reasons.exists():
            return {}
        lines = [json.loads(line) for line in self.reasons.read_text().splitlines()]
        return {line["item"]: line["why"] for line in lines}

    def close(self) -> None:
        """Close the files."""
        for rows in (
            self.inputs,
            self.student,
            self.sure,
            self.distances,
            self.failed,
            self.done,
        ):
            rows.close()


def distances(moved: Tensor, clean: Tensor) -> Tensor:
    """``Float32[batch, 4]``: l_0, l_1, l_2 and l_inf between pairs ``Float[batch, *shape]``.

    l_0 counts coordinates that differ at all, each channel of a pixel for itself.
    """
    delta = (moved - clean).flatten(1).double()
    return torch.stack(
        [
            (delta != 0).sum(1).double(),
            delta.abs().sum(1),
            delta.norm(dim=1),
            delta.abs().amax(1),
        ],
        dim=1,
    ).float()


def say(student: Student, inputs: Tensor) -> tuple[Tensor, Tensor]:
    """The student's answers ``Int64[batch]`` and how sure it is, ``Float32[batch]``."""
    with torch.no_grad():
        logits = student(inputs)
    return student.decide(logits), logits.float().softmax(1).amax(1)


def move(
    student: Student,
    source: Source,
    plan: Plan,
    folder: Path,
    watch: Watcher,
) -> tuple[Stage, list[Stage], list[Finding]]:
    """Fill the clean stage and one stage for each attack, whatever is there already.

    Raises:
        InputError: inputs outside the domain, a student that cannot be used, an attack that is
            misused (the same for every item).
    """
    stages = [
        Stage.open(folder / "work" / stem, folder / "inputs" / f"{stem}.npy", source, plan.batch)
        for stem in stems(plan)
    ]
    clean_stage, moved_stages = stages[0], stages[1:]
    findings: list[Finding] = []
    n, done = len(source), 0
    total = n * max(1, len(plan.moves))
    for chunk, start in enumerate(range(0, n, plan.batch)):
        stop = min(start + plan.batch, n)
        ids = list(source.ids[start:stop])
        clean = source.read(start, stop)
        check_domain(clean, ids, source.domain)
        clean = clean.to(student.device)
        if chunk == 0:
            findings = check_student(student, clean)
        if not clean_stage.is_done(chunk):
            clean_stage.write(chunk, start, clean, clean, say(student, clean))
        for stage, mover in zip(moved_stages, plan.moves, strict=True):
            if not stage.is_done(chunk):
                moved, reasons = _moved(mover, student, clean, source, plan, (start, ids))
                stage.fail(start, ids, reasons)
                stage.write(chunk, start, moved, clean, say(student, moved))
            done += stop - start
            watch(Progress("attack", done, total, mover.name))
    return clean_stage, moved_stages, findings


def stems(plan: Plan) -> list[str]:
    """File names for the clean inputs and each attack's."""
    return ["clean", *(f"moved-{i}" for i in range(len(plan.moves)))]


def _moved(
    mover: Attack | Given,
    student: Student,
    clean: Tensor,
    source: Source,
    plan: Plan,
    where: tuple[int, list[str]],
) -> tuple[Tensor, dict[int, str]]:
    start, ids = where
    if isinstance(mover, Given):
        rows = torch.as_tensor(np.asarray(mover.inputs[start : start + len(ids)]))
        moved = rows.to(student.device, torch.float32)
        check_domain(moved, [f"{i} of {mover.name}" for i in ids], source.domain)
        return moved, {}

    def attack(rows: slice) -> Tensor:
        rng = ItemRng.named(plan.seed, f"attack/{mover.name}", ids[rows])
        return mover(student, clean[rows], domain=source.domain, rng=rng)

    moved, reasons = _each(attack, clean, mover.name)
    return source.domain.project(moved.to(clean), clean), reasons


def _each(
    attack: Callable[[slice], Tensor], clean: Tensor, name: str
) -> tuple[Tensor, dict[int, str]]:
    """Run on the whole batch; if that raises, on each item alone, so that one takes no other."""
    try:
        return _checked(attack(slice(None)), clean, name), {}
    except InputError:
        raise  # misuse: it would fail the same for every item
    except Exception as whole:
        moved, reasons = clean.clone(), {}
        for row in range(len(clean)):
            one = slice(row, row + 1)
            try:
                moved[one] = _checked(attack(one), clean[one], name)
            except Exception as error:
                reasons[row] = f"{type(error).__name__}: {error}"
        if len(clean) > 1 and len(reasons) == len(clean):
            reasons = dict.fromkeys(reasons, f"{type(whole).__name__}: {whole}")
        return moved, reasons


def _checked(moved: Tensor, clean: Tensor, name: str) -> Tensor:
    if moved.shape != clean.shape:
        raise InputError(
            f"attack {name!r} returned shape {tuple(moved.shape)} for inputs of shape "
            f"{tuple(clean.shape)}"
        )
    return moved.detach()
