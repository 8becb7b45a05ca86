"""``preceptor.teach``, ``preceptor.compare`` and ``preceptor.side_by_side``."""

from collections.abc import Sequence
from pathlib import Path

from preceptor import report as pages
from preceptor.api.audit_verb import warn
from preceptor.api.auditing import several
from preceptor.api.comparing import CompareOptions, run_comparison
from preceptor.api.declared_columns import Columns, Relations
from preceptor.api.given_bounds import Bounds
from preceptor.api.given_teacher import Classes
from preceptor.api.module_modes import modes_kept
from preceptor.api.picture_folders import Resize
from preceptor.api.places import Kept
from preceptor.api.scaling import Scale
from preceptor.api.suite import Attacks
from preceptor.api.teach_result import TeachResult
from preceptor.api.teaching import TeachOptions, run_teaching
from preceptor.api.training_data import Spend
from preceptor.api.words import door
from preceptor.audit import Record, StudentComparison
from preceptor.audit import side_by_side as line_up
from preceptor.comparison import Comparison
from preceptor.comparison.convergence import sentences
from preceptor.core import InputError
from preceptor.strategies import Strategy
from preceptor.students import Normalise


@door
def teach(
    student: object,
    data: object = None,
    teacher: object = None,
    *,
    strategy: str | Strategy,
    study: str | None = None,
    budget: Spend | None = None,
    rounds: int = 3,
    steps: int = 1000,
    given: int = 1000,
    ledger: Kept | None = None,
    out: str | Path | None = None,
    audit: bool = True,
    items: int = 200,
    attacks: Attacks | None = None,
    bounds: Bounds | None = None,
    scale: Scale | None = None,
    columns: Columns | None = None,
    relations: Relations | None = None,
    label: str | None = None,
    classes: Classes | None = None,
    seed: int = 0,
    device: str = "cpu",
    trust_pickle: bool = False,
    normalise: Normalise | None = None,
    resize: Resize | None = None,
    channels: str | None = None,
    text: str | Sequence[str] | None = None,
    protect: str | Sequence[str] | None = None,
    progress: bool | None = None,
) -> TeachResult:
    """Teach a student, and find out by an audit before and after whether it helped.

    The same as ``preceptor teach``. The student that is given stays as it is; a copy learns.

    >>> import preceptor as pr
    >>> import torch
    >>> torch.manual_seed(0) and None
    >>> net = torch.nn.Sequential(torch.nn.Linear(2, 16), torch.nn.ReLU(), torch.nn.Linear(16, 2))
    >>> taught = pr.teach(net, "plane", strategy="random", budget=40, rounds=1, steps=100,
    ...                   items=50, attacks="noise:size=0.1")
    >>> taught.answer.price.questions
    40

    Args:
        student: a torch module, or a file that holds one; see :func:`preceptor.audit`. Of texts
            ``"hashed-texts"`` (:func:`preceptor.students.hashed_texts`), a ``TokenizedStudent``, or a
            scikit-learn pipeline, which learns weighted examples.
        data: what it learns on and is audited on, never the same items; as of
            :func:`preceptor.audit`. Labels, where the data have them (``labels`` of a mapping or
            ``.npz``, the second part of a Dataset's items), are learned besides.
        teacher: who teaches, as of :func:`preceptor.audit`.
        strategy: how it learns, in the command line's words: ``"pool-uncertainty"``,
            ``"invariance:shift=0.1 + random"``; or a strategy of ``preceptor.strategies``.
        study: for the strategy ``desk``, the study in which people taught.
        budget: the most that teaching may spend: a number of questions, or ``{"questions": 200,
            "bits": 300, "cost": 12.5}``. The audits are no part of it. 100 questions unless given.
        rounds: among which the budget is divided.
        steps: of fitting in each round.
        given: the most labels of the data that it learns besides, at no new price.
        ledger: as of :func:`preceptor.audit`.
        out: a folder for student, audits and pages; a temporary one unless given.
        audit: whether to audit before and after.
        items: that are set apart for the audits.
        attacks: of the audits, as of :func:`preceptor.audit`, as are the rest.
        bounds: of valid inputs.
        scale: what a size of 1 means in each feature.
        columns: what a table's columns are, where they are not what they look: by name,
            ``{"age": "whole,low=18,fixed"}``, options by name, or a :class:`preceptor.core.TableColumn`;
            or a TOML file.
        relations: between a table's columns, such as ``["loan <= income", "a + b == total"]``.
        label: a table's column of known labels, which travels along and no student sees.
        classes: the labels' names, or how many there are.
        seed: of every random stream.
        device: where the student learns.
        trust_pickle: load student files that can run code.
        normalise: what the student was trained behind: a pair ``(mean, std)`` of values from 0 to 1, numbers
            or one for each channel, ``"imagenet"``, or a transformation such as torchvision's. It
            becomes part of the student, so that data and ``eps`` stay in the inputs' own units.
        resize: of pictures in files: a number (square: the middle, with the shorter side of so many
            pixels) or ``"WIDTHxHEIGHT"``.
        channels: ``"first"`` or ``"last"``, where the shape of pictures does not say which.
        text: the column of a table that is the text, or several that are its parts, such as
            ``["premise", "hypothesis"]``. The only column of long strings, unless given.
        protect: regular expressions; what they match in a text, such as a prompt, may not change.
        progress: ``False`` for no bar.

    Returns:
        the taught student, its price, and both audits.

    Raises:
        InputError: something handed in cannot be used; says what was expected.
        IncompleteError: questions have no answer yet; call again, nothing is asked twice.
        PreceptorError: people have taught nothing yet, or the ledger failed.
    """
    asked = TeachOptions(
        student=student,
        data=data,
        strategy=strategy,
        say=warn,
        teacher=teacher,
        study=study,
        budget=budget,
        rounds=rounds,
        steps=steps,
        given=given,
        ledger=ledger,
        out=out,
        audit=audit,
        items=items,
        attacks=attacks,
        bounds=bounds,
        scale=scale,
        columns=columns,
        relations=relations,
        label=label,
        classes=classes,
        seed=seed,
        device=device,
        trust_pickle=trust_pickle,
        normalise=normalise,
        resize=resize,
        channels=channels,
        text=several(text),
        protect=several(protect),
        progress=progress,
    )
    with modes_kept(student, teacher):
        return run_teaching(asked)


