"""Claims and findings whose numbers are planted."""

from collections.abc import Mapping

from preceptor.paper import (
    Area,
    Chart,
    Check,
    Claim,
    ClaimPlan,
    ClaimResult,
    DecisionLine,
    Disc,
    Facts,
    Picture,
    Run,
    Scene,
    Series,
    Suite,
    Verdict,
    VerdictRule,
)

ADVANTAGE = VerdictRule(
    (Check("asked / told, d=*", 10.0),),
    (Check("asked / told, d=*", 1 / 3.5, 3.5), Check("power", 0.85, 1.15)),
)
"""Shown from a factor of 10 on, a tie within 3.5."""

DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAG7buVgAAAABJRU5ErkJggg=="
"""A white pixel."""


SCENE = Scene(
    "A plane",
    2.0,
    (
        Area("low", ((-2.0, -2.0), (2.0, -2.0), (2.0, 0.0), (-2.0, 0.0))),
        Area("uncertain", ((-2.0, 0.0), (2.0, 0.0), (2.0, 0.5), (-2.0, 0.5))),
        Area("high", ((-2.0, 0.5), (2.0, 0.5), (2.0, 2.0), (-2.0, 2.0))),
        Area("error", ((0.5, -0.5), (1.5, -0.5), (1.5, 0.0), (0.5, 0.0))),
    ),
    ((-1.0, -1.0),),
    ((1.0, 1.0), (1.0, 1.5)),
    (
        DecisionLine("one", ((0.0, -2.0), (0.0, 2.0))),
        DecisionLine("other", ((-2.0, 0.0), (2.0, 0.0))),
    ),
    (Disc((1.0, 1.0), 0.5), Disc((-1.0, -1.0), 0.5, "2")),
    "Two boundaries cross.",
    "A note on the plane.",
)
"""A picture of every kind of thing."""


def facts(name: str = "planted", rule: VerdictRule = ADVANTAGE, expected: Verdict = "tie") -> Facts:
    return Facts(
        name, f"The {name} one", "Telling beats asking.", "All of it.", "Nothing.", expected, rule
    )


def runs(numbers: Mapping[str, list[float | None]]) -> tuple[Run, ...]:
    """One run for each place of the lists."""
    size = max(map(len, numbers.values()))
    return tuple(
        Run(seed, {k: v[seed] for k, v in numbers.items()}, 0.5, {"commit": "abc"})
        for seed in range(size)
    )


def finding(numbers: Mapping[str, list[float | None]], **said: object) -> ClaimResult:
    sizes = (4.0, 8.0)
    series = Series("asked / told", tuple(f"asked / told, d={d:g}" for d in sizes))
    charts = (
        Chart("Ratio", "features", "ratio", sizes, (series,), log=True),
        Chart(
            "Shares", "way", "share", (0.0, 1.0), (Series("share", ("power", None)),),
            share=True, note="A note.", labels=("first", "second"),
        ),
    )  # fmt: skip
    return ClaimResult(
        facts(**said), {"features": [4, 8]}, runs(numbers), charts, (Picture("dot", DOT),), (SCENE,)
    )  # type: ignore[arg-type]


def suite(*findings: ClaimResult) -> Suite:
    env = {"preceptor": "0", "torch": "2", "numpy": "2", "python": "3", "commit": "abc"}
    return Suite("quick", findings, env, "Nobody else was there.")


TRIED: list[int] = []
"""Seeds that were run by :func:`counted`."""


def counted(settings: Mapping[str, object], seed: int) -> dict[str, float | None]:
    TRIED.append(seed)
    if seed == settings.get("breaks"):
        raise RuntimeError("interrupted")
    return {"asked / told, d=4": 2.0 + 0.01 * seed, "power": 1.0 + 0.01 * seed}


def claim(breaks: int | None = None, name: str = "counted") -> Claim:
    plan = ClaimPlan({"features": [4]} | ({} if breaks is None else {"breaks": breaks}), (0, 1, 2))
    return Claim(facts(name), counted, plan, plan)
