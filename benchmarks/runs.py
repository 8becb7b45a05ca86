"""What benchmarks share: the stamp on results, and arms x seeds kept as soon as they are done."""

import json
import os
import platform
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

import preceptor
from preceptor.core import environment
from preceptor.outcome import Spread

ROOT = Path(__file__).parents[1]

Numbers = dict[str, float]


def carry_out(
    file: Path,
    head: Mapping[str, Any],
    arms: Mapping[str, Callable[[int], Numbers]],
    seeds: Mapping[str, Sequence[int]],
) -> dict[str, Any]:
    """Run every arm on its seeds, seed by seed, and write ``file`` after each.

    What ``file`` holds of an earlier run with the same head is not run again; ``commits`` names all
    states of the source from which runs come, the latest last.

    Args:
        file: JSON.
        head: what it is, settings included.
        arms: of a seed to its numbers, by name.
        seeds: of each arm.
    """
    found = _earlier(file, head)
    runs: dict[str, dict[str, Numbers]] = found.get("runs", {})
    torch.set_num_threads(1)
    code = stamp()  # of what runs: files may change meanwhile
    for seed in sorted({one for some in seeds.values() for one in some}):
        for name, arm in arms.items():
            if seed not in seeds[name] or str(seed) in runs.get(name, {}):
                continue
            clock, processor = time.perf_counter(), time.process_time()
            numbers = arm(seed)
            numbers["seconds"] = round(time.process_time() - processor, 1)
            runs.setdefault(name, {})[str(seed)] = numbers
            print(name, seed, {key: round(value, 3) for key, value in numbers.items()}, flush=True)
            load = {
                "wall over processor": round(
                    (time.perf_counter() - clock) / max(numbers["seconds"], 0.1), 1
                )
            }
            written = {
                **head,
                **code,
                "commits": _commits(found, code["commit"]),
                "load": {**load, "1 minute": os.getloadavg()[0]},
            }
            order = {
                one: dict(sorted(runs[one].items(), key=_number))
                for one in [*arms, *runs]
                if one in runs
            }
            found = {
                **written,
                "arms": {one: _spread(some) for one, some in order.items()},
                "runs": order,
            }
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(found, indent=1) + "\n")
    return found


def stamp() -> dict[str, str]:
    """What the numbers hang on beside the settings. ``commit`` ends in + where files had changed."""
    changed = git("status", "--porcelain", "src", "benchmarks/*.py")
    return {
        "commit": git("rev-parse", "HEAD") + ("+" if changed else ""),
        "preceptor": preceptor.__version__,
        "torch": torch.__version__,
        "python": platform.python_version(),
    }


def made() -> dict[str, str | int | None]:
    """The environment, with the commit of :func:`stamp`: call it before the first run.

    A result that was written meanwhile is no change of what runs.
    """
    return {**environment(), "commit": stamp()["commit"]}


def kept(work: Path | None, name: str, head: Mapping[str, Any], make: Callable[[], Any]) -> Any:
    """What ``make`` gives, as JSON holds it; from ``work`` where it lies there already.

    So an interrupted benchmark goes on. Nothing is used again of another ``head``, which names
    settings and commit, or of files that had changed since their commit.

    Args:
        work: a folder; ``None`` to keep nothing.
        name: of the part, unique within the benchmark; a file name.
        head: what the part hangs on.
        make: runs it.
    """
    if work is None:
        return json.loads(json.dumps(make()))
    file, mine = work / f"{name}.json", json.loads(json.dumps(head))
    if file.is_file() and not str(head["commit"]).endswith("+"):
        found = json.loads(file.read_text())
        if found["head"] == mine:
            return found["part"]
    part = json.loads(json.dumps(make()))
    work.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"head": mine, "part": part}) + "\n")
    return part


def git(*words: str) -> str:
    """What git says of this tree; nothing where there is no git."""
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _commits(found: Mapping[str, Any], commit: str) -> list[str]:
    """Those of before and this one; the latest last."""
    before = found.get("commits", [found["commit"]] if "commit" in found else [])
    return [*(one for one in before if one != commit), commit]


def _number(one: tuple[str, Numbers]) -> int:
    return int(one[0])


def _earlier(file: Path, head: Mapping[str, Any]) -> dict[str, Any]:
    if not file.is_file():
        return {}
    found: dict[str, Any] = json.loads(file.read_text())
    same = all(found.get(key) == json.loads(json.dumps(value)) for key, value in head.items())
    return found if same else {}


def _spread(runs: Mapping[str, Numbers]) -> dict[str, Any]:
    keys = next(iter(runs.values()))
    return {
        "seeds": [int(seed) for seed in runs],
        **{key: Spread.of([one[key] for one in runs.values()]).describe() for key in keys},
    }
