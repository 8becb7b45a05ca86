"""``preceptor.audit``."""

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

from preceptor.api.auditing import AuditOptions, run_audits, several
from preceptor.api.batches import AUTO, Batch
from preceptor.api.declared_columns import Columns, Relations
from preceptor.api.given_bounds import Bounds
from preceptor.api.given_teacher import Classes
from preceptor.api.module_modes import modes_kept
from preceptor.api.moved_inputs import Moved
from preceptor.api.outlook import left_to_say
from preceptor.api.picture_folders import Resize
from preceptor.api.places import Kept
from preceptor.api.scaling import Scale
from preceptor.api.suite import Attacks, listed
from preceptor.api.words import door, in_python
from preceptor.audit import Record
from preceptor.core import Ballots
from preceptor.sequential import StoppingRule
from preceptor.students import Normalise


def warn(words: str) -> None:
    """What is no result, as a warning."""
    warnings.warn(words, PreceptorWarning, stacklevel=5)


class PreceptorWarning(UserWarning):
    """Something to know beside the result, such as where people answer."""


@door
def audit(
    student: object,
    data: object = None,
    teacher: object = None,
    attacks: Attacks | None = None,
    *,
    moved: Moved = (),
    out: str | Path | None = None,
    ledger: Kept | None = None,
    budget: int | str | None = None,
    ask: str = "all",
    until: str | StoppingRule | None = None,
    proxy: object = None,
    mix: float = 0.5,
    items: int | None = None,
    people: str | Path | Ballots | None = None,
    by: str | Sequence[str] | None = None,
    title: str | None = None,
    show: object = None,
    bounds: Bounds | None = None,
    scale: Scale | None = None,
    columns: Columns | None = None,
    relations: Relations | None = None,
    label: str | None = None,
    classes: Classes | None = None,
    text: str | Sequence[str] | None = None,
    protect: str | Sequence[str] | None = None,
    seed: int = 0,
    level: float = 0.95,
    batch: Batch = AUTO,
    device: str = "cpu",
    timeout: float | None = None,
    repeats: int = 0,
    keep_inputs: str = "all",
    certify: float | str | None = None,
    trust_pickle: bool = False,
    normalise: Normalise | None = None,
    resize: Resize | None = None,
    channels: str | None = None,
    before: Callable[[int, int], None] | None = None,
    progress: bool | None = None,
) -> Record:
    """Attack a classifier, ask its teacher at the moved inputs, and say what is really wrong.

    The same as ``preceptor audit``, with the same defaults and the same result: a strong suite of
    attacks, failed questions put again where that is safe, every answer kept, nothing asked twice.

    >>> import numpy as np
    >>> import preceptor as pr
    >>> rng = np.random.default_rng(0)
    >>> X = rng.uniform(size=(60, 2)).astype("float32")
    >>> def law(points):                       # the teacher: right, and unsure near the border
    ...     sums = points.sum(1)
    ...     return (sums > 1).long().where((sums - 1).abs() > 0.05, -1)
    >>> def model(points):                     # the student: overlooks the second feature
    ...     return (points[:, 0] > 0.5).long()
    >>> record = pr.audit(model, X, law, "noise:size=0.1", classes=["low", "high"])
    >>> record
    Record of model on 60 items of data, teacher law
      Where its teacher is certain, model is right on 71 % of inputs when random noise of size 0.1 is added (95 % interval 57 to 82 %).
      That is over 55 moved inputs; of 5 more (8 % of those asked) the teacher is uncertain, so nothing is right or wrong there.
      Warning (2 in .findings): student 'model' agrees with the teacher on only 66% of clean inputs,
      with 2 classes.

    Then look at it in a notebook, or at ``record.to_pandas()``, ``record.to_pandas("items")``,
    ``record.plot()``, ``record.to_dict()``; ask why with :func:`preceptor.explain`, and teach with
    :func:`preceptor.teach`.

    Args:
        student: a torch module, a scikit-learn classifier or pipeline, a function from a batch of
            inputs to labels, probabilities or logits, a file (``"model.py:net"``,
            ``"model.onnx"``, ``"predictions.csv"``), or a student of ``preceptor.students``.
        data: a tensor or array ``[items, *shape]`` (pictures channels first), a DataFrame (columns
            are features, of numbers, booleans or words; a column ``id``, or an index other than 0,
            1, 2, ..., gives ids), a torch Dataset or DataLoader,
            a mapping with ``inputs`` and ``ids``, a ``.npz``, ``.npy``, ``.csv`` or ``.parquet`` file, the name of a
            problem, or a source. Texts: a list of strings, a table with a
            column of texts (DataFrame, ``.csv``, ``.jsonl``, ``.parquet``). Labels are not needed.
        teacher: who says what is right, at any input: a function from a batch ``Float[batch,
            *shape]`` to labels (``-1`` where it cannot tell), a model, a ``Rule``, ``Model`` or
            ``Panel``, or words as on the command line: ``"human:STUDY"``, ``"votes:FILE.csv"``,
            ``"truth:FILE.csv"``, ``"llm:judge.toml"``, ``"http:service.toml"``, ``"file.py:name"``. Not given: the problem's own.
        attacks: attacks of ``preceptor.attacks``, or the command line's words
            (``"pgd:eps=0.03"``), mixed as you like; ``"none"`` for the clean inputs alone.
            Not given: the suite ``standard``, noise, keep and for pictures rotation, at a tenth of
            the inputs' range.
        moved: moved inputs made elsewhere: arrays by name, or ``"NAME=FILE"``.
        out: a folder for record, inputs and report; a temporary one unless given, which ends with
            the process.
        ledger: the file that keeps every answer, or a ``Ledger``; in memory unless given, for the
            whole session.
        budget: the most new questions that this audit may ever ask, re-runs included; or what they may
            cost in the teacher's own unit, such as ``"cost=5"``.
        ask: ``"all"``; or ``"flips"``, only where an attack reached its goal.
        until: stop when it is decided: ``">=0.9"`` or ``"+-0.03"``, `` of items`` behind.
        proxy: for ``until``, a cheap teacher that guesses.
        mix: for ``proxy``, the share of items drawn uniformly.
        items: audit a random sample of so many items.
        people: votes of single people, a file or ``Ballots``.
        by: columns by which to split the report's tables.
        title: of the report, in place of the names of student and teacher.
        show: how people see an input: your function, or ``"file.py:name"``. It gets one input (an
            array; of a table a dictionary, column to value; a string) and returns a string, a
            dictionary, a picture, or something with ``_repr_html_`` such as ``pr.Html``. The report's
            examples are shown so.
        bounds: of valid inputs: ``(low, high)``, numbers or arrays, or a whole ``Domain``.
        scale: what an ``eps`` of 1 means: ``"data"``, ``"inputs"``, or a number for each feature.
        columns: what a table's columns are, where they are not what they look: by name,
            ``{"age": "whole,low=18,fixed"}``, options by name, or a :class:`preceptor.core.TableColumn`;
            or a TOML file.
        relations: between a table's columns, such as ``["loan <= income", "a + b == total"]``.
        label: a table's column of known labels, which travels along and no student sees.
        classes: the labels' names, or how many there are. As many as the student's, if not given.
        text: the column of a table that is the text, or several that are its parts, such as
            ``["premise", "hypothesis"]``. The only column of long strings, unless given.
        protect: regular expressions; what they match in a text, such as a prompt, may not change.
        seed: of every random stream.
        level: of the intervals.
        batch: items computed at a time, or ``"auto"``: as many as fit, by what one takes and the memory
            that is free, 256 at most. It changes no result.
        device: where the student computes.
        timeout: the most seconds that one call of the teacher may take.
        repeats: ask so many questions a second time.
        keep_inputs: which inputs stay in ``out``: ``"all"``, ``"moved"`` or ``"none"``. A report or an
            explanation made later needs them all; the report of this audit is written before.
        certify: prove of each item, in at most so many seconds, that the student is right all over the l_inf
            ball of each attack's ``eps``; ``"5,eps=0.1"`` for a radius of your own. Student and teacher as of
            :func:`preceptor.prove`.
        trust_pickle: load student files that can run code.
        normalise: what the student was trained behind: a pair ``(mean, std)`` of values from 0 to 1, numbers
            or one for each channel, ``"imagenet"``, or a transformation such as torchvision's. It
            becomes part of the student, so that data and ``eps`` stay in the inputs' own units.
        resize: of pictures in files: a number (square: the middle, with the shorter side of so many
            pixels) or ``"WIDTHxHEIGHT"``.
        channels: ``"first"`` or ``"last"``, where the shape of pictures does not say which.
        before: told how many questions there are, and how many have an answer already, before
            the first is asked; may raise to stop there.
        progress: ``False`` for no bar; a bar in terminals and notebooks unless given.

    Returns:
        the record.

    Raises:
        InputError: something handed in cannot be used; says what was expected.
        PreceptorError: the ledger failed. What was answered until then is kept.
    """
    asked = AuditOptions(
        students=(student,),
        say=warn,
        data=data,
        teacher=teacher,
        attacks=tuple(listed(attacks)),
        moved=moved,
        out=out,
        ledger=ledger,
        budget=budget,
        ask=ask,
        until=until,
        proxy=proxy,
        mix=mix,
        items=items,
        people=people,
        by=several(by),
        title=title,
        show=show,
        bounds=bounds,
        scale=scale,
        columns=columns,
        relations=relations,
        label=label,
        classes=classes,
        text=several(text),
        protect=several(protect),
        seed=seed,
        level=level,
        batch=batch,
        device=device,
        timeout=timeout,
        repeats=repeats,
        keep_inputs=keep_inputs,
        certify=certify,
        trust_pickle=trust_pickle,
        normalise=normalise,
        resize=resize,
        channels=channels,
        progress=progress,
        before=None if before is None else lambda _, questions, known, __: before(questions, known),
    )
    with modes_kept(student, teacher, proxy):
        done = run_audits(asked)
    for words in left_to_say(done.teacher, done.purposes[0], done.records[0]):
        warn(in_python(words).replace("the same command", "the same call"))
    return done.records[0]
