"""What was written down of a claim before its seeds were run, and in which commit it stands.

``declared.json`` beside this module holds rule, settings, seeds, opponents and prices of every claim. It
is written by ``scripts/declare.py``, and committed before the seeds that count are run; a suite then
names digest and commit of every claim that is run as it stands there.
"""

import json
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from preceptor.paper.claim import Claim

FILE: Final = Path(__file__).with_name("declared.json")


@dataclass(frozen=True)
class Declared:
    """Where a claim stood written as it was run.

    Attributes:
        digest: of its part of the declaration, 64 hexadecimal digits.
        commit: the first one from which on that part stands as it is; ``None`` outside of a checkout,
            or if it is not committed.
        before: whether every run was made with that commit or a later one.
    """

    digest: str
    commit: str | None
    before: bool


def declaration(claim: Claim) -> dict[str, Any]:
    """Of one claim, as plain data: what it says, by what rule, with which settings and seeds, against
    whom and at what price.
    """
    facts = claim.facts.describe()
    said = ("title", "says", "constructed", "expected", "rule", "opponents", "teller", "duel")
    plans = {
        scale: {"settings": dict(plan.settings), "seeds": list(plan.seeds)}
        for scale, plan in (("quick", claim.quick), ("full", claim.full))
    }
    found: dict[str, Any] = json.loads(json.dumps({name: facts[name] for name in said} | plans))
    return found


def digest(said: Mapping[str, Any]) -> str:
    """Of a part of the declaration, 64 hexadecimal digits."""
    return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def declarations(claims: Iterable[Claim]) -> dict[str, dict[str, Any]]:
    """Of all claims, by name: what the file holds."""
    return {claim.facts.name: declaration(claim) for claim in claims}


def declared(claim: Claim, commits: Iterable[str | None]) -> Declared | None:
    """Where a claim stands written; ``None`` if the file holds nothing of it, or something else.

    Args:
        claim: as it is now.
        commits: with which its runs were made; ``None`` for a run of which that is not known. With
            ``+`` at the end files had changed since.
    """
    now = digest(declaration(claim))
    if FILE.is_file() and _part(FILE.read_text(encoding="utf-8"), claim.facts.name) == now:
        commit = first_with(claim.facts.name, now)
        runs = [None if run is None else run.removesuffix("+") for run in commits]
        before = commit is not None and all(
            run is not None and _git("merge-base", "--is-ancestor", commit, run) is not None
            for run in dict.fromkeys(runs)
        )
        return Declared(now, commit, before)
    return None


def first_with(name: str, wanted: str) -> str | None:
    """The first commit from which on, up to now, the file holds a claim's part as it is."""
    log = _git("log", "--format=%H", "--", FILE.name)
    found = None
    for commit in (log or "").split():
        if held(commit, name) != wanted:
            break
        found = commit
    return found


def held(commit: str, name: str) -> str | None:
    """The digest of what the file of a commit says of a claim; ``None`` if it says nothing."""
    text = _git("show", f"{commit}:./{FILE.name}")
    return None if text is None else _part(text, name)


def _part(text: str, name: str) -> str | None:
    try:
        found = json.loads(text).get(name)
    except ValueError:
        return None
    return None if found is None else digest(found)


def _git(*words: str) -> str | None:
    """What git says in this folder; ``None`` where there is no git, or it says no."""
    command = ["git", "-C", str(FILE.parent), *words]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=20)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout
