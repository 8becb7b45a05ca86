"""What is declared is what the claims are, and results name the commit that held it beforehand."""

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from preceptor.paper import CLAIMS, Suite, chosen, declarations
from preceptor.paper.declaration import FILE, declaration, declared, digest, held

ROOT = Path(__file__).parents[2]


def git(*words: str) -> str | None:
    done = subprocess.run(
        ["git", "-C", str(ROOT), *words], capture_output=True, text=True, check=False
    )
    return done.stdout.strip() if done.returncode == 0 else None


def test_the_file_holds_every_claim_as_it_is() -> None:
    assert json.loads(FILE.read_text()) == declarations(CLAIMS), "run python scripts/declare.py"


def test_a_changed_rule_seed_or_setting_is_no_longer_declared() -> None:
    (claim,) = chosen(["halfspace"])
    said = declared(claim, [])
    assert said is not None
    assert said.digest == digest(declaration(claim))
    plan = claim.full
    for changed in (
        replace(claim, full=replace(plan, seeds=(1, 2, 3))),
        replace(claim, full=replace(plan, settings={**plan.settings, "probes": 7})),
        replace(claim, facts=replace(claim.facts, expected="not shown")),
        replace(claim, facts=replace(claim.facts, opponents=claim.facts.opponents[:1])),
    ):
        assert declared(changed, []) is None


def test_before_means_that_every_run_is_of_that_commit_or_a_later_one() -> None:
    if git("rev-parse", "HEAD") is None or git("rev-parse", "--is-shallow-repository") != "false":
        pytest.skip("there is no history to look into")
    (claim,) = chosen(["plane"])
    said = declared(claim, [git("rev-parse", "HEAD")])
    if said is None or said.commit is None:
        pytest.skip("the declaration is not committed yet")
    assert said.before
    assert held(said.commit, "plane") == said.digest
    earlier = git("rev-parse", f"{said.commit}~1")
    for commits in ([earlier], [git("rev-parse", "HEAD"), earlier], [None], ["0" * 40]):
        late = declared(claim, commits)
        assert late is not None
        assert not late.before


def test_results_name_a_commit_that_holds_what_they_were_run_by() -> None:
    found = Suite.load(ROOT / "benchmarks/results/paper.json")
    for one in found.findings:
        if one.declared is None or one.declared.commit is None:
            continue
        text = git("show", f"{one.declared.commit}:{FILE.relative_to(ROOT)}")
        if text is None:
            pytest.skip("there is no history to look into")
        said = json.loads(text)[one.facts.name]
        assert digest(said) == one.declared.digest
        facts = one.facts.describe()
        plain = json.loads(
            json.dumps({name: facts[name] for name in ("rule", "opponents", "duel")})
        )
        assert {name: said[name] for name in plain} == plain
        assert said[found.scale]["settings"] == json.loads(json.dumps(dict(one.settings)))
        assert said[found.scale]["seeds"] == [run.seed for run in one.runs]
