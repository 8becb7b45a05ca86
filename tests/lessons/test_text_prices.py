"""What a revision of a text costs in bits."""

import math

import torch

from preceptor.core import Texts
from preceptor.lessons.price import raw_bits
from preceptor.lessons.texts.text_pairs import TextPairs, edit_bits


def test_a_revision_of_spaces_alone_is_sent_raw() -> None:
    first, second = Texts(("not  one",)), Texts(("no tone",))
    assert 0 < edit_bits(("not  one",), ("no tone",)) < math.inf
    spaced = Texts(("not one",))
    labels = torch.tensor([0])
    bits = [
        TextPairs(first, other, labels, labels, classes=2).price.bits for other in (first, spaced)
    ]
    assert bits[1] - bits[0] == raw_bits(spaced)
    assert edit_bits(first.parts[0], second.parts[0]) > 0
