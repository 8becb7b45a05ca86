"""``preceptor.calibrate``."""

from collections.abc import Callable, Sequence

from preceptor.api.audit_verb import warn
from preceptor.api.calibrating import CalibrateOptions, Records, run_calibration
from preceptor.api.given_teacher import Classes
from preceptor.api.outlook import where_to_answer
from preceptor.api.places import Kept
from preceptor.api.words import door, in_python
from preceptor.calibration import BUDGET, Calibration
from preceptor.core import Teacher


@door
def calibrate(
    record: Records,
    people: object,
    *,
    budget: int = BUDGET,
    attacks: Sequence[str] = (),
    ledger: Kept | None = None,
    classes: Classes | None = None,
    level: float | None = None,
    seed: int = 0,
    timeout: float | None = None,
    before: Callable[[int, int], None] | None = None,
    progress: bool | None = None,
) -> Calibration:
    """Ask people about few inputs of an audit: is its teacher right, and what is their own number?

    The same as ``preceptor calibrate``. A teacher that is not people, such as a panel of networks
    or a language model, stands in for them. Inputs of the audit are drawn at random, clean and
    moved; people are asked; and each rate of the audit is given as people see it, with an interval
    that is narrower the better the stand-in guesses what they say, and valid however badly it does.
    What they say is kept with the teacher's version: later audits tell that it was checked.

    >>> import preceptor as pr
    >>> def model(points):
    ...     return (points[:, 0] > 0.5).long()
    >>> def cheap(points):                     # stands in, and errs near the middle
    ...     return (points.sum(1) > 1.1).long()
    >>> def person(points):                    # whom to ask is dear
    ...     return (points.sum(1) > 1).long()
    >>> record = pr.audit(model, "plane", cheap, "none", classes=2)
    >>> found = pr.calibrate(record, person, budget=60)
    >>> found.headline.low <= found.headline.value <= found.headline.high
    True

    Args:
        record: what :func:`preceptor.audit` returned, an audit's folder; or a list of several that
            differ in the teacher alone.
        people: who is asked: ``"human:STUDY"``, ``"votes:FILE.csv,INPUTS.npz"``, or any teacher as
            :func:`preceptor.audit` takes it.
        budget: the most questions, those that have an answer already included.
        attacks: names of the audit's attacks under which to check, beside the clean inputs; ``["all"]``
            for every one. Not given: as many as leave answers on 20 items, those with the lowest
            rate first.
        ledger: as of :func:`preceptor.audit`.
        classes: the labels' names, or how many there are; the record's unless given.
        level: of each interval; the record's unless given.
        seed: of the draw; the first seed with which these people checked this record counts.
        timeout: the most seconds that one call of ``people`` may take.
        before: told how many questions there are, and how many have an answer already, before the
            first is asked; may raise to stop there.
        progress: ``False`` for no bar.

    Returns:
        the calibration, which lies beside the record.

    Raises:
        InputError: record and people do not belong together, or an option makes no sense.
        PreceptorError: the ledger failed. What was answered until then is kept.
    """

    def told(_: Teacher, questions: int, known: int) -> None:
        if before is not None:
            before(questions, known)

    found, who = run_calibration(
        CalibrateOptions(
            record=record,
            people=people,
            budget=budget,
            attacks=attacks,
            ledger=ledger,
            classes=classes,
            level=level,
            seed=seed,
            timeout=timeout,
            progress=progress,
            before=told,
        )
    )
    words = where_to_answer(who)
    if found.facts["questions"]["unanswered"] and words is not None:
        warn(in_python(words).replace("the same command", "the same call"))
    return found
