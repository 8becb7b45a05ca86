"""``preceptor.search`` and ``preceptor.explain``."""

from collections.abc import Sequence
from pathlib import Path

from preceptor.api.audit_verb import warn
from preceptor.api.auditing import several
from preceptor.api.batches import AUTO, Batch
from preceptor.api.declared_columns import Columns, Relations
from preceptor.api.explaining import ExplainOptions, run_explanation
from preceptor.api.given_bounds import Bounds
from preceptor.api.given_teacher import Classes
from preceptor.api.module_modes import modes_kept
from preceptor.api.picture_folders import Resize
from preceptor.api.places import Kept
from preceptor.api.scaling import Scale
from preceptor.api.searching import SearchOptions, run_search
from preceptor.api.words import door
from preceptor.audit import Record
from preceptor.explain import Explanation
from preceptor.search import SearchResult
from preceptor.students import Normalise
from preceptor.transforms.texts import TextGrammar


@door
def search(
    student: object,
    data: object = None,
    teacher: object = None,
    *,
    budget: int = 500,
    around: str | None = None,
    estimate: int = 0,
    teacher_gradients: bool = False,
    out: str | Path | None = None,
    ledger: Kept | None = None,
    items: int | None = None,
    bounds: Bounds | None = None,
    scale: Scale | None = None,
    columns: Columns | None = None,
    relations: Relations | None = None,
    label: str | None = None,
    classes: Classes | None = None,
    seed: int = 0,
    level: float = 0.95,
    device: str = "cpu",
    timeout: float | None = None,
    trust_pickle: bool = False,
    normalise: Normalise | None = None,
    resize: Resize | None = None,
    channels: str | None = None,
    text: str | Sequence[str] | None = None,
    protect: str | Sequence[str] | None = None,
    grammar: str | Path | TextGrammar | None = None,
    show: object = None,
    progress: bool | None = None,
) -> SearchResult:
    """Look anywhere for inputs at which the teacher is certain and the student is wrong.

    The same as ``preceptor search``. One such witness refutes strong robustness; none within the
    budget proves nothing.

    >>> import preceptor as pr
    >>> found = pr.search(lambda x: (x[:, 0] > 0.5).long(), "plane", budget=40)
    >>> found.witnesses > 0, found.facts["teacher"]["name"]
    (True, 'plane-second-sign')

    Args:
        student: as of :func:`preceptor.audit`.
        data: inputs to start from, as of :func:`preceptor.audit`.
        teacher: likewise; it is asked about inputs that are in no table, so votes do not do.
        budget: the most questions that the search may ask.
        around: search around the item of this id only, where the student keeps its answer.
        estimate: also ask about so many inputs of each probe family, beyond the budget, for an
            estimate of the share right where the teacher is certain.
        teacher_gradients: use the teacher's beliefs and their gradients, which are more than
            answers.
        out: a folder for result and page; a temporary one unless given.
        ledger: as of :func:`preceptor.audit`, as are the rest.
        items: start from a random sample of so many items.
        bounds: of valid inputs.
        scale: what a size of 1 means in each feature.
        columns: what a table's columns are, where they are not what they look: by name,
            ``{"age": "whole,low=18,fixed"}``, options by name, or a :class:`preceptor.core.TableColumn`;
            or a TOML file.
        relations: between a table's columns, such as ``["loan <= income", "a + b == total"]``.
        label: a table's column of known labels, which travels along and no student sees.
        classes: the labels' names, or how many there are.
        seed: of every random stream.
        level: of the intervals, and of the tests of faults.
        device: where the student computes.
        timeout: the most seconds that one call of the teacher may take.
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
        grammar: by which texts are made up beside those of the data: a file with a rule on each line,
            ``review: The {what} was {word}. | I saw it.``; or a
            :class:`preceptor.transforms.texts.TextGrammar`. The problem's own, unless given.
        show: how people see an input on the page, as of :func:`preceptor.audit`.
        progress: ``False`` for no bar.

    Returns:
        what was found, and all that was asked.

    Raises:
        InputError: something handed in cannot be used; says what was expected.
        PreceptorError: the ledger failed. What was answered until then is kept.
    """
    asked = SearchOptions(
        student=student,
        data=data,
        say=warn,
        teacher=teacher,
        budget=budget,
        around=around,
        estimate=estimate,
        teacher_gradients=teacher_gradients,
        out=out,
        ledger=ledger,
        items=items,
        bounds=bounds,
        scale=scale,
        columns=columns,
        relations=relations,
        label=label,
        classes=classes,
        seed=seed,
        level=level,
        device=device,
        timeout=timeout,
        trust_pickle=trust_pickle,
        normalise=normalise,
        resize=resize,
        channels=channels,
        text=several(text),
        protect=several(protect),
        grammar=grammar,
        show=show,
        progress=progress,
    )
    with modes_kept(student, teacher):
        return run_search(asked)[0]


