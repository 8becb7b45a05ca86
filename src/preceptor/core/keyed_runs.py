"""Long work in parts, each kept as soon as it is done, on as many processes as there are."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from joblib import Parallel, delayed, effective_n_jobs

from preceptor.core.saved import Cache, Facts

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


def keyed_runs(
    wanted: Mapping[K, str],
    work: Callable[[K], T],
    cache: Cache,
    *,
    read: Callable[[Facts], T],
    describe: Callable[[T], Facts],
    watch: Callable[[K, T, int, bool], None],
    n_jobs: int | None = 1,
) -> dict[K, T]:
    """The result of every part. Those that an earlier call finished are read, all others are run.

    Args:
        wanted: each part, with what it is called in the cache: all that decides its result.
        work: of one part; it goes to other processes.
        cache: where finished parts are kept.
        read: a result from plain data.
        describe: a result as plain data.
        watch: told a part, its result, how many are done, and whether it was found in the cache.
        n_jobs: processes, through joblib; -1 for all cores; ``None`` for whatever
            ``joblib.parallel_config`` says. 1 uses no joblib.
    """
    found: dict[K, T] = {}
    for key, name in wanted.items():
        kept = cache.read(name, read)
        if kept is not None:
            found[key] = kept
    for done, (key, result) in enumerate(found.items(), 1):
        watch(key, result, done, True)
    missing = [key for key in wanted if key not in found]
    for key, result in _finished(work, missing, n_jobs):
        cache.write(wanted[key], describe(result))
        found[key] = result
        watch(key, result, len(found), False)
    return found


def _with_key(work: Callable[[K], T], key: K) -> tuple[K, T]:
    return key, work(key)


def _finished(work: Callable[[K], T], keys: list[K], n_jobs: int | None) -> Iterable[tuple[K, T]]:
    """Parts with their results as they are finished, in any order."""
    if n_jobs == 1 or not keys:
        return ((key, work(key)) for key in keys)
    tasks = [delayed(_with_key)(work, key) for key in keys]
    try:
        workers = Parallel(n_jobs=n_jobs, return_as="generator_unordered")
    except ValueError:  # a backend, such as ray's, that returns whole lists only
        return _in_batches(Parallel(n_jobs=n_jobs), tasks, 2 * effective_n_jobs(n_jobs))
    made: Iterator[tuple[K, T]] = iter(workers(tasks))
    return made


def _in_batches(workers: Any, tasks: list[Any], size: int) -> Iterator[Any]:
    """A few at a time, so that what is finished can be kept."""
    for start in range(0, len(tasks), size):
        yield from workers(tasks[start : start + size])
