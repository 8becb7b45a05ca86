"""Prove or refute: the portfolio.

First all cases over the whole box by one pass of bounds, which closes most; then a search for a witness among
those left; then, in few dimensions, branch and bound over boxes of inputs; in many, branch and bound
over phases of rectifiers, case by case, each with a little time first and then with what is left; the exact
solver at leaves, and last.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import torch
from torch import Tensor

from preceptor.certificates.branching import BoxSearch
from preceptor.certificates.certificate_question import CertificateQuestion, CertificateWitness
from preceptor.certificates.float_rounding import absorbed, deviations
from preceptor.certificates.joint_bounds import Ends
from preceptor.certificates.joint_problem import JointProblem
from preceptor.certificates.mixed_integer import decide_case
from preceptor.certificates.open_boxes import EXACT, BoxBatch
from preceptor.certificates.phases import PhaseSearch
from preceptor.certificates.refuter import seek
from preceptor.core import InputError, generator

Rounding = Literal["absorbed", "real"]
Clock = Literal["wall", "cpu"]
Watch = Callable[["ProofProgress"], None]


@dataclass(frozen=True)
class ProofSettings:
    """How a proof is looked for.

    Attributes:
        seconds: the most time.
        clock: ``wall``, or ``cpu`` for seconds of the processor, as comparisons on a shared machine need.
        boxes: the most boxes to look at.
        rounding: ``absorbed``: every condition is made so much easier that float32 cannot break the proof;
            ``real``: the functions of real numbers are meant, and the deviation is stated.
        split_inputs: up to so many features that move, boxes of inputs are split; beyond, cases go to
            the exact solver.
        steps: of the optimisation of each box.
        exact_at: unsettled rectifiers up to which a box goes to the exact solver.
        starts: of the search for a witness, for each case.
        ascent: its steps.
        seed: of its starts.
        volume_seconds: for a second look at where the teacher is nowhere certain; more of it tells a larger
            share, none leaves it to what the proof met.

    Raises:
        InputError: a number out of range.
    """

    seconds: float = 60.0
    clock: Clock = "wall"
    boxes: int = 10_000_000
    rounding: Rounding = "absorbed"
    split_inputs: int = 6
    steps: int = 4
    exact_at: int = 12
    starts: int = 32
    ascent: int = 40
    seed: int = 0
    volume_seconds: float = 0.5

    def __post_init__(self) -> None:
        if not 0 < self.seconds < float("inf"):
            raise InputError(f"seconds={self.seconds}: expected a number above 0")
        if self.clock not in ("wall", "cpu"):
            raise InputError(f"clock={self.clock!r}: expected 'wall' or 'cpu'")
        if self.rounding not in ("absorbed", "real"):
            raise InputError(f"rounding={self.rounding!r}: expected 'absorbed' or 'real'")
        for name in ("boxes", "starts"):
            if getattr(self, name) < 1:
                raise InputError(f"{name}={getattr(self, name)}: expected at least 1")
        for name in ("split_inputs", "steps", "exact_at", "ascent", "seed", "volume_seconds"):
            if getattr(self, name) < 0:
                raise InputError(f"{name}={getattr(self, name)}: expected at least 0")

    def describe(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)

    def now(self) -> float:
        """The time by the clock that counts."""
        return time.process_time() if self.clock == "cpu" else time.monotonic()


@dataclass(frozen=True)
class ProofProgress:
    """Where a proof stands.

    Attributes:
        stage: ``bounds``, ``witness``, ``boxes`` or ``solver``.
        proved: share of the volume that is proved, at least; of the cases where boxes are not split.
        open: boxes, or cases, that are open.
        looked: boxes that were looked at.
    """

    stage: str
    proved: float
    open: int
    looked: int


@contextmanager
def one_thread() -> Iterator[None]:
    """Torch on one thread: the matrices are small."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@dataclass(eq=False)
