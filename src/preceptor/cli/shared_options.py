"""Options of the commands: those that several share, whole; and the kinds that all are made of.

An option means the same wherever it stands. A command whose option means something of its own says so
with one of the functions here, which hold what stands for the value, and its limits.
"""

from pathlib import Path
from typing import Annotated, Any

import typer

from preceptor.problems import PROBLEMS
from preceptor.strategies import STRATEGIES, TEXT_STRATEGIES


def spec(text: str, metavar: str = "SPEC") -> Any:
    """An option that names something, with options of its own behind it."""
    return typer.Option(metavar=metavar, help=text)


def count(text: str, least: int = 1) -> Any:
    """An option that is a number of things."""
    return typer.Option(metavar="N", min=least, help=text)


def share(text: str) -> Any:
    """An option that is a share, 0 to 1."""
    return typer.Option(metavar="SHARE", help=text)


def name(text: str, *words: str) -> Any:
    """An option that is a name: of a person, a study."""
    return typer.Option(*words, metavar="NAME", help=text)


def folder(text: str) -> Any:
    """``--out`` of a command that writes several files."""
    return typer.Option("--out", metavar="FOLDER", help=text)


def flag(word: str, text: str) -> Any:
    """An option that is given or not, and has no opposite."""
    return typer.Option(word, help=text)


STUDENT = (
    "The classifier: file.py:name (a torch module, a scikit-learn classifier, a function "
    "from inputs to logits, probabilities or labels, or a function without parameters that makes "
    "one), model.onnx, or with --trust-pickle model.pt2, .pt, .joblib, .pkl."
    " Behind a file may stand how to read it: :kind=logits (probabilities, labels), :output=NAME of an "
    "ONNX file, :labels=CLASS/CLASS (its own classes in the teacher's order), :batch=N, "
    ":normalise=MEAN:STD (as --normalise, for this student alone)."
)

DATA = (
    "a folder of pictures (PNG, JPEG; subfolders are their labels), a table (.csv, .parquet), "
    "inputs.npz (array 'inputs', [items, *shape], optional 'ids'), inputs.npy, or a problem that "
    f"comes with preceptor: {', '.join(PROBLEMS)}."
)

STRATEGY = (
    "one of the strategies below. ' + ' joins what is told and questions after it: "
    "'told:feature set + random'."
)

STRATEGY_LIST = {
    "Strategies, each by an example": {entry.example: entry.help for entry in STRATEGIES.values()},
    "Strategies for texts": {entry.example: entry.help for entry in TEXT_STRATEGIES.values()},
}

Student = Annotated[str, spec(STUDENT)]

Record = Annotated[
    Path, typer.Argument(metavar="RECORD", help="An audit's folder, or its record.json.")
]

Title = Annotated[
    str | None,
    typer.Option(
        metavar="TEXT",
        help="Title of the report, in place of the names of student and teacher.",
    ),
]

Show = Annotated[
    str | None,
    typer.Option(
        metavar="FILE.py:NAME",
        help="Your function that shows an input in the report: it gets one (an array; of a table a dictionary; a "
        "string) and returns a string, a dictionary, a picture or something with _repr_html_.",
    ),
]

By = Annotated[
    list[str] | None,
    typer.Option(
        metavar="COLUMN",
        help="Split every table by a column of the items, such as their condition: a further "
        "column of a CSV, or a further array of the data. May stand several times.",
    ),
]

Ledger = Annotated[
    Path,
    typer.Option(
        metavar="FILE", help="File that keeps every answer for good; made if it is not there."
    ),
]

Bounds = Annotated[
    str | None,
    typer.Option(
        metavar="LOW,HIGH",
        help="Lowest and highest valid value. [default: 0,1 if all values lie there, 0,255 for "
        "pixels that are whole numbers, and for tables each column's own range]",
    ),
]

Scale = Annotated[
    str | None,
    typer.Option(
        metavar="data|inputs|NUMBERS",
        help="What an attack's size (eps) of 1, and a distance of 1, mean in each feature: data, "
        "the range that it spans in --data; inputs, its own unit; or one number for each feature, "
        "separated by commas. [default: inputs for images and where all features have the same "
        "bounds, else data, so that eps 0.1 is a tenth of each column's range]",
    ),
]

Columns = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME:OPTIONS|FILE.toml",
        help="What a column of a table is, where it is not what it looks: number, whole, boolean, "
        "category, ignore or id; low=, high=, step=, words=A/B, exchanges=A>B/B>A; fixed, up or down; "
        "missing=kept or free. As in 'age:whole,low=18,fixed'. May stand several times.",
    ),
]

