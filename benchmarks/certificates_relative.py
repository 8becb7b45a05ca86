"""Family (e) of the certificates: balls proved relative to a teacher, beside ordinary ball certificates.

    python benchmarks/certificates_relative.py                   # five seeds of each arm; see "seconds" in its JSON
    python benchmarks/certificates_relative.py --arms panel-0.13 --seeds 2000

8x8 digits (scikit-learn). A teacher, or a panel of three (certain where all are), or the nearest of ten means; a
student that it taught, and an ordinary student of the same form that learned the labels. For each of 50 items that nobody
trained on: is the student right wherever the teacher is certain in the l_inf ball around it (*relative*)? Does it
say one label in the whole ball (*ball*, by the same bounds, the teacher left out)? A ball is *crossing* if it holds an
input of which the teacher is certain that it is of another class than the item: there no student that follows
the teacher can have a ball certificate. Lessons: the teacher's logits (a rule's: its distances) at inputs of the
training items' balls that were moved towards where it is certain and the student is wrong.

Settings were chosen on seeds from 900; seeds 2000 to 2004 count.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import torch
from certificate_instances import fitted, network
from runs import ROOT, carry_out
from torch import Tensor, nn
from torch.nn import functional as F

from preceptor.certificates import CertificateQuestion, ProofSettings, prove
from preceptor.core import AnyTeacher, Domain, Unanimous
from preceptor.students import TorchStudent
from preceptor.teachers import LogitMargin, Model, NearestPrototypes, Panel, Rule

DOMAIN: Final = Domain((64,), 0.0, 1.0)
ITEMS, SECONDS, CERTAIN = 50, 10.0, 0.92
"""Items asked about, seconds for each proof, and of how many items the teacher is certain."""
STEPS, WALK, RATE, SPARSE, WIDTH = 3000, 8, 2e-3, 2e-5, 32
"""Of teaching: steps, moves within a ball in each, Adam's rate, the weight of the l_1 penalty; and how wide
the student's two layers are."""
SEEDS: Final = range(2000, 2005)


