"""Items are put to a teacher in their order, input by input, each question once."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from preceptor import asking
from preceptor.audit.ordered_items import Codes, OrderedItems
from preceptor.core import MISSING, UNCERTAIN, AnyTeacher, Inputs, Relates
from preceptor.core.inputs import join
from preceptor.core.label_sets import plain_sets
from preceptor.outcome import Sheet


@dataclass(frozen=True)
class QuestionReply:
    """What came of one question.

    Attributes:
        label: the answer; ``UNCERTAIN`` if there is none.
        cost: of the answer.
        votes: of a panel's members.
        gap: why there is no answer; ``None`` if there is one.
        place: sheet and item at which the question came up first.
        among: the acceptable labels of a partial answer, a bool for each; else ``None``.
    """

    label: int
    cost: float
    votes: list[int] | None
    gap: asking.Gap | None
    place: tuple[int, int]
    among: Tensor | None = None


class SequentialAsking:
    """What a teacher said so far of the items of a queue.

    Args:
        teacher: who is asked.
        queue: the items.
        batch: the most questions at once; the same answers come of any.
    """

    def __init__(self, teacher: AnyTeacher, queue: OrderedItems, batch: int) -> None:
        sheets, items = len(queue.stages), len(queue.rows)
        self.teacher, self.queue = teacher, queue
        self.asking = asking.Queue(teacher, batch)
        self.heard: dict[str, QuestionReply] = {}
        self.known = 0
        """How many of the questions had an answer before they were put."""
        self.ahead: dict[str, bool] = {}
        """The questions asked ahead of their turn, and which had an answer before."""
        self.labels = np.full((sheets, items), UNCERTAIN)
        self.cost = np.zeros((sheets, items), np.float32)
        self.there = np.zeros((sheets, items), np.bool_)
        self.waits = np.zeros(items, np.bool_)
        self._votes: dict[tuple[int, int], list[int]] = {}
        self._among: dict[tuple[int, int], Tensor] = {}

    @property
    def answered(self) -> int:
        """How many questions have an answer."""
        return sum(one.gap is None for one in self.heard.values())

    @property
    def reasons(self) -> dict[str, int]:
        """How many questions have no answer, by reason."""
        return dict(Counter(one.gap.why for one in self.heard.values() if one.gap is not None))

    def ask(self, items: Codes) -> None:
        """Put the inputs of some items, clean ones first, then attack by attack.

        An item that waits for an answer is asked about no further.
        """
        left = items
        for sheet in range(len(self.queue.stages)):
            self._put(sheet, left[~self.queue.failed(sheet, left)])
            left = left[~self.waits[left]]

    def look_ahead(self, items: Codes, more: Codes, reach: Callable[[Codes], None]) -> None:
        """Begin to ask about some items, and about others that keep all calls under way.

        Args:
            items: whose turn it is.
            more: those that come next; so many of their inputs are asked about as keep every call
                under way while it is decided about what has come.
            reach: told the items that are asked about, before anybody is.
        """
        wanted: dict[str, tuple[int, int]] = {}
        due = 0
        for sheet in range(len(self.queue.stages)):
            due += self._new(sheet, items[~self.queue.failed(sheet, items)], wanted)
        room = self._room(len(wanted), due)
        for item in more.reshape(-1, 1):
            for sheet in range(len(self.queue.stages)):
                if room > 0 and not self.queue.failed(sheet, item)[0]:
                    before = len(wanted)
                    self._new(sheet, item, wanted)
                    room -= len(wanted) - before
        if not wanted:
            return
        places = np.array(list(wanted.values()))
        reach(np.union1d(items, places[:, 1]))

        def fetch(rows: NDArray[np.int64]) -> Inputs:
            some = [
                self.queue.inputs(sheet, np.array([item])) for sheet, item in places[rows].tolist()
            ]
            return join(some)

        questions = asking.Questions(list(wanted), fetch)
        known = self.asking.known(questions).tolist()
        self.ahead.update(zip(wanted, known, strict=True))
        self.asking.begin(questions)

    def _room(self, wanted: int, due: int) -> int:
        """How many questions may be begun beside those whose turn it is.

        Args:
            wanted: of those whose turn it is, not begun yet.
            due: of those, begun or not.
        """
        many = self.asking.many
        if not self.asking.steady:
            return -wanted % many
        beyond = self.asking.begun + wanted - due
        return 2 * many - 1 - beyond if beyond <= many else 0

    def _new(self, sheet: int, items: Codes, wanted: dict[str, tuple[int, int]]) -> int:
        """Note the inputs that nobody was asked about yet; returns how many have no answer yet."""
        due = 0
        for item, key in zip(items.tolist(), self.queue.keys(sheet, items), strict=True):
            if key in self.heard or key in wanted:
                continue
            due += 1
            if key not in self.ahead:
                wanted[key] = (sheet, item)
        return due

    def put_all(self, items: Codes) -> None:
        """Put every input of some items."""
        for sheet in range(len(self.queue.stages)):
            self._put(sheet, items)

    def sheet(self, sheet: int, items: Codes) -> Sheet:
        """What was said of some items."""
        return Sheet(
            self.queue.student(sheet, items),
            torch.from_numpy(self.labels[sheet, items]),
            torch.from_numpy(self.there[sheet, items]),
            torch.from_numpy(self.cost[sheet, items]),
            self._sets(sheet, items),
        )

    def _sets(self, sheet: int, items: Codes) -> Tensor | None:
        """``Bool[items, classes]``, the acceptable labels; none where no answer is partial."""
        rows = [i for i, item in enumerate(items.tolist()) if (sheet, item) in self._among]
        if not rows:
            return None
        labels = torch.from_numpy(self.labels[sheet, items])
        found = plain_sets(labels, self.teacher.classes)
        found[rows] = torch.stack([self._among[sheet, int(items[row])] for row in rows])
        return found

    def acceptable(self, sheet: int, item: int) -> Tensor:
        """``Bool[classes]``, the acceptable labels of one input; all where none was named."""
        if (sheet, item) in self._among:
            return self._among[sheet, item]
        label = torch.tensor([int(self.labels[sheet, item])])
        return plain_sets(label, self.teacher.classes)[0]

    def votes(self, sheet: int, items: Codes) -> Tensor | None:
        """``Int64[items, members]`` of a panel, ``MISSING`` where nothing was said; else none."""
        if not self._votes:
            return None
        members = max(map(len, self._votes.values()))
        found = np.full((len(items), members), MISSING)
        for row, item in enumerate(items.tolist()):
            said = self._votes.get((sheet, item), [])
            found[row, : len(said)] = said
        return torch.from_numpy(found)

    def _put(self, sheet: int, items: Codes) -> None:
        """Ask about one input of each of these items, but for those with the same content."""
        if not len(items):
            return
        keys = self.queue.keys(sheet, items)
        new: dict[str, int] = {}
        for item, key in zip(items.tolist(), keys, strict=True):
            if key not in self.heard:
                new.setdefault(key, item)
        if new:
            self._hear(sheet, list(new), np.array(list(new.values()), np.int64))
        for item, key in zip(items.tolist(), keys, strict=True):
            self._note(sheet, item, self.heard[key])

    def _hear(self, sheet: int, keys: list[str], items: Codes) -> None:
        """Put different questions, and note what came of each."""

        def fetch(rows: NDArray[np.int64]) -> Inputs:
            return self.queue.inputs(sheet, items[rows])

        questions = asking.Questions(keys, fetch)
        if isinstance(self.asking.teacher, Relates):
            self.asking.teacher.relate(keys, self.queue.keys(0, items))
        new = np.array([row for row, key in enumerate(keys) if key not in self.ahead], np.int64)
        self.known += int(self.asking.known(questions.take(new)).sum())
        self.known += sum(self.ahead.get(key, False) for key in keys)
        replies = self.asking.put(questions)
        answers = replies.answers
        votes = None if answers.votes is None else answers.votes.tolist()
        said = zip(
            keys, items.tolist(), answers.labels.tolist(), answers.cost.tolist(), strict=True
        )
        partial, sets = answers.partial.tolist(), answers.sets
        for row, (key, item, label, cost) in enumerate(said):
            gap = replies.gaps.get(row)
            told = None if votes is None else votes[row]
            among = None if sets is None or not partial[row] else sets[row]
            self.heard[key] = QuestionReply(label, cost, told, gap, (sheet, item), among)

    def _note(self, sheet: int, item: int, heard: QuestionReply) -> None:
        self.labels[sheet, item] = heard.label
        self.cost[sheet, item] = heard.cost
        self.there[sheet, item] = heard.gap is None
        self.waits[item] |= heard.gap is not None and heard.gap.waits
        if heard.votes is not None and heard.gap is None:
            self._votes[sheet, item] = heard.votes
        if heard.among is not None:
            self._among[sheet, item] = heard.among


def there(interview: SequentialAsking) -> NDArray[np.int64]:
    """``Int64[questions, 2]``, sheet and item of every question that has an answer."""
    places = [one.place for one in interview.heard.values() if one.gap is None]
    return np.array(places, np.int64).reshape(-1, 2)