Relation = Annotated[
    list[str] | None,
    typer.Option(
        metavar="RELATION",
        help="What holds between columns of a table, so that no attack breaks it: 'loan <= income', "
        "'a < b', 'a + b == total', 'one of a, b, c'. May stand several times.",
    ),
]

Label = Annotated[
    str | None,
    typer.Option(
        metavar="COLUMN",
        help="A table's column of known labels: it travels along, and no student sees it.",
    ),
]

Classes = Annotated[
    str | None,
    typer.Option(
        metavar="NAMES|N",
        help="Names of the labels in the order of the student's outputs, separated by commas; or "
        "their number.",
    ),
]

ItemsOf = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="FILE",
        help="The items, for a column with their ids: inputs.npz with 'inputs' and 'ids', or a CSV "
        "with a column item. Moved inputs are none of them.",
    ),
]

Items = Annotated[int | None, count("Take a random sample of so many items. [default: all]")]

Level = Annotated[float, share("Confidence level of the intervals, and of tests.")]

Text = Annotated[
    list[str] | None,
    typer.Option(
        "--text",
        metavar="COLUMN",
        help="The column of --data (a .csv, .jsonl or .parquet file) that is the text. Several make an "
        "input of several parts, such as premise and hypothesis. [default: the only column of "
        "long strings]",
    ),
]

Protect = Annotated[
    list[str] | None,
    typer.Option(
        "--protect",
        metavar="REGEX",
        help="What of a text may not change, such as a prompt: '^Answer briefly: '. May stand "
        "several times.",
    ),
]

AsJson = Annotated[bool, flag("--json", "Print JSON for other programs, instead of text.")]

DryRun = Annotated[bool, flag("--dry-run", "Say how many questions there are, and ask none.")]

Jobs = Annotated[
    int,
    typer.Option(metavar="N", help="Processes at once; -1 for all cores. Changes no number."),
]

ResumedOut = Annotated[
    Path | None,
    folder(
        "Folder for finished runs, numbers and page. [default: compare-PROBLEM, paper-quick or "
        "paper-full]"
    ),
]

Seed = Annotated[
    int, typer.Option(metavar="N", help="Seed of every random stream: same seed, same result.")
]

Batch = Annotated[
    str,
    typer.Option(
        metavar="N|auto",
        help="Items computed at a time; auto: as many as fit, by what one takes and the memory that "
        "is free, 256 at most. Changes no result, but of attacks with alone=false.",
    ),
]

Device = Annotated[str, name("Where the student computes: cpu, cuda, cuda:1.")]

Timeout = Annotated[
    float | None,
    typer.Option(
        metavar="SECONDS",
        help="The most seconds that one call of the teacher may take. [default: no limit]",
    ),
]

TrustPickle = Annotated[
    bool,
    flag(
        "--trust-pickle",
        "Load student files that can run code when they are loaded: .pt2, .pt, .joblib, .pkl.",
    ),
]

Normalise = Annotated[
    str | None,
    typer.Option(
        metavar="MEAN:STD",
        help="What the student was trained behind: mean and standard deviation of values from 0 to 1, one "
        "number for all or one for each channel, such as 0.49,0.48,0.45:0.25,0.24,0.26; imagenet; or 255, for "
        "a student of pixels from 0 to 255. It becomes part of the student, so that data and eps stay in "
        "the inputs' own units. [default: nothing]",
    ),
]

Resize = Annotated[
    str | None,
    typer.Option(
        metavar="SIZE",
        help="Of pictures in files: 32 takes the middle square, the shorter side being 32 pixels; 48x32 is "
        "width x height. [default: as they are, all of one size]",
    ),
]

Channels = Annotated[
    str | None,
    typer.Option(
        metavar="first|last",
        help="Where the channels of pictures in arrays are, if their shape does not say it. "
        "[default: first, or last where only that makes pictures]",
    ),
]

FailUnder = Annotated[
    float | None,
    typer.Option(
        metavar="SHARE",
        min=0.0,
        max=1.0,
        help="Exit with 1 unless the teacher-relative accuracy under each attack, and in the "
        "worst case over all, is surely at least this (the lower end of each interval); with 3 "
        "if answers that are missing could still show it. For use in CI.",
    ),
]

JUnit = Annotated[
    Path | None,
    typer.Option(
        "--junit",
        metavar="FILE.xml",
        help="Also write a JUnit file: a test case for --fail-under, for --until and for each finding that is "
        "a warning; the rates are its properties. For use in CI.",
    ),
]
