"""What a student does, as one short word."""

import hashlib

import torch
from jaxtyping import Float
from torch import Tensor

from preceptor.core import Student

_DECIMALS = 2


def fingerprint(student: Student, inputs: Float[Tensor, "batch *shape"]) -> str:
    """A hash of a student's decisions and logits, to two decimals, on some inputs.

    The same student on the same machine has the same fingerprint; inputs are asked one at a time,
    so nothing else about the batch matters. Another machine may round some logit to the other
    side: a fingerprint that differs calls for a look, one that agrees says that the student
    behaves the same on these inputs, and nothing of others.
    """
    hasher = hashlib.sha256(f"{student.classes} {len(inputs)}".encode())
    with torch.no_grad():
        for single in torch.split(inputs, 1) if len(inputs) else ():
            logits = student(single)
            rounded = (logits.cpu().double() * 10**_DECIMALS).round()
            words = [f"{value:.0f}" for value in (rounded + 0.0).flatten().tolist()]
            words.append(str(int(student.decide(logits)[0])))
            hasher.update(" ".join(words).encode() + b"\n")
    return hasher.hexdigest()[:16]