@dataclass(frozen=True)
class Taught:
    """A teacher as benchmarks need it.

    Attributes:
        asked: the teacher.
        soft: of inputs to one row of logits for each member.
        gamma: the lead from which a member is certain.
    """

    asked: AnyTeacher
    soft: Sequence[Callable[[Tensor], Tensor]]
    gamma: float

    def sure(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """The label of the first member, and the least lead over members; minus where they differ."""
        said = [member(inputs) for member in self.soft]
        labels = said[0].argmax(1)
        rows = torch.arange(len(inputs))
        least = []
        for logits in said:
            mine = logits[rows, labels]
            rest = logits.index_put((rows, labels), torch.tensor(-torch.inf)).amax(1)
            least.append(mine - rest)
        return labels, torch.stack(least).amin(0)


def data(seed: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Training items and labels, held items and labels; another half for each seed."""
    from sklearn.datasets import load_digits

    table, labels = load_digits(return_X_y=True)
    rows = torch.randperm(len(table), generator=torch.Generator().manual_seed(seed))
    inputs, said = torch.tensor(table).float()[rows] / 16, torch.tensor(labels)[rows]
    return inputs[:1200], said[:1200], inputs[1200:], said[1200:]


def members(many: int, inputs: Tensor, labels: Tensor) -> list[nn.Module]:
    """Ordinary networks that learned noisy digits."""
    noisy = torch.cat([(inputs + 0.1 * torch.randn_like(inputs)).clamp(0, 1) for _ in range(4)])
    return [fitted(network(64, 32, 32, 10), noisy, labels.repeat(4), 1200) for _ in range(many)]


def networks(many: int, inputs: Tensor, labels: Tensor, held: Tensor) -> Taught:
    """One network or a panel, certain of 92 % of the held items."""
    made = members(many, inputs, labels)
    taught = Taught(Model(made[0], name="first", classes=10), made, 0.0)
    _, lead = taught.sure(held)
    gamma = max(float(lead.quantile(1 - CERTAIN)), 0.05)
    each = [
        Model(one, name=f"member {i}", classes=10, rule=LogitMargin(gamma))
        for i, one in enumerate(made)
    ]
    asked: AnyTeacher = each[0] if many == 1 else Panel(each, "panel", Unanimous(many))
    return Taught(asked, made, gamma)


def means(inputs: Tensor, labels: Tensor, held: Tensor) -> Taught:
    """The nearest of ten means; a lead is a difference of squared distances."""
    centres = torch.stack([inputs[labels == k].mean(0) for k in range(10)])

    def soft(inputs: Tensor) -> Tensor:
        return -((inputs[:, None] - centres) ** 2).sum(2)

    _, lead = Taught(Rule(soft, name="means", classes=10), [soft], 0.0).sure(held)
    gamma = float(lead.quantile(1 - CERTAIN))
    law = NearestPrototypes(centres, torch.arange(10), gamma)
    return Taught(Rule(law, name="means", classes=10), [soft], gamma)


def moved(
    student: nn.Module, teacher: Taught, centres: Tensor, eps: float, goal: str = "wrong"
) -> Tensor:
    """Inputs of the balls, moved to where the teacher is certain and the student is wrong.

    With ``goal="cross"``: to where the teacher is certain of another class than at the centre; the
    student is not asked.
    """
    low, high = (centres - eps).clamp(0, 1), (centres + eps).clamp(0, 1)
    rows = torch.arange(len(centres))
    home, _ = teacher.sure(centres)
    at = low + torch.rand_like(centres) * (high - low)
    walk = WALK if goal == "wrong" else 40
    for step in range(walk):
        at.requires_grad_(True)
        labels, lead = teacher.sure(at)
        if goal == "cross":
            logits = torch.stack([member(at) for member in teacher.soft])
            mine = logits[:, rows, home]
            rest = logits.index_put(
                (torch.arange(len(logits))[:, None], rows[None], home[None]),
                torch.tensor(-torch.inf),
            ).amax(2)
            aim = (rest - mine).amin(0)
        else:
            logits = student(at)
            mine = logits[rows, labels]
            rest = logits.index_put((rows, labels), torch.tensor(-torch.inf)).amax(1)
            aim = rest - mine - F.relu(teacher.gamma - lead)
        (slope,) = torch.autograd.grad(aim.sum(), at)
        size = 2.5 * eps / walk * (1 - step / (2 * walk))
        at = torch.clamp(at.detach() + size * slope.sign(), low, high)
    return at.detach()


def pupil(teacher: Taught, inputs: Tensor, eps: float, widths: Sequence[int]) -> nn.Module:
    """A student that the teacher taught within the balls of the training items."""
    net = network(64, *widths, 10)
    optimiser = torch.optim.Adam(net.parameters(), RATE)
    falling = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, STEPS)
    scale = torch.cat([member(inputs) for member in teacher.soft]).std().detach()
    for step in range(STEPS):
        rows = torch.randint(len(inputs), (128,))
        far = eps * min(1.0, 2 * step / STEPS)
        at = (
            torch.cat([inputs[rows], moved(net, teacher, inputs[rows], far)])
            if far
            else inputs[rows]
        )
        with torch.no_grad():
            wanted = torch.stack([member(at) for member in teacher.soft]).mean(0) / scale
        loss = F.mse_loss(net(at), wanted - wanted.mean(1, keepdim=True))
        loss = loss + SPARSE * sum(one.abs().sum() for one in net.parameters())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        falling.step()
    return net.eval()


def proved(student: nn.Module, teacher: AnyTeacher, centre: Tensor, eps: float) -> str:
    """One ball, in a word."""
    question = CertificateQuestion(TorchStudent(student, classes=10), teacher, DOMAIN, centre, eps)
    settings = ProofSettings(seconds=SECONDS, clock="cpu", volume_seconds=0.0)
    made = prove(question, settings)
    return str(made.status)


def constant(label: int) -> Model:
    """Certain of one label everywhere: what an ordinary ball certificate takes for granted."""
    said = nn.Linear(64, 10)
    with torch.no_grad():
        said.weight.zero_()
        said.bias.zero_()
        said.bias[label] = 1.0
    return Model(said, name=f"always {label}", classes=10, rule=LogitMargin(0.5))


def counted(
    student: nn.Module, teacher: Taught, held: Tensor, eps: float, crossing: Tensor
) -> dict[str, float]:
    """Of the items: shares that are proved, refuted and undecided, with and without the teacher."""
    found = {
        f"{kind} {word}": 0.0
        for kind in ("relative", "ball")
        for word in ("proved", "refuted", "undecided")
    }
    among = 0.0
    for row, centre in enumerate(held):
        word = proved(student, teacher.asked, centre, eps)
        found[f"relative {word}"] += 1 / len(held)
        among += float(word == "proved" and bool(crossing[row]))
        label = int(student(centre[None]).argmax())
        word = proved(student, constant(label), centre, eps)
        found[f"ball {word}"] += 1 / len(held)
    return found | {"crossing": float(crossing.sum()), "crossing proved": among}


def measured(kind: str, eps: float, seed: int) -> dict[str, float]:
    """One arm with one seed: the taught student, and the ordinary one."""
    torch.manual_seed(seed)
    inputs, labels, held, _ = data(seed)
    many = {"teacher": 1, "panel": 3}.get(kind, 0)
    teacher = networks(many, inputs, labels, held) if many else means(inputs, labels, held)
    student = pupil(teacher, inputs, eps, (WIDTH, WIDTH))
    ordinary = members(1, inputs, labels)[0]
    asked = held[:ITEMS]
    home, lead = teacher.sure(asked)
    crossing = torch.zeros(len(asked), dtype=torch.bool)
    for _ in range(5):
        at = moved(student, teacher, asked, eps, goal="cross")
        there, how = teacher.sure(at)
        crossing |= (there != home) & (how >= teacher.gamma)
    found = {"certain": float((lead >= teacher.gamma).float().mean()), "gamma": teacher.gamma}
    for name, one in (("taught", student), ("ordinary", ordinary)):
        said = counted(one, teacher, asked, eps, crossing)
        found |= {f"{name}: {key}": value for key, value in said.items()}
    found["agree"] = float((student(held).argmax(1) == teacher.sure(held)[0]).float().mean())
    return found


ARMS: Final[dict[str, tuple[str, float]]] = {
    f"{kind}-{eps:g}": (kind, eps)
    for kind, sizes in (
        ("teacher", (0.05, 0.1, 0.15)),
        ("panel", (0.05, 0.1, 0.13)),
        ("means", (0.1, 0.2)),
    )
    for eps in sizes
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--arms", nargs="+", choices=ARMS, default=list(ARMS))
    parser.add_argument("--seeds", nargs="+", type=int, default=list(SEEDS))
    told = parser.parse_args()
    head: dict[str, Any] = {
        "benchmark": "certificates_relative",
        "settings": {
            "items": ITEMS,
            "seconds a proof": SECONDS,
            "certain": CERTAIN,
            "steps": STEPS,
        },
    }
    carry_out(
        ROOT / "benchmarks/results/certificates_relative.json",
        head,
        {arm: lambda seed, arm=arm: measured(*ARMS[arm], seed) for arm in told.arms},  # type: ignore[misc]
        dict.fromkeys(told.arms, told.seeds),
    )


if __name__ == "__main__":
    main()
