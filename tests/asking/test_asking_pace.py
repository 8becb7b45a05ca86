"""Rates, waits that a service asks for, and back-off; and the snippet of the documentation."""

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.message import Message
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.error import HTTPError

import pytest
import torch
from asking_worlds import Pupil, Push, Seer, honest, truth, world
from torch import Tensor

from preceptor.asking import call_at_once, input_keys
from preceptor.asking.keys import PackedKeys, packed
from preceptor.asking.pace import LONGEST, WAITS, back_off, pace_of, retry_after
from preceptor.audit import Plan, audit
from preceptor.core import Answers, InputError, Teacher
from preceptor.ledger import Ledger
from preceptor.teachers import Rule, concurrent, with_retries

DOCS = Path(__file__).parents[2] / "docs/how-to/teachers.md"
INPUTS = torch.rand(12, 2, generator=torch.Generator().manual_seed(3))


class LaterError(Exception):
    """Asks to wait."""

    def __init__(self, retry_after: object) -> None:
        super().__init__("later")
        self.retry_after = retry_after


def http(status: int, **headers: str) -> HTTPError:
    message = Message()
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    return HTTPError("http://x", status, "no", message, None)


class AnswerError(Exception):
    """As requests and httpx raise it: the answer stands in ``response``."""

    def __init__(self, status: int, headers: dict[str, str]) -> None:
        super().__init__(str(status))
        self.response = type("Response", (), {"status_code": status, "headers": headers})()


def test_retry_after_is_found_where_libraries_keep_it() -> None:
    assert retry_after(LaterError(2.5)) == 2.5
    assert retry_after(http(429, Retry_After="3")) == 3.0
    assert retry_after(AnswerError(503, {"retry-after": "4"})) == 4.0
    when = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    found = retry_after(http(503, Retry_After=when))
    assert found is not None
    assert 50 < found <= 60
    past = format_datetime(datetime.now(UTC) - timedelta(seconds=60), usegmt=True)
    assert retry_after(http(503, Retry_After=past)) == 0
    assert retry_after(http(429)) is None
    assert retry_after(LaterError("soon")) is None
    assert retry_after(ValueError("no")) is None


def test_only_refusals_are_waited_for() -> None:
    assert back_off(ValueError("no"), 0) is None
    assert back_off(http(404), 0) is None
    assert back_off(LaterError(LONGEST + 1), 0) is None
    assert back_off(LaterError(1), WAITS) is None
    for before in range(WAITS):
        waits = [back_off(AnswerError(429, {}), before) for _ in range(50)]
        assert all(wait is not None and 0 <= wait <= 2**before for wait in waits)
        assert max(wait or 0 for wait in waits) > 0.5 * 2**before, "up to the whole"
        assert len(set(waits)) > 40, "jitter"


@pytest.mark.parametrize("wrap", [False, True], ids=["bare", "careful"])
def test_a_refused_call_is_made_again_and_all_others_wait(wrap: bool) -> None:
    begun: list[float] = []
    lock = threading.Lock()

    def busy(inputs: Tensor) -> Answers:
        with lock:
            begun.append(time.monotonic())
            if len(begun) == 1:
                raise LaterError(0.3)
        return honest(inputs)

    plain: Teacher = Seer(busy, deterministic=False)  # a refusal may be tried again all the same
    teacher = concurrent(with_retries(plain, pause=0) if wrap else plain, 2)
    found = call_at_once(teacher, INPUTS)
    assert not found.gaps
    assert torch.equal(found.answers.labels, truth(INPUTS))
    assert len(begun) == len(INPUTS) + 1
    late = [one for one in begun[2:] if one - begun[0] < 0.29]
    assert len(late) <= 1, "only what was under way already"


def test_a_rate_is_kept_by_many_calls_and_by_single_ones() -> None:
    begun: list[float] = []

    def note(inputs: Tensor) -> Answers:
        begun.append(time.monotonic())
        return honest(inputs)

    teacher = concurrent(Seer(note), 4, rate=50)
    call_at_once(teacher, INPUTS)
    for row in INPUTS[:3]:
        call_at_once(teacher, row[None])
    assert len(begun) == 15
    assert max(begun) - min(begun) >= 14 / 50 * 0.95


@pytest.mark.parametrize("rate", [0, -1.0, float("inf")])
def test_a_rate_that_is_none_is_refused(rate: float) -> None:
    with pytest.raises(InputError, match="expected calls a second"):
        Rule(lambda x: x, name="r", classes=2, version="1", rate=rate)
    pace_of(Seer())  # no rate, no limit; a teacher that cannot be hashed has a pace too


def test_packed_keys_are_keys() -> None:
    keys = input_keys(INPUTS)
    found = PackedKeys(packed(keys))
    assert list(found) == keys
    assert list(found[2:4]) == keys[2:4]
    assert len(found) == len(INPUTS)


class Service(BaseHTTPRequestHandler):
    """Labels one input a request; takes its time, and now and then refuses."""

    pause = 0.02
    refuse_every = 7
    requests = 0
    lock = threading.Lock()

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with Service.lock:
            Service.requests += 1
            refuse = Service.requests % self.refuse_every == 0
        time.sleep(self.pause)
        label = int(truth(torch.tensor([body["features"]]))[0])
        data = json.dumps({"label": None if label < 0 else label}).encode()
        self.send_response(429 if refuse else 200)
        if refuse:
            self.send_header("Retry-After", "0")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *words: object) -> None:
        """Says nothing."""


@contextmanager
def served() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/label"
    finally:
        server.shutdown()
        server.server_close()


def test_the_service_of_the_documentation(tmp_path: Path) -> None:
    """The snippet as it stands, against a server that answers slowly and sometimes says: later."""
    (code,) = re.findall(r"```python\n(# service\.py\n.*?)```", DOCS.read_text(), re.DOTALL)
    with served() as url, Ledger(tmp_path / "book") as ledger:
        names: dict[str, object] = {}
        exec(compile(code.replace("http://localhost:8000/label", url), "service", "exec"), names)
        teacher = names["teacher"]
        assert isinstance(teacher, Rule)
        assert teacher.concurrency == 20
        kept = ledger.keep(with_retries(teacher), purpose="audit")
        record = audit(Pupil(), kept, world(), Plan((Push(),)), tmp_path / "out")
        plain = audit(Pupil(), Seer(name="service"), world(), Plan((Push(),)), tmp_path / "plain")
    assert record.facts["questions"]["unanswered"] == {}
    assert record.facts["questions"]["answered"] == 120
    for one, other in zip((record.clean, *record.moved), (plain.clean, *plain.moved), strict=True):
        assert torch.equal(one.sheet.teacher, other.sheet.teacher)
    assert Service.requests > 120, "some were refused, and asked again"
