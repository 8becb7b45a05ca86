"""Many annotators at one desk at once, while its server is killed and started again.

    python benchmarks/desk_crowd.py STUDY.db [--people 50] [--seconds 120] [--kills 5]
        [--items 100000] [--overlap 2] [--out result.json]

The study is made where it is not there, in a ledger's file or a PostgreSQL database, with random
8x8 pictures. The server is the real command in a process of its own, killed by SIGKILL at random
moments and started again at once. Afterwards the database is read: every acknowledged answer must
be there as it was given, once, and no question may have more people than wanted.

Latencies are told in two ways. ``served``: of each request that got a reply, from sending it (a new
connection included) to the last byte; requests that died with the server have no latency and are
counted as broken; the first seconds after each start are told apart. ``acknowledged``: from the
moment of answering until the acknowledgement, waiting for restarts and the page's own pauses
between tries included; nobody looks at that one, since the next question is on the screen all
along. Exits with 1 if an answer was lost or doubled.
"""

import argparse
import asyncio
import json
import os
import random
import resource
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import torch
from desk_people import CLASSES, Annotator, Crowd, Heard, Server

from preceptor.audit import environment
from preceptor.people import Settings, Studies, access, persons

CHUNK = 5000

WARM = 5.0
"""Seconds after a start, in which everyone who waited comes at once to a server that is cold."""


def make(where: str, items: int, overlap: int, size: int = 8) -> None:
    """A study of random pictures, unless there is one."""
    with Studies(where) as studies:
        if studies.find("crowd") is not None:
            return
        studies.make("crowd", Settings(CLASSES, (1, size, size), overlap=overlap))
        draw = torch.Generator().manual_seed(0)
        for start in range(0, items, CHUNK):
            some = torch.rand(min(CHUNK, items - start), 1, size, size, generator=draw)
            studies.file("crowd", some, "benchmark")
        studies.know("crowd", torch.rand(50, 1, size, size, generator=draw), [0] * 50)


async def run(where: str, crowd: Crowd, log: Path) -> tuple[Heard, list[float], list[float]]:
    """The whole scene: what was heard, the seconds of each restart, and when each was over."""
    with Studies(where) as studies:
        study = studies.all()[0].number
        with studies.database.write() as db:
            people = [persons.enroll(db, f"annotator {n}") for n in range(crowd.people)]
            for person in people:
                access.join(db, study, person)
            tokens = [persons.invite(db, person) for person in people]
    heard, server = Heard(), Server(where, log)
    restarts = []
    await server.start()
    listening = [time.perf_counter()]
    try:
        crowded = [Annotator(n, server.port, study, crowd, heard) for n in range(crowd.people)]
        for one, token in zip(crowded, tokens, strict=True):
            await one.enter(token)
        begin = time.perf_counter()
        working = [asyncio.create_task(one.work(begin + crowd.seconds)) for one in crowded]
        ticking = asyncio.create_task(_tick(heard))
        draw = random.Random(crowd.seed)
        share = crowd.seconds / (crowd.kills + 1)
        for k in range(crowd.kills):
            moment = begin + share * (k + draw.uniform(0.6, 1.2))
            await asyncio.sleep(max(0.0, moment - time.perf_counter()))
            server.kill()
            restarts.append(await server.start())
            listening.append(time.perf_counter())
        await asyncio.gather(*working)
        ticking.cancel()
    finally:
        server.kill()
    return heard, restarts, listening


async def _tick(heard: Heard) -> None:
    """How late the driver itself is: what it measures cannot be finer than this."""
    while True:
        begin = time.perf_counter()
        await asyncio.sleep(0.02)
        heard.lag.append(time.perf_counter() - begin - 0.02)


def check(where: str, heard: Heard, overlap: int) -> dict[str, int]:
    """What stands in the database, against what was acknowledged."""
    with Studies(where) as studies, studies.database.read() as db:
        rows = db.all(
            "SELECT a.token, l.ticket, a.label, a.question, a.person, a.kind "
            "FROM desk_answers a LEFT JOIN desk_leases l "
            "ON l.question = a.question AND l.person = a.person AND l.kind = a.kind"
        )
        tally = dict(db.all("SELECT question, votes FROM desk_tally WHERE votes > 0"))
    there = {row[0]: (row[1], row[2]) for row in rows}
    asked = Counter(row[3] for row in rows if row[5] == "ask")
    said = Counter((row[3], row[4], row[5]) for row in rows)
    return {
        "acknowledged": len(heard.kept),
        "in_the_database": len(rows),
        "lost": sum(token not in there for token in heard.kept),
        "changed": sum(there.get(token, given) != given for token, given in heard.kept.items()),
        "not_acknowledged_but_kept": sum(token not in heard.kept for token in there),
        "doubled": sum(times - 1 for times in said.values()),
        "questions_with_all_answers": sum(times >= overlap for times in asked.values()),
        "questions_beyond_overlap": sum(times > overlap for times in asked.values()),
        "tally_wrong": sum(tally.get(question, 0) != times for question, times in asked.items()),
    }


