"""Every committed number comes from a state of the source that is in the history."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
RESULTS = sorted((ROOT / "benchmarks/results").glob("*.json"))
NAMED = re.compile(r"\bcommits?\s+(?:is\s+|was\s+|of\s+)?`?([0-9a-f]{7,40})`?\b")


def git(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def history() -> None:
    """Skips where there is no history to look into."""
    try:
        top = git("rev-parse", "--show-toplevel").stdout.strip()
    except FileNotFoundError:
        pytest.skip("git is not installed")
    if not top or Path(top).resolve() != ROOT.resolve():
        pytest.skip("this is no git checkout")
    if git("rev-parse", "--is-shallow-repository").stdout.strip() != "false":
        pytest.skip("the clone is shallow: git fetch --unshallow")


def commits(found: Any) -> Iterator[str]:
    """Every ``commit`` and ``commits``, at any depth."""
    if isinstance(found, dict):
        for key, value in found.items():
            if key in ("commit", "commits"):
                yield from ([value] if isinstance(value, str) else list(value))
            else:
                yield from commits(value)
    elif isinstance(found, list):
        for one in found:
            yield from commits(one)


def changed(found: Any) -> bool:
    """Whether it says anywhere that files had changed since the commit."""
    parts = list(found.values()) if isinstance(found, dict) else found
    if not isinstance(parts, list):
        return False
    said = isinstance(found, dict) and bool(found.get("changed_since_commit"))
    return said or any(changed(one) for one in parts)


def fault(commit: str) -> str | None:
    """Why numbers of this commit cannot be had again; ``None`` if they can."""
    if commit.endswith("+"):
        return "was made with files that had changed since"
    if not re.fullmatch(r"[0-9a-f]{7,40}", commit):
        return "is no commit"
    if git("merge-base", "--is-ancestor", commit, "HEAD").returncode:
        return "is not in the history"
    return None


def faults(file: Path) -> list[str]:
    """Why a result cannot be had again; empty if it can."""
    found = json.loads(file.read_text())
    named = set(commits(found))
    said = [] if named else ["names no commit"]
    if changed(found):
        said.append("was made with files that had changed since its commit")
    return said + [f"{commit} {why}" for commit in named if (why := fault(commit))]


def test_results_come_from_the_history(history: None) -> None:
    assert RESULTS
    at_fault = {file.stem: said for file in RESULTS if (said := faults(file))}
    assert not at_fault, "commit, and run these benchmarks again"


def test_commits_that_pages_name_are_in_the_history(history: None) -> None:
    pages = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
    named = [(page, commit) for page in pages for commit in NAMED.findall(page.read_text())]
    bad = [f"{page.name}: {commit} {fault(commit)}" for page, commit in named if fault(commit)]
    assert not bad


def test_what_is_not_in_the_history_is_noticed(history: None) -> None:
    head = git("rev-parse", "HEAD").stdout.strip()
    assert fault(head) is None
    assert fault(head[:12]) is None
    assert fault("0" * 40) == "is not in the history"
    assert fault(head + "+") == "was made with files that had changed since"
    assert changed([{"a": {"changed_since_commit": True}}])
    assert not changed([{"a": {"changed_since_commit": False}}])
    deep = {"a": [{"commit": "x"}, {"b": {"commits": ["y", "z"]}}], "commit": "w"}
    assert sorted(commits(deep)) == ["w", "x", "y", "z"]
    assert NAMED.findall(f"run at commit `{head}`, or commit {head[:9]}") == [head, head[:9]]
