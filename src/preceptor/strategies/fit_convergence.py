"""Was it trained long enough? Double the steps: the ranking must hold."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from preceptor.core import InputError, Pupil, generator
from preceptor.lessons import Lesson
from preceptor.outcome import Spread
from preceptor.strategies.fit import AdamFit, Fit


@dataclass(frozen=True)
class Convergence:
    """What doubling the steps did to a comparison.

    Attributes:
        steps: of the shorter fits.
        short: each arm's measure after ``steps``, over the seeds.
        long: after twice as many.
        reversed: pairs (better, worse) after ``steps``, clearly so (the interval of their paired
            difference excludes 0), of which the second is ahead after twice as many.
        faded: pairs that were clearly apart after ``steps`` and no longer are, without reversal.
        emerged: pairs (better, worse) clearly apart only after twice as many.
    """

    steps: int
    short: Mapping[str, Spread]
    long: Mapping[str, Spread]
    reversed: tuple[tuple[str, str], ...]
    faded: tuple[tuple[str, str], ...]
    emerged: tuple[tuple[str, str], ...]

    @property
    def holds(self) -> bool:
        """Whether no clear order was reversed."""
        return not self.reversed

    @property
    def unsettled(self) -> tuple[str, ...]:
        """Arms whose own measure clearly changed with the steps."""
        return tuple(
            name for name in self.short if _clear(self.long[name].minus(self.short[name])) != 0
        )


def check_convergence(
    student: Callable[[int], Pupil],
    arms: Mapping[str, Callable[[int], Sequence[Lesson]]],
    measure: Callable[[Pupil, int], float],
    *,
    steps: int,
    seeds: Sequence[int] = (0, 1, 2, 3, 4),
    fit: Fit | None = None,
    watch: Callable[[str, int, int], None] | None = None,
) -> Convergence:
    """Fit every arm to its lessons twice, the second time with twice the steps.

    Args:
        student: the untaught student of a seed; the same for every arm.
        arms: the lessons of a seed, by name. They are made once for each seed, so nothing is asked
            twice.
        measure: how good a student is, the higher the better, given the seed.
        steps: of the shorter fit.
        seeds: at least two, else nothing could be clear.
        fit: how; :class:`AdamFit` unless given.
        watch: told the arm, the seed and the steps before each fit.

    Raises:
        InputError: fewer than two arms or seeds.
    """
    if len(arms) < 2 or len(seeds) < 2:
        raise InputError(
            f"a ranking needs at least two arms and two seeds; got {len(arms)} and {len(seeds)}"
        )
    how = fit or AdamFit()
    found: dict[int, dict[str, list[float]]] = {
        length: {name: [] for name in arms} for length in (steps, 2 * steps)
    }
    for seed in seeds:
        for name, lessons in arms.items():
            told = lessons(seed)
            for length, values in found.items():
                if watch is not None:
                    watch(name, seed, length)
                rng = generator(seed, "convergence", name)
                taught = how(student(seed), told, steps=length, rng=rng)
                values[name].append(measure(taught, seed))
    short, long = (
        {name: Spread.of(values) for name, values in found[length].items()}
        for length in (steps, 2 * steps)
    )
    return compared(steps, short, long)


def compared(steps: int, short: Mapping[str, Spread], long: Mapping[str, Spread]) -> Convergence:
    """What became of every pair of arms."""
    flipped, faded, emerged = [], [], []
    names = list(short)
    for place, one in enumerate(names):
        for other in names[place + 1 :]:
            before = _clear(short[one].minus(short[other]))
            later = long[one].minus(long[other])
            after = _clear(later)
            ahead, behind = (one, other) if (before or after) > 0 else (other, one)
            if before and later.mean * before < 0:
                flipped.append((ahead, behind))
            elif before and not after:
                faded.append((ahead, behind))
            elif after and not before:
                emerged.append((ahead, behind))
    return Convergence(steps, short, long, tuple(flipped), tuple(faded), tuple(emerged))


def _clear(difference: Spread) -> int:
    """1 or -1 where the interval lies above or below 0, else 0."""
    low, high = difference.interval
    return 1 if low > 0 else -1 if high < 0 else 0