def quantiles(values: list[float]) -> dict[str, float]:
    """Milliseconds: median, p95, p99, greatest, and how many."""
    if not values:
        return {"n": 0}
    found = np.quantile(np.array(values) * 1000, [0.5, 0.95, 0.99, 1.0]).round(1)
    names = ("p50_ms", "p95_ms", "p99_ms", "greatest_ms")
    return {"n": len(values), **dict(zip(names, found.tolist(), strict=True))}


def busy() -> tuple[float, float]:
    """Processor seconds of the whole machine so far, and of this process and its dead children."""
    fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    user, nice, system, _, _, irq, soft, steal = (int(one) for one in fields[:8])
    tick = os.sysconf("SC_CLK_TCK")
    ours = 0.0
    for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
        used = resource.getrusage(who)
        ours += used.ru_utime + used.ru_stime
    return (user + nice + system + irq + soft + steal) / tick, ours


def measure(where: str, crowd: Crowd, overlap: int, log: Path) -> dict[str, Any]:
    """One scene, and what came of it."""
    begin, (all_before, ours_before) = time.perf_counter(), busy()
    heard, restarts, listening = asyncio.run(run(where, crowd, log))
    seconds, (all_after, ours_after) = time.perf_counter() - begin, busy()
    cores = os.cpu_count() or 1
    everything = [one for some in heard.served.values() for one in some]
    fresh = [any(0 <= at - start < WARM for start in listening) for at, _ in everything]
    return {
        "people": crowd.people,
        "seconds": crowd.seconds,
        "think_seconds": list(crowd.think),
        "overlap": overlap,
        "kills": len(restarts),
        "seconds_from_kill_to_listening": [round(one, 2) for one in restarts],
        **check(where, heard, overlap),
        "answers_sent_more_than_once": heard.retried,
        "requests_that_died_with_the_server": dict(heard.broken),
        "refused": len(heard.refused),
        "told_to_come_again": heard.busy,
        "server_errors": len(heard.failed),
        "examples": [*heard.refused, *heard.failed][:5],
        "waited_for_a_question": heard.dry,
        "answers_per_second": round(len(heard.kept) / crowd.seconds, 1),
        "served": {
            "all": quantiles([took for _, took in everything]),
            f"in_the_first_{WARM:.0f}_s_of_a_start": quantiles(
                [took for (_, took), new in zip(everything, fresh, strict=True) if new]
            ),
            "later": quantiles(
                [took for (_, took), new in zip(everything, fresh, strict=True) if not new]
            ),
            **{kind: quantiles([took for _, took in some]) for kind, some in heard.served.items()},
        },
        "acknowledged_after": quantiles(heard.waited),
        "load": {
            "load_average": [round(one, 2) for one in os.getloadavg()],
            "cores": cores,
            "share_of_processors_busy": round((all_after - all_before) / seconds / cores, 3),
            "share_by_driver_and_desk": round((ours_after - ours_before) / seconds / cores, 3),
            "driver_late": quantiles(heard.lag),
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("study", help="a ledger's file, or a postgresql:// URL")
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--overlap", type=int, default=2)
    parser.add_argument("--think", type=float, nargs=2, default=(0.6, 1.8), metavar="SECONDS")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    torch.set_num_threads(1)
    make(given.study, given.items, given.overlap)
    crowd = Crowd(given.people, given.seconds, given.kills, tuple(given.think), given.seed)
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        found = measure(given.study, crowd, given.overlap, log)
        found["said_by_the_desk"] = [
            line for line in log.read_text().splitlines() if "Error" in line or "error" in line
        ][:5]
    text = json.dumps({"environment": environment(), "seed": given.seed, **found}, indent=2)
    if given.out:
        given.out.write_text(text + "\n")
    print(text)
    if any(found[name] for name in ("lost", "changed", "doubled", "questions_beyond_overlap")):
        sys.exit(1)


if __name__ == "__main__":
    main()