@door
def compare(
    problem: str,
    strategies: str | Sequence[str] | None = None,
    *,
    budgets: int | Sequence[int] | None = None,
    seeds: int = 5,
    student: object = None,
    given: int = 300,
    steps: int = 900,
    rounds: int = 3,
    probes: int = 2000,
    items: int = 200,
    attack: str = "",
    search: int = 200,
    target: float = 0.9,
    jobs: int = -1,
    backend: str = "loky",
    scheduler: str = "",
    check_convergence: bool = False,
    quick: bool = False,
    out: str | Path | None = None,
    progress: bool | None = None,
) -> Comparison:
    """Set ways of learning against one another on a problem: robustness against price, over seeds.

    The same as ``preceptor compare``. Several *students* are compared by their records:
    :func:`preceptor.side_by_side`.

    Args:
        problem: by name, with options: ``"xor:features=10"``.
        strategies: in words; those worth comparing on the problem unless given.
        budgets: questions to ask or items to be told; 30, 100, 300 and 1000 unless given.
        seeds: how many, from 0 on.
        student: a class or function without parameters that makes the untaught torch module, or
            ``"file.py:name"``; a perceptron unless given.
        given: labels that every student has for nothing.
        steps: of fitting.
        rounds: of asking, for strategies that look at the student.
        probes: inputs on which strong accuracy is measured.
        items: held-out items for clean and weak accuracy.
        attack: what these are attacked with, in words; the suite ``standard`` unless given.
        search: questions of a search for witnesses in each taught student; 0 for none.
        target: strong accuracy of which the price is sought.
        jobs: processes at once; -1 for all cores.
        backend: ``"loky"`` for processes here, or a cluster's.
        scheduler: address of a running cluster.
        check_convergence: also compare with twice the steps, and warn if an order changes.
        quick: a first look, with small numbers.
        out: a folder for finished runs, numbers and page; a temporary one unless given.
        progress: ``False`` for no bar.

    Returns:
        the comparison.

    Raises:
        InputError: something handed in cannot be used; says what was expected.
    """
    if isinstance(problem, Record) or isinstance(strategies, Record):
        raise InputError(
            "compare sets ways of learning against one another on a problem; records of several "
            "students are set side by side: side_by_side(first, second)"
        )
    asked = CompareOptions(
        problem=problem,
        strategies=several(strategies),
        budgets=(budgets,) if isinstance(budgets, int) else tuple(budgets or ()),
        seeds=seeds,
        student=student,
        given=given,
        steps=steps,
        rounds=rounds,
        probes=probes,
        items=items,
        attack=attack,
        search=search,
        target=target,
        jobs=jobs,
        backend=backend,
        scheduler=scheduler,
        check_convergence=check_convergence,
        quick=quick,
        out=out,
        progress=progress,
    )
    found, check, _ = run_comparison(asked)
    for line in () if check is None else sentences(check):
        warn(line)
    return found


@door
def side_by_side(
    *records: Record | str | Path | Sequence[Record | str | Path],
    shared: bool = False,
    out: str | Path | None = None,
) -> StudentComparison:
    """Set the records of several students side by side: whose answers are better, how surely.

    The same as ``preceptor report A B``. Paired by item: the records must have been made with the
    same teacher, data, attacks and seed.

    Args:
        records: two or more, or their folders; one list of them will do.
        shared: use only the items and attacks that all have.
        out: a file for the page; none is written unless given.

    Raises:
        InputError: the records do not match; says all that differs.
    """
    given: Sequence[object] = records
    if len(records) == 1 and isinstance(records[0], Sequence) and not isinstance(records[0], str):
        given = records[0]
    found = [_record(one) for one in given]
    if len(found) < 2:
        raise InputError(
            f"side_by_side needs two records or more; got {len(found)}. One record shows itself"
        )
    lined = line_up(found, shared=shared)
    if out is not None:
        pages.write_side_by_side(lined, Path(out))
    return lined


def _record(given: object) -> Record:
    if isinstance(given, Record):
        return given
    if isinstance(given, str | Path):
        return Record.load(given)
    raise InputError(
        f"a {type(given).__name__} is no record; expected what audit(...) returned, or an audit's "
        "folder"
    )
