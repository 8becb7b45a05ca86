"""Options that several commands share: what they are called and what their help says, once."""

from pathlib import Path
from typing import Annotated

import typer

Student = Annotated[
    str,
    typer.Option(
        metavar="SPEC",
        help="The classifier: file.py:name, model.onnx, or with --trust-pickle model.pt2, "
        ".pt, .joblib, .pkl.",
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
        metavar="LOW,HIGH", help="LOW,HIGH of valid inputs, where the data do not show it."
    ),
]

Classes = Annotated[
    str | None,
    typer.Option(
        metavar="NAMES|N", help="Names of the labels, separated by commas; or their number."
    ),
]

Seed = Annotated[int, typer.Option(metavar="N", help="Of every random stream.")]

Batch = Annotated[int, typer.Option(metavar="N", min=1, help="Items at a time; changes no result.")]

Device = Annotated[str, typer.Option(metavar="NAME", help="Where the student computes: cpu, cuda.")]

Timeout = Annotated[
    float | None,
    typer.Option(metavar="SECONDS", help="Seconds that one call of the teacher may take."),
]

TrustPickle = Annotated[
    bool, typer.Option(help="Load student files that can run code when loaded.")
]