@door
def explain(
    record: Record | str | Path,
    student: object,
    teacher: object = None,
    *,
    siblings: Sequence[object] = (),
    beyond: Sequence[object] = (),
    budget: int = 300,
    items: int = 400,
    least: float = 0.05,
    ledger: Kept | None = None,
    level: float | None = None,
    seed: int = 0,
    batch: Batch = AUTO,
    device: str = "cpu",
    timeout: float | None = None,
    trust_pickle: bool = False,
    normalise: Normalise | None = None,
    progress: bool | None = None,
) -> Explanation:
    """Say why student and teacher part, and which lesson would help.

    The same as ``preceptor explain``: parts and properties of the inputs are changed one at a time;
    the student says for nothing where its answer changes, and the teacher is asked at a few of
    these inputs. The explanation lies beside the record.

    >>> import preceptor as pr
    >>> def model(points):
    ...     return (points[:, 0] > 0.5).long()
    >>> record = pr.audit(model, "plane", attacks="none", items=60)
    >>> pr.explain(record, model, budget=40).recommendations[0].lesson
    'mask'

    Args:
        record: what :func:`preceptor.audit` returned, or an audit's folder.
        student: the student of that audit.
        teacher: its teacher. Not given: the problem's own, if a problem was audited.
        siblings: students trained as this one was, but for the seed or a bootstrap sample: they
            say which errors the data leave open.
        beyond: inputs unlike the data, on which siblings are compared too.
        budget: the most questions, those that have an answer already included.
        items: the most items on which factors are tried.
        least: a factor must surely move more than this share of the items to stand out.
        ledger: as of :func:`preceptor.audit`, as are the rest.
        level: of all statements together; the record's unless given.
        seed: of every random stream.
        batch: items computed at a time, or ``"auto"``: as many as fit, by what one takes and the memory
            that is free, 256 at most. It changes no result.
        device: where the student computes.
        timeout: the most seconds that one call of the teacher may take.
        trust_pickle: load student files that can run code.
        normalise: what the student was trained behind: a pair ``(mean, std)`` of values from 0 to 1, numbers
            or one for each channel, ``"imagenet"``, or a transformation such as torchvision's. It
            becomes part of the student, so that data and ``eps`` stay in the inputs' own units.
        progress: ``False`` for no bar.

    Returns:
        the explanation.

    Raises:
        InputError: student, teacher and record do not belong together, or an option makes no sense.
        PreceptorError: the ledger failed. What was answered until then is kept.
    """
    asked = ExplainOptions(
        record=record,
        student=student,
        teacher=teacher,
        siblings=siblings,
        beyond=beyond,
        budget=budget,
        items=items,
        least=least,
        ledger=ledger,
        level=level,
        seed=seed,
        batch=batch,
        device=device,
        timeout=timeout,
        trust_pickle=trust_pickle,
        normalise=normalise,
        progress=progress,
    )
    with modes_kept(student, teacher, *siblings):
        return run_explanation(asked)[0]
