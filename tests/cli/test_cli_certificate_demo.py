"""The demo's certificate, without the demo's digits."""

from pathlib import Path

from preceptor.certificates import Certificate
from preceptor.cli.certificate_demo import certified_plane, told_certificate


def test_the_demo_proves_its_small_student_and_asks_nothing_again(tmp_path: Path) -> None:
    taught = certified_plane(tmp_path, 0)
    assert taught.certificate.status == "proved"
    assert 0 < taught.answer.price.questions <= 100
    lines = told_certificate(taught)
    assert f"taught {taught.answer.price.questions} answers" in lines[0]
    assert lines[1].strip().startswith("Proved: wherever plane-second-sign is certain")
    file = lines[2].partition(": ")[2]
    assert Certificate.load(file).status == "proved"
    again = certified_plane(tmp_path, 0)
    assert again.answer.price == taught.answer.price
    assert all(one.resumed for one in again.learned.rounds)
