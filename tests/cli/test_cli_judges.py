"""Language models and services as teachers, from the command line to the number, on this machine alone."""

import csv
import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import PROGRAM, preceptor
from loopback_service import (
    Heard,
    Loopback,
    Sent,
    by_words,
    completion,
    honest,
    loopback,
    question_of,
)

import preceptor as pr

JUDGE = """
url = "{url}"
model = "loop"
name = "judge"
task = "Is the film liked?"
threshold = 0.8
{more}
[labels]
negative = ["negative"]
positive = ["positive"]
[price]
input = 10_000.0
output = 0.0
unit = "USD"
"""
SECRET = "sk-of-the-command-line/42"
ITEMS = 24
GIVEN = (
    *("--student", "student.py:student", "--data", "films.csv", "--classes", "negative,positive"),
    *("--teacher", "llm:judge.toml", "--attack", "case:edits=2"),
)


@pytest.fixture
def service() -> Iterator[Loopback]:
    with loopback() as found:
        yield found


@pytest.fixture
def folder(tmp_path: Path, service: Loopback) -> Path:
    (tmp_path / "student.py").write_text(
        "def student(texts: list[str]):\n    return [int('good' in text) for text in texts]\n"
    )
    moods = ("a good film, number {}", "a really bad film, number {}", "a film called number {}")
    with (tmp_path / "films.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "text"])
        rows.writerows([f"f{i}", moods[i % 3].format(i)] for i in range(ITEMS))
    write(tmp_path, service)
    return tmp_path


def write(folder: Path, service: Loopback, more: str = "") -> None:
    text = JUDGE.replace("{url}", service.url).replace("{more}", more)
    (folder / "judge.toml").write_text(text)


def questions(service: Loopback) -> list[str]:
    return [question_of(one.body) for one in service.heard]


def test_a_judge_is_audited_with_and_its_reasons_are_counted(
    folder: Path, service: Loopback
) -> None:
    def odd(heard: Heard, number: int) -> Sent:
        text = question_of(heard.body).casefold()
        if "number 1" in text and "bad" in text:
            return Sent({"error": {"code": "content_filter", "message": "no"}}, 400)
        return honest(heard, number)

    service.say = odd
    dry = preceptor(folder, "audit", *GIVEN, "--dry-run", "--json")
    assert dry.returncode == 0, dry.stderr
    told = json.loads(dry.stdout)
    assert told["questions"] > ITEMS
    assert told["expected"]["calls"] == told["questions"]
    assert told["expected"]["cost"] > 0
    assert "Estimated, before anything is asked" in dry.stderr
    assert service.heard == []
    done = preceptor(folder, "audit", *GIVEN)
    assert done.returncode == 0, done.stderr
    asked = questions(service)
    assert len(asked) == len(set(asked)) == told["questions"]
    record = pr.Record.load(folder / "audit")
    said = record.run["heard"]["services"][0]
    assert set(said["uncertain"]) == {"cannot tell", "refused"}
    assert (
        said["models"]
        == {
            "loop-1 fp_a": said["inputs"] - said["uncertain"]["refused"],
            "": said["uncertain"]["refused"],
        }
        or said["models"]["loop-1 fp_a"]
    )
    words = " ".join(done.stderr.split())
    assert "judge was uncertain of" in words
    assert "refused" in words
    assert "never checked against people" in words
    report = (folder / "audit" / "report.html").read_text()
    assert "judge was uncertain of" in report
    assert record.facts["questions"]["cost"] > ITEMS / 2
    again = preceptor(folder, "audit", *GIVEN)
    assert again.returncode == 0, again.stderr
    assert len(questions(service)) == len(asked)


def test_python_and_the_command_line_and_any_concurrency_give_one_record(
    folder: Path, service: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = preceptor(folder, "audit", *GIVEN)
    assert done.returncode == 0, done.stderr
    typed = pr.Record.load(folder / "audit")
    write(folder, service, "concurrency = 1")
    monkeypatch.chdir(folder)
    record = pr.audit(
        "student.py:student",
        "films.csv",
        "llm:judge.toml",
        "case:edits=2",
        classes=["negative", "positive"],
        progress=False,
    )
    assert record.digest == typed.digest


def test_a_budget_of_cost_holds(folder: Path, service: Loopback) -> None:
    done = preceptor(folder, "audit", *GIVEN, "--budget", "cost=7.5")
    assert done.returncode == 3, done.stderr
    assert len(service.heard) == 7  # 1 USD each
    assert "the budget of questions is used up" in done.stderr + done.stdout
    more = preceptor(folder, "audit", *GIVEN, "--budget", "cost=9")
    assert more.returncode == 3
    assert len(service.heard) == 9
    wrong = preceptor(folder, "audit", *GIVEN, "--budget", "cost=much")
    assert wrong.returncode == 2
    assert "such as cost=5" in " ".join(wrong.stderr.split())


def test_a_wrong_key_stops_with_the_remedy_and_the_run_goes_on_later(
    folder: Path, service: Loopback
) -> None:
    write(folder, service, 'key_env = "JUDGE_KEY"')
    lacking = preceptor(folder, "audit", *GIVEN)
    assert lacking.returncode == 2
    assert "JUDGE_KEY is not set" in " ".join(lacking.stderr.split())

    def expires(heard: Heard, number: int) -> Sent:
        sent = heard.headers["Authorization"]
        if number >= 11:
            return Sent({"error": {"message": f"expired: {sent}"}}, 401)
        text, belief = by_words(heard.body)
        return Sent(completion(text, belief, model=f"loop {sent}"))

    service.say = expires
    env = {"JUDGE_KEY": SECRET}
    stopped = preceptor(folder, "audit", *GIVEN, env=env)
    assert stopped.returncode == 2
    words = " ".join(stopped.stderr.split())
    assert "the key in JUDGE_KEY is wrong" in words
    answered = sum(number < 11 for number in range(len(service.heard)))
    assert answered == 11
    before = questions(service)[:11]
    service.say = honest
    service.heard.clear()
    done = preceptor(folder, "audit", *GIVEN, env=env)
    assert done.returncode == 0, done.stderr
    assert not set(before) & set(questions(service))
    for told in (stopped, done):
        assert SECRET not in told.stdout + told.stderr
    for file in folder.rglob("*"):
        if file.is_file():
            assert SECRET.encode() not in file.read_bytes(), file


def test_people_set_the_threshold_and_it_asks_nothing_anew(folder: Path, service: Loopback) -> None:
    def unsure(heard: Heard, number: int) -> Sent:
        text = question_of(heard.body).casefold()
        # surer than it should be of films that people cannot tell
        if "called" in text:
            return Sent(completion("positive", {"positive": 0.85, "negative": 0.15}))
        return honest(heard, number)

    service.say = unsure
    done = preceptor(folder, "audit", *GIVEN)
    assert done.returncode == 0, done.stderr
    asked = len(service.heard)
    drawn = ("calibrate", "audit", "--budget", "40")
    wrote = preceptor(folder, *drawn, "--questions", "ask.csv")
    assert wrote.returncode == 0, wrote.stderr
    with (folder / "ask.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    with (folder / "votes.csv").open("w", newline="") as file:
        votes = csv.writer(file)
        votes.writerow(["item", "annotator", "label"])
        for row in rows:
            text = row["text"].casefold()
            label = "positive" if "good" in text else "negative" if "bad" in text else "can't tell"
            votes.writerows([row["id"], who, label] for who in "abcde")
    people = ("--people", "votes:votes.csv,ask.csv")
    found = preceptor(folder, *drawn, *people)
    words = " ".join((found.stdout + found.stderr).split())
    assert found.returncode == 0, words
    assert "write threshold = 0.95 into its file" in words
    told = json.loads(preceptor(folder, *drawn, *people, "--json").stdout)
    assert told["threshold"]["share"] == pytest.approx(0.95)
    text = (folder / "judge.toml").read_text()
    (folder / "judge.toml").write_text(text.replace("threshold = 0.8", "threshold = 0.95"))
    done = preceptor(folder, "audit", *GIVEN, "--out", "second")
    assert done.returncode == 0, done.stderr
    assert len(service.heard) == asked
    record = pr.Record.load(folder / "second")
    assert record.facts["questions"]["cost"] == 0
    assert record.run["heard"]["services"][0]["uncertain"]["below the threshold"] > 0


def test_a_killed_audit_asks_nothing_twice_but_what_was_under_way(
    folder: Path, service: Loopback
) -> None:
    service.say = lambda heard, number: Sent(honest(heard, number).body, wait=0.05)
    with subprocess.Popen(
        [*PROGRAM, "audit", *GIVEN], cwd=folder, stderr=subprocess.DEVNULL
    ) as run:
        while len(service.heard) < 16:
            assert run.poll() is None
            time.sleep(0.01)
        run.kill()
    time.sleep(0.2)
    done = preceptor(folder, "audit", *GIVEN)
    assert done.returncode == 0, done.stderr
    asked = questions(service)
    assert len(asked) - len(set(asked)) <= 4  # its concurrency
    record = pr.Record.load(folder / "audit")
    assert record.facts["questions"]["answered"] == len(set(asked))


def test_a_panel_of_judges_keeps_to_its_budget(folder: Path, service: Loopback) -> None:
    (folder / "panel.py").write_text(
        "from dataclasses import replace\n"
        "from preceptor.teachers import LLM, Panel, Unanimous\n"
        "one = LLM.read('judge.toml')\n"
        "two = replace(one, name='second', model='loop-b')\n"
        "panel = Panel([one, two], 'both', Unanimous())\n"
    )
    given = [one if one != "llm:judge.toml" else "panel.py:panel" for one in GIVEN]
    few = preceptor(folder, "audit", *given, "--budget", "cost=9")
    assert few.returncode == 3, few.stderr
    assert len(service.heard) == 8  # two calls an item, 2 USD
    done = preceptor(folder, "audit", *given)
    assert done.returncode == 0, done.stderr
    record = pr.Record.load(folder / "audit")
    assert {one["name"] for one in record.run["heard"]["services"]} == {"judge", "second"}
    asked = [(one.body["model"], question_of(one.body)) for one in service.heard]
    assert len(asked) == len(set(asked)) == 2 * record.facts["questions"]["asked"]


@pytest.mark.parametrize(
    ("teacher", "classes", "match"),
    [
        ("llm:nowhere.toml", "negative,positive", "there is no file at nowhere.toml"),
        ("llm:judge.toml", "bad,good", "names negative, positive"),
        ("llm:judge.toml", "", "in the student's order with --classes"),
        ("http://127.0.0.1:1/x", "negative,positive", "write it as url into a file"),
        ("https://127.0.0.1:1/x", "negative,positive", "write it as url into a file"),
    ],
)
def test_what_cannot_be_used_is_told(
    folder: Path, service: Loopback, teacher: str, classes: str, match: str
) -> None:
    given = ["--student", "student.py:student", "--data", "films.csv", "--teacher", teacher]
    given += ["--classes", classes] if classes else []
    done = preceptor(folder, "audit", *given)
    assert done.returncode == 2
    assert match in " ".join(done.stderr.split())
    assert service.heard == []
