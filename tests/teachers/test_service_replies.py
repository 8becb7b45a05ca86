"""What is kept of services, by whom, and tokens that may be of several labels."""

import json
import math
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from loopback_service import Heard, Sent, completion, honest, loopback

from preceptor.asking import call_at_once
from preceptor.core import UNCERTAIN, InputError, ServiceError, Texts
from preceptor.ledger import Ledger
from preceptor.teachers import LLM, HTTPTeacher
from preceptor.teachers.services import Endpoint, LabelWords, Prompt
from preceptor.teachers.services.model_replies import ModelReply, read_probabilities

WORDS = LabelWords({"negative": ("negative",), "positive": ("positive",)})
HTTP = """url = "{url}"
name = "{name}"
version = "1"
[labels]
negative = ["NEG"]
positive = ["POS"]
[body]
text = "{input}"
[answer]
label = "label"
"""


def turned(heard: Heard, number: int) -> Sent:
    return Sent(completion("negative", {"negative": 0.97, "positive": 0.03}))


def test_another_model_behind_the_same_id_is_asked_itself() -> None:
    texts = Texts(("a good film",))
    with loopback() as one, loopback(turned) as other, Ledger(":memory:") as book:
        said = []
        for service, name in ((one, "one"), (other, "other")):
            judge = LLM(Endpoint(service.url), "loop", Prompt("Is it liked?", WORDS), name=name)
            said += book.keep(judge.keeping(book.journal))(texts).labels.tolist()
        assert said == [1, 0]
        assert [len(one.heard), len(other.heard)] == [1, 1]


def test_two_services_of_one_version_do_not_answer_for_each_other(tmp_path: Path) -> None:
    def says(label: str) -> Callable[[Heard, int], Sent]:
        return lambda heard, number: Sent({"label": label})

    with loopback(says("NEG")) as one, loopback(says("POS")) as other, Ledger(":memory:") as book:
        said = []
        for service, name in ((one, "one"), (other, "other")):
            file = tmp_path / f"{name}.toml"
            file.write_text(HTTP.replace("{url}", service.url).replace("{name}", name))
            teacher = HTTPTeacher.read(file).keeping(book.journal)
            said += book.keep(teacher)(Texts(("x", "y"))).labels.tolist()
        assert said == [0, 0, 1, 1]


def test_what_many_calls_need_at_once_is_asked_once() -> None:
    def slow(heard: Heard, number: int) -> Sent:
        sent = honest(heard, number)
        sent.wait = 0.02
        return sent

    texts = Texts(tuple(f"good {n}" for n in range(8)))
    with loopback(slow) as service, Ledger(":memory:") as book:
        prompt = Prompt("Is it liked?", WORDS, order="fixed")
        judge = LLM(Endpoint(service.url), "loop", prompt, centre=("N/A",), concurrency=4)
        call_at_once(book.keep(judge.keeping(book.journal)), texts)
        assert len(service.heard) == 9


@pytest.mark.parametrize(
    ("forms", "tokens", "shares"),
    [
        (("unfavourable", "favourable"), {"un": 0.75, "favour": 0.22}, None),
        (("unfavourable", "favourable"), {"un": 0.2, "favour": 0.6}, [0, 0.75, 0.25]),
        (("1", "10"), {"1": 0.95, "10": 0.04}, None),
        (("yes", "yes, partly"), {"yes": 0.9, "unsure": 0.05}, None),
        (("no", "none"), {"no": 0.9, "none": 0.1}, [0.9, 0.1, 0]),
    ],
)
def test_a_token_of_several_labels_counts_for_none(
    forms: tuple[str, str], tokens: dict[str, float], shares: list[float] | None
) -> None:
    words = LabelWords({"a": (forms[0],), "b": (forms[1],)})
    top = tuple((token, math.log(share)) for token, share in tokens.items())
    found = read_probabilities(ModelReply(text=forms[0], top=top), words, 0.2)
    assert found.fault == ("unreadable" if shares is None else "")
    assert found.shares.tolist() == pytest.approx(shares or [0, 0, 0])


