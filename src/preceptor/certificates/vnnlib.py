"""The joint question in the form that other verifiers read: one ONNX network and a VNN-LIB property.

``joint.onnx`` is a chain of ``Gemm`` and ``Relu`` from the inputs, ``[1, features]``, to one output for each
inequality; ``joint.vnnlib`` (version 1.0) bounds the inputs and asks for a point at which some case holds, each a
conjunction of ``Y_i >= 0``. *Satisfiable* means refuted, *unsatisfiable* proved: the same question in
real numbers as ``ProofSettings(rounding="real")``. Numbers are float64, or float32 where asked for or
where nothing is lost by it.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from preceptor.certificates.certificate_question import CertificateQuestion
from preceptor.certificates.joint_bounds import Ends
from preceptor.certificates.joint_problem import JointProblem, WrongCase
from preceptor.certificates.merged_net import merged
from preceptor.certificates.piecewise import PiecewiseNet
from preceptor.core import InputError
from preceptor.core.atomic_write import atomic_write
from preceptor.core.extras import install

NET: Final = "joint.onnx"
PROPERTY: Final = "joint.vnnlib"
ABOUT: Final = "question.json"

_TOKEN: Final = re.compile(r"[()]|[^\s()]+")


@dataclass(frozen=True, eq=False)
class ImportedQuestion:
    """A question read back: one network, the cases in its outputs, and the box.

    Attributes:
        problem: as of :class:`preceptor.certificates.joint_problem.JointProblem`; labels are -1, since the
            files do not hold them.
        box: ``Float64[features]`` each.
    """

    problem: JointProblem
    box: Ends

    def holds(self, inputs: Tensor) -> Tensor:
        """``Bool[batch]`` of ``Float64[batch, features]``: whether some case holds."""
        found = torch.zeros(len(inputs), dtype=torch.bool)
        for case in self.problem.cases:
            found |= (self.problem.values(case, inputs) >= 0).all(1)
        return found


def export_question(
    question: CertificateQuestion, folder: str | Path, *, single: bool = False
) -> Path:
    """Write network, property and what they are about; returns the folder.

    Args:
        question: what is asked.
        folder: made if need be; files of these names are replaced.
        single: write float32, for verifiers that read nothing else. Then the question is another one
            by rounding, and the files say so.

    Raises:
        InputError: student or teacher are not piecewise linear, the teacher is certain of nothing, or the
            package onnx is not installed.
    """
    from preceptor.certificates.certify import described

    if not question.problem.cases:
        raise InputError(
            f"teacher {question.teacher.name!r} is certain of nothing that the student could get wrong, so there is "
            "no question to write: it is proved"
        )
    net, problem = merged(question.problem, question.box)
    exact = all(bool((one.float().double() == one).all()) for one in (*net.weights, *net.biases))
    where = Path(folder)
    where.mkdir(parents=True, exist_ok=True)
    data = _onnx_bytes(net, np.dtype(np.float32 if single or exact else np.float64))
    with atomic_write(where / NET) as fresh:
        fresh.write_bytes(data)
    with atomic_write(where / PROPERTY) as fresh:
        fresh.write_text("\n".join(_property(problem, question.box)) + "\n", encoding="utf-8")
    said = {
        "schema": "preceptor-joint-question/1",
        "question": described(question),
        "numbers": "float32" if single or exact else "float64",
        "rounded": single and not exact,
        "encloses": not problem.exact,
        "cases": [{"teacher": one.label, "student": one.other} for one in problem.cases],
        "satisfiable": "refuted, if student and teacher as they are part at the point",
        "unsatisfiable": "proved, in real numbers",
    }
    with atomic_write(where / ABOUT) as fresh:
        fresh.write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
    return where


def import_question(folder: str | Path) -> ImportedQuestion:
    """Read network and property back.

    Args:
        folder: with ``joint.onnx``, a chain of ``Gemm`` and ``Relu``, and ``joint.vnnlib``, of the form that
            :func:`export_question` writes: bounds of inputs, and one disjunction of conjunctions of comparisons
            of outputs and numbers.

    Raises:
        InputError: a file is missing, or of another form; says where.
    """
    where = Path(folder)
    for name in (NET, PROPERTY):
        if not (where / name).is_file():
            raise InputError(
                f"{where / name} is missing; expected a folder of `preceptor prove --export`"
            )
    net = _read_net(where / NET)
    box, clauses = _read_property(where / PROPERTY, net)
    cases = [_read_case(one, net) for one in clauses]
    problem = JointProblem(net.features, (net,), tuple(cases), (), True, (False,), 1)
    return ImportedQuestion(problem, box)


def _onnx() -> Any:
    try:
        import onnx
    except ImportError as error:
        raise InputError(
            f"writing or reading ONNX graphs needs the package onnx: {install('onnx')}"
        ) from error
    return onnx


def _onnx_bytes(net: PiecewiseNet, dtype: np.dtype[Any]) -> bytes:
    onnx = _onnx()
    helper, arrays = onnx.helper, onnx.numpy_helper
    kind = helper.np_dtype_to_tensor_dtype(dtype)
    nodes, stored, here = [], [], "X"
    for place, (weight, bias) in enumerate(zip(net.weights, net.biases, strict=True)):
        last = place == net.depth - 1
        names = (f"W{place}", f"b{place}")
        for name, one in zip(names, (weight, bias), strict=True):
            stored.append(arrays.from_array(one.numpy().astype(dtype), name))
        there = "Y" if last else f"pre{place}"
        nodes.append(helper.make_node("Gemm", [here, *names], [there], transB=1))
        if not last:
            nodes.append(helper.make_node("Relu", [there], [f"post{place}"]))
        here = f"post{place}"
    graph = helper.make_graph(
        nodes,
        "joint",
        [helper.make_tensor_value_info("X", kind, [1, net.features])],
        [helper.make_tensor_value_info("Y", kind, [1, net.outputs])],
        stored,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    data: bytes = model.SerializeToString()
    return data


def _property(problem: JointProblem, box: Ends) -> Iterator[str]:
    yield "; satisfiable: a point at which the teacher is certain and the student wrong"
    outputs = problem.nets[0].outputs
    for letter, many in (("X", problem.features), ("Y", outputs)):
        for i in range(many):
            yield f"(declare-const {letter}_{i} Real)"
    for i, (low, high) in enumerate(zip(*(end.tolist() for end in box), strict=True)):
        yield f"(assert (>= X_{i} {_number(low)}))"
        yield f"(assert (<= X_{i} {_number(high)}))"
    yield "(assert (or"
    for case in problem.cases:
        found = case.rows[:, problem.features :].nonzero()[:, 1].tolist()
        yield "  (and " + " ".join(f"(>= Y_{i} 0.0)" for i in found) + ")"
    yield "))"


def _number(value: float) -> str:
    """A decimal that reads back as the same float64, without an exponent."""
    return np.format_float_positional(value, unique=True, trim="0")


def _read_net(file: Path) -> PiecewiseNet:
    onnx = _onnx()
    try:
        graph = onnx.load(str(file)).graph
    except Exception as error:  # protobuf raises what it likes
        raise InputError(f"{file} is no ONNX file: {error}") from error
    held = {one.name: onnx.numpy_helper.to_array(one) for one in graph.initializer}
    weights: list[Tensor] = []
    biases: list[Tensor] = []
    marked: list[bool] = []
    here = graph.input[0].name
    for node in graph.node:
        said = {one.name: onnx.helper.get_attribute_value(one) for one in node.attribute}
        plain = {**said, "transB": said.get("transB", 0)} == {"transB": 1}
        parts = list(node.input)
        if node.op_type == "Gemm" and plain and parts[0] == here and set(parts[1:]) <= set(held):
            weights.append(torch.from_numpy(held[parts[1]].astype(np.float64)))
            biases.append(torch.from_numpy(held[parts[2]].astype(np.float64)))
            marked.append(False)
        elif node.op_type == "Relu" and parts == [here] and marked and not marked[-1]:
            marked[-1] = True
        else:
            raise InputError(
                f"{file}: node {node.op_type} is not part of a chain of Gemm and Relu, which is all that is read "
                "here; give a folder of `preceptor prove --export`"
            )
        here = node.output[0]
    if not weights or marked[-1] or here != graph.output[0].name:
        raise InputError(f"{file}: expected a chain of Gemm and Relu that ends in a Gemm")
    rectified = [torch.full((len(bias),), one) for bias, one in zip(biases, marked, strict=True)]
    return PiecewiseNet(tuple(weights), tuple(biases), tuple(rectified), True)


Term = Any
"""A word, or a list of terms."""


def _terms(text: str, file: Path) -> list[Term]:
    """The expressions of a file, nested."""
    stack: list[list[Term]] = [[]]
    for line in text.splitlines():
        for word in _TOKEN.findall(line.partition(";")[0]):
            if word == "(":
                stack.append([])
            elif word != ")":
                stack[-1].append(word)
            elif len(stack) == 1:
                raise InputError(f"{file}: a bracket too many")
            else:
                done = stack.pop()
                stack[-1].append(done)
    if len(stack) != 1:
        raise InputError(f"{file}: {len(stack) - 1} brackets are not closed")
    return stack[0]


def _read_property(file: Path, net: PiecewiseNet) -> tuple[Ends, list[list[Term]]]:
    """The box, and the conjunctions."""
    low = torch.full((net.features,), -torch.inf, dtype=torch.float64)
    high = -low
    clauses: list[list[Term]] | None = None
    for term in _terms(file.read_text(encoding="utf-8"), file):
        if term and term[0] == "declare-const":
            continue
        match term:
            case ["assert", [("<=" | ">=") as sign, str(name), str(number)]] if name[:2] == "X_":
                end, pick = (high, torch.minimum) if sign == "<=" else (low, torch.maximum)
                place = int(name[2:])
                end[place] = pick(end[place], torch.tensor(float(number), dtype=torch.float64))
            case ["assert", ["or", *parts]] if clauses is None:
                clauses = [list(one[1:]) if one[0] == "and" else [one] for one in parts]
            case _:
                raise InputError(
                    f"{file}: {term} is neither a bound of an input nor the one disjunction of cases"
                )
    if not bool(torch.isfinite(low).all() & torch.isfinite(high).all()):
        raise InputError(f"{file}: an input has no bound")
    return (low, high), clauses or []


def _read_case(clause: list[Term], net: PiecewiseNet) -> WrongCase:
    rows = torch.zeros(len(clause), net.features + net.outputs, dtype=torch.float64)
    offsets = torch.zeros(len(clause), dtype=torch.float64)
    for place, atom in enumerate(clause):
        match atom:
            case [("<=" | ">=") as sign, str(one), str(other)]:
                for word, way in ((one, 1.0), (other, -1.0)):
                    way = way if sign == ">=" else -way
                    if word[:2] in ("X_", "Y_"):
                        start = 0 if word[0] == "X" else net.features
                        rows[place, start + int(word[2:])] += way
                    else:
                        offsets[place] += way * float(word)
            case _:
                raise InputError(f"{atom} is no comparison of outputs and numbers")
    lead = torch.zeros(len(clause), dtype=torch.bool)
    return WrongCase(-1, -1, 0, rows, offsets, lead, len(clause))