class ProofRun:
    """A proof on its way, or at its end.

    Attributes:
        question: what is asked.
        settings: how it is looked for.
        problem: student and teacher, with rounding absorbed or not.
        off: the deviation of each network's outputs in float32.
        search: the boxes.
        witness: what refutes, if anything does.
        unconfirmed: points at which a case held in the solver or in float64, and student and teacher as
            they are did not part.
    """

    question: CertificateQuestion
    settings: ProofSettings
    problem: JointProblem
    off: list[Tensor]
    search: BoxSearch
    witness: CertificateWitness | None = None
    unconfirmed: int = 0

    @classmethod
    def begin(
        cls, question: CertificateQuestion, settings: ProofSettings, lead: float = 0.0
    ) -> "ProofRun":
        """Nothing done yet.

        Args:
            question: what is asked.
            settings: how.
            lead: added to the teacher's least lead.
        """
        real = question.problem
        off = deviations(real, question.box)
        problem = absorbed(real, off) if settings.rounding == "absorbed" else real
        run = cls.__new__(cls)
        search = BoxSearch(
            problem,
            question.box,
            run.confirm,
            steps=settings.steps,
            exact_at=settings.exact_at,
            lead=lead,
            now=settings.now,
        )
        run.__init__(question, settings, problem, off, search)  # type: ignore[misc]
        return run

    def confirm(self, case: int, points: Tensor) -> bool:  # noqa: ARG002
        """Ask student and teacher at points; whether that refutes."""
        found = self.question.witness(points)
        if found is None:
            self.unconfirmed += len(points)
            return False
        self.witness = found
        return True

    @property
    def moving(self) -> int:
        """Features that have any room."""
        low, high = self.question.box
        return int((high > low).sum())

    def go(self, watch: Watch) -> None:
        """Until it is decided or what it may spend is spent."""
        until = self.settings.now() + self.settings.seconds
        search = self.search

        def told(stage: str) -> Callable[[BoxSearch], None]:
            return lambda now: watch(ProofProgress(stage, proved_share(now), now.open, now.looked))

        with one_thread():
            if not search.looked:
                search.run_once(until)
                told("bounds")(search)
                self._refute(watch)
            if self.witness is None and self.moving <= self.settings.split_inputs:
                search.run(until, self.settings.boxes, told("boxes"))
            elif self.witness is None:
                self._solve(until, watch)

    def _refute(self, watch: Watch) -> None:
        """Look for a witness in every box that is open."""
        boxes = self.search.everything()
        if boxes is None or self.witness is not None:
            return
        watch(ProofProgress("witness", proved_share(self.search), len(boxes), self.search.looked))
        cases = [self.problem.cases[i] for i in boxes.case.tolist()]
        rng = generator(self.settings.seed, "certificate witness")
        found = seek(
            self.problem,
            cases,
            boxes.box,
            rng,
            starts=self.settings.starts,
            steps=self.settings.ascent,
        )
        for number, points, _ in sorted(found, key=lambda one: -float(one[2][0])):
            if self.confirm(int(boxes.case[number]), points[:16]):
                return

    def _solve(self, until: float, watch: Watch) -> None:
        """Every open case: phases of rectifiers split, in two rounds; the exact solver last."""
        search, now = self.search, self.settings.now
        boxes = search.everything()
        if boxes is None:
            return
        search.waiting = deque()
        searches = [self._phases(boxes.take(slice(row, row + 1))) for row in range(len(boxes))]
        left = list(range(len(boxes)))
        for share in (0.1, 0.3, 0.6):
            order, left = left, []
            for place, row in enumerate(order):
                time_left = until - now()
                each = (
                    max(0.5, share * time_left / (len(order) - place)) if share < 0.6 else time_left
                )
                if self.witness is None and time_left > 0:
                    before, asked = searches[row].looked, searches[row].exact
                    closed = searches[row].run(min(until, now() + each), now)
                    search.looked += searches[row].looked - before
                    search.exact += searches[row].exact - asked
                    if closed or (
                        searches[row].stuck
                        and self._solve_one(boxes, row, searches[row].hidden, until - now())
                    ):
                        self._close(boxes.take(slice(row, row + 1)))
                        continue
                left.append(row)
                watch(ProofProgress("solver", proved_share(search), len(left), search.looked))
        for row in list(left):
            if (
                self.witness is None
                and until > now()
                and self._solve_one(boxes, row, searches[row].hidden, until - now())
            ):
                self._close(boxes.take(slice(row, row + 1)))
                left.remove(row)
        if left:
            search.waiting.append(boxes.take(torch.tensor(left)))

    def _phases(self, box: BoxBatch) -> PhaseSearch:
        """The search for one case over its box."""
        search, number = self.search, int(box.case[0])
        case = self.problem.cases[number]
        case = replace(case, offsets=case.offsets - search.lead * case.lead)
        return PhaseSearch(
            self.problem,
            case,
            number,
            (box.low[0], box.high[0]),
            search.bounds,
            search.bounds.hidden(box.box),
            self.confirm,
            exact_at=self.settings.exact_at,
        )

    def _close(self, box: BoxBatch) -> None:
        """A case is ruled out over its whole box."""
        self.search.tree.settle(box.node, EXACT)
        self.search.agreeing[box.case] += box.mass

    def _solve_one(
        self, boxes: BoxBatch, row: int, hidden: list[list[Ends]], seconds: float
    ) -> bool:
        """One case by the exact solver alone; whether it was closed."""
        search, number = self.search, int(boxes.case[row])
        one = boxes.take(slice(row, row + 1))
        ends = (one.low[0], one.high[0])
        for widest in (False, True):
            search.exact += 1
            answer = decide_case(
                self.problem,
                self.problem.cases[number],
                ends,
                hidden,
                seconds=max(seconds, 0.01),
                widest=widest,
                lead=search.lead,
            )
            if answer.said == "closed" or answer.most < 0:
                return True
            if answer.point is None or self.confirm(number, torch.from_numpy(answer.point)[None]):
                return False
        return False


def proved_share(search: BoxSearch) -> float:
    """Of the volume, at least: what no case leaves open."""
    left = 1.0 - (search.nowhere + search.agreeing)
    return float((1.0 - left.clamp_min(0).sum()).clamp(0, 1)) if len(left) else 1.0
