"""The search: what command line and front door both call."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from preceptor import report as reports
from preceptor.api.auditing import Say
from preceptor.api.data import Data, as_data, label_names
from preceptor.api.declared_columns import Columns, Relations
from preceptor.api.given_bounds import Bounds
from preceptor.api.given_hook import tried
from preceptor.api.given_student import Given, as_given
from preceptor.api.given_tables import TableWords
from preceptor.api.given_teacher import Classes, as_teacher, check_names, keep
from preceptor.api.picture_folders import Resize
from preceptor.api.places import Kept, file_of, folder_for, is_temporary, opened
from preceptor.api.progress_bars import bars
from preceptor.api.scaling import Scale
from preceptor.api.text_files import TextReading
from preceptor.api.words import names_of, share, whole_number
from preceptor.core import AnyTeacher, InputError, TextDomain
from preceptor.core.lock import alone
from preceptor.probes import ProbeFamily, TextFamily, families, text_families
from preceptor.problems import TextProblem
from preceptor.search import SearchPlan, SearchProgress, SearchResult, estimate, key, search
from preceptor.students import Normalise
from preceptor.teachers import soft
from preceptor.transforms.texts.text_grammar import TextGrammar

_STAGES = {"look": "looking", "test": "testing faults", "estimate": "estimating"}


@dataclass(frozen=True, kw_only=True, eq=False)
class SearchOptions:
    """What a search is to do: the options of :func:`preceptor.search`, not yet understood.

    Attributes:
        say: told what is no result.
    """

    student: object
    data: object
    say: Say
    teacher: object = None
    budget: int = 500
    around: str | None = None
    estimate: int = 0
    teacher_gradients: bool = False
    out: str | Path | None = None
    ledger: Kept | None = None
    items: int | None = None
    bounds: Bounds | None = None
    scale: Scale | None = None
    columns: Columns | None = None
    relations: Relations | None = None
    label: str | None = None
    classes: Classes | None = None
    seed: int = 0
    level: float = 0.95
    device: str = "cpu"
    timeout: float | None = None
    trust_pickle: bool = False
    normalise: Normalise | None = None
    resize: Resize | None = None
    channels: str | None = None
    text: Sequence[str] = ()
    protect: Sequence[str] = ()
    grammar: str | Path | TextGrammar | None = None
    show: object = None
    progress: bool | None = None
    command: str | None = None

    def check(self) -> None:
        """See that numbers are numbers.

        Raises:
            InputError: one is not.
        """
        for name, least in (("budget", 1), ("estimate", 0), ("seed", 0)):
            whole_number(name, getattr(self, name), least)
        if self.items is not None:
            whole_number("items", self.items, 1)
        share("level", self.level)
        if self.data is None:
            raise InputError("no --data given: name the inputs to start from, or a problem")


def run_search(asked: SearchOptions) -> tuple[SearchResult, AnyTeacher]:
    """Look anywhere, and write the page; also says who was asked.

    Raises:
        InputError: something handed in cannot be used.
    """
    asked.check()
    names = names_of(asked.classes)
    found = as_data(
        asked.data,
        bounds=asked.bounds,
        scale=asked.scale,
        items=asked.items,
        seed=asked.seed,
        resize=asked.resize,
        channels=asked.channels,
        classes=names,
        words=TableWords(asked.columns, asked.relations, asked.label),
        texts=TextReading(tuple(asked.text), tuple(asked.protect)),
    )
    hook = tried(asked.show, found.source)
    found.say_remarks(asked.say, notes=asked.command is not None)
    given = Given.of(asked.student, asked.normalise)
    who = as_teacher(asked.teacher, found, names, file_of(asked.ledger), student=given)
    check_names(names, who)
    labels = label_names(names, found, who.classes)
    pupil = as_given(
        given,
        found.source,
        who.classes,
        labels,
        trust_pickle=asked.trust_pickle,
        device=asked.device,
    )
    leaning = soft(who) if asked.teacher_gradients else None
    if asked.teacher_gradients and leaning is None:
        raise InputError(
            f"--teacher-gradients: teacher {who.name!r} offers no beliefs. Leave it out, or give a "
            "Model or a Panel of Models."
        )
    grammar = _grammar(asked, found)
    plan = SearchPlan(asked.budget, seed=asked.seed, level=asked.level)
    whole = key(
        pupil, found.source, plan, around=asked.around, beliefs=leaning is not None, grammar=grammar
    )
    out = folder_for(asked.out)
    with alone(out), opened(asked.ledger) as book, bars(asked.progress) as show:

        def watch(step: SearchProgress) -> None:
            words = f"{_STAGES[step.stage]}: {step.witnesses} witnesses"
            show("search", words, step.done, step.total)

        strong = None
        if asked.estimate:
            strong = estimate(
                pupil,
                keep(book, who, None, f"estimate {whole} {asked.estimate}", asked.timeout),
                found.source,
                _families(found, grammar),
                asked.estimate,
                seed=asked.seed,
                level=asked.level,
                watch=watch,
            )
        result = search(
            pupil,
            keep(book, who, asked.budget, f"search {whole}", asked.timeout),
            found.source,
            plan,
            around=asked.around,
            beliefs=leaning,
            strong=strong,
            grammar=grammar,
            out=out,
            watch=watch,
            classes=labels,
            command=asked.command,
        )
        if not is_temporary(out):
            reports.write_search(result, show=hook)
    return result, who


def _grammar(asked: SearchOptions, found: Data) -> TextGrammar | None:
    """The grammar that was given, else the problem's own, for a search anywhere."""
    if isinstance(asked.grammar, TextGrammar) or asked.grammar is None:
        own = found.problem.grammar if isinstance(found.problem, TextProblem) else None
        return asked.grammar or (own if asked.around is None else None)
    return TextGrammar.read(asked.grammar)


def _families(
    found: Data, grammar: TextGrammar | None
) -> tuple[ProbeFamily, ...] | tuple[TextFamily, ...]:
    """The probe families of the data's kind."""
    domain = found.source.domain
    return text_families(grammar) if isinstance(domain, TextDomain) else families(domain)
