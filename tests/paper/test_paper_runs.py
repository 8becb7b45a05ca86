"""A suite goes on where it was, gives the same numbers however it is run, and is read back whole."""

import json
from pathlib import Path

import paper_planted
import pytest
from paper_planted import claim, finding, suite

from preceptor.core import InputError
from preceptor.paper import CLAIMS, Suite, SuiteProgress, chosen, run_suite
from preceptor.paper.claim import checked
from preceptor.paper.scaling_exponent import doublings, exponent


def test_finished_runs_are_not_run_again(tmp_path: Path) -> None:
    paper_planted.TRIED.clear()
    told: list[SuiteProgress] = []
    first = run_suite([claim()], "quick", tmp_path, watch=told.append)
    assert [(t.done, t.total, t.resumed) for t in told] == [(i, 3, False) for i in (1, 2, 3)]
    again = run_suite([claim()], "quick", tmp_path, watch=told.append)
    assert paper_planted.TRIED == [0, 1, 2]
    assert [t.resumed for t in told[3:]] == [True] * 3
    assert again.findings[0].spreads == first.findings[0].spreads
    assert first.findings[0].verdict == "tie"


def test_an_interruption_loses_only_the_run_in_flight(tmp_path: Path) -> None:
    paper_planted.TRIED.clear()
    with pytest.raises(RuntimeError, match="interrupted"):
        run_suite([claim(), claim(breaks=1, name="other")], "quick", tmp_path)
    assert len(list((tmp_path / "runs").iterdir())) == 4
    run_suite([claim()], "quick", tmp_path)
    assert paper_planted.TRIED == [0, 1, 2, 0, 1]


def test_other_settings_are_other_runs(tmp_path: Path) -> None:
    run_suite([claim()], "quick", tmp_path)
    paper_planted.TRIED.clear()
    run_suite([claim(breaks=9)], "quick", tmp_path)
    assert paper_planted.TRIED == [0, 1, 2]


def test_a_damaged_run_is_run_again(tmp_path: Path) -> None:
    run_suite([claim()], "quick", tmp_path)
    next((tmp_path / "runs").glob("counted-1-*")).write_text("{")
    paper_planted.TRIED.clear()
    run_suite([claim()], "quick", tmp_path)
    assert paper_planted.TRIED == [1]


def test_processes_change_no_number() -> None:
    wanted = chosen(["copies-active"])
    one, two = (run_suite(wanted, "quick", n_jobs=jobs) for jobs in (1, 2))
    assert one.findings[0].spreads == two.findings[0].spreads


def test_it_is_read_back_whole(tmp_path: Path) -> None:
    said = suite(finding({"asked / told, d=4": [30.0, 31.0], "power": [1.0, None]}))
    path = said.save(tmp_path / "deep" / "paper.json")
    back = Suite.load(path)
    assert back.describe() == said.describe()
    assert back.commits == ["abc"]
    assert back.seconds == 1.0


def test_verdicts_are_computed_not_stored(tmp_path: Path) -> None:
    said = suite(finding({"asked / told, d=4": [30.0] * 3, "asked / told, d=8": [30.0] * 3}))
    path = said.save(tmp_path / "paper.json")
    assert Suite.load(path).findings[0].verdict == "shown"
    stored = json.loads(path.read_text())
    for run in stored["claims"][0]["runs"]:
        run["numbers"]["asked / told, d=4"] = 1.0
    path.write_text(json.dumps(stored))
    assert Suite.load(path).findings[0].verdict == "not shown"


@pytest.mark.parametrize(
    ("text", "words"),
    [("{", "cannot be read"), ('{"schema": "other/1"}', "that .preceptor paper. wrote"),
     ('{"schema": "preceptor-paper/1", "claims": [{}]}', "cannot be read as a suite")],
)  # fmt: skip
def test_other_files_are_refused(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(text)
    with pytest.raises(InputError, match=words):
        Suite.load(path)


def test_slips_are_answered() -> None:
    with pytest.raises(InputError, match="no claim 'neddle'; there are plane"):
        chosen(["neddle"])
    with pytest.raises(InputError, match="nothing to run"):
        run_suite([], "quick")
    with pytest.raises(InputError, match="say None instead"):
        checked({"x": float("nan")}, "planted")
    with pytest.raises(InputError, match="no numbers"):
        checked({}, "planted")


def test_names_are_chosen_in_the_order_of_the_report() -> None:
    assert [c.facts.name for c in chosen(["needle", "plane"])] == ["plane", "needle"]
    assert chosen() == CLAIMS
    assert len({c.facts.name for c in CLAIMS}) == len(CLAIMS)


def test_growth() -> None:
    assert exponent([1, 2, 4, 8], [3, 12, 48, 192]) == pytest.approx(2)
    assert doublings([2, 3, 4], [5, 10, 20]) == pytest.approx(1)
    assert exponent([1, 2], [1.0, None]) is None
    with pytest.raises(InputError, match="positive"):
        exponent([1, 2], [0, 1])
    with pytest.raises(InputError, match="2 costs at 1 sizes"):
        exponent([1], [1, 2])


def test_the_results_that_come_with_the_source_are_of_claims_that_there_are() -> None:
    found = Suite.load(Path(__file__).parents[2] / "benchmarks/results/paper.json")
    assert found.scale == "full"
    tried = {one.facts.name: one for one in CLAIMS}
    for one in found.findings:
        assert one.facts.name in tried
        assert one.runs