def test_a_label_that_only_its_rival_can_be_read_of_is_not_certain() -> None:
    def split(heard: Heard, number: int) -> Sent:
        return Sent(completion("unfavourable", {"un": 0.75, "favour": 0.22}))

    words = LabelWords({"negative": ("unfavourable",), "positive": ("favourable",)})
    with loopback(split) as service:
        judge = LLM(Endpoint(service.url), "loop", Prompt("Is it liked?", words))
        assert torch.equal(judge(Texts(("bad",))).labels, torch.tensor([UNCERTAIN]))


@pytest.mark.parametrize(
    ("body", "sent"),
    [
        ('text = "{input}, {text}"', "a {image}, a {image}"),
        ('text = "data: {text}"\nmore = "{row}"', "data: a {image}"),
    ],
)
def test_places_are_filled_in_one_pass(tmp_path: Path, body: str, sent: str) -> None:
    with loopback(lambda heard, number: Sent({"label": "NEG"})) as service:
        teacher = described(tmp_path, service.url, body)
        teacher(Texts(("a {image}",)))
        assert service.heard[0].body["text"] == sent


@pytest.mark.parametrize("body", ['text = "{image}"', 'text = "{row}"'])
def test_a_body_that_shows_nothing_of_the_input_is_refused(tmp_path: Path, body: str) -> None:
    with loopback(lambda heard, number: Sent({"label": "NEG"})) as service:
        with pytest.raises(InputError, match="all would be the same question"):
            described(tmp_path, service.url, body)(Texts(("a", "b")))
        assert not service.heard
    with pytest.raises(InputError, match="stands alone"):
        described(tmp_path, service.url, 'text = "data: {row}"')


def described(folder: Path, url: str, body: str) -> HTTPTeacher:
    file = folder / "service.toml"
    whole = HTTP.replace('text = "{input}"', body)
    file.write_text(whole.replace("{url}", url).replace("{name}", "one"))
    return HTTPTeacher.read(file)


def test_a_key_that_comes_back_escaped_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    key = "sk-secret/01"
    monkeypatch.setenv("LOOP_KEY", key)
    odd = "".join(f"\\u{ord(sign):04x}" for sign in key).replace("\\u002f", "\\/")
    kept = "a \\\\u0041 \\u0022 b"
    body = f'{{"said": "{odd} {kept}", "plain": "{key}"}}'.encode()
    with loopback(lambda heard, number: Sent(body)) as service:
        found = Endpoint(service.url, key_env="LOOP_KEY").ask("", {})
        assert found == {"said": '[key] a \\u0041 " b', "plain": "[key]"}
    with loopback(lambda heard, number: Sent(body.replace(b"said", b"error"), 401)) as service:
        with pytest.raises(ServiceError) as stopped:
            Endpoint(service.url, key_env="LOOP_KEY").ask("", {})
        assert key not in str(stopped.value)


def test_half_a_character_in_a_token_is_kept_like_any_other() -> None:
    def halves(heard: Heard, number: int) -> Sent:
        said = completion("positive", {"positive": 0.9, "\ud83d": 0.05}, model="m \ud83d\ude00")
        return Sent(json.dumps(said).encode())

    with loopback(halves) as service, Ledger(":memory:") as book:
        for threshold in (0.8, 0.9):
            judge = LLM(
                Endpoint(service.url), "loop", Prompt("Is it liked?", WORDS), threshold=threshold
            )
            kept = judge.keeping(book.journal)
            assert book.keep(kept)(Texts(("good",))).labels.tolist() == [1]
        assert len(service.heard) == 1
        said = kept.said(Texts(("good",)))[0]
        assert said is not None
        assert said.model == "m \U0001f600 fp_a"
