"""The round trip through Label Studio: export, its SDK, import.

    python benchmarks/label_studio.py [--out benchmarks/results/label_studio.json]

Needs ``pip install label-studio-sdk``, which preceptor itself does not. One thousand answers on 200
pictures of 28 x 28 by five people (can't tell, notes, corrections, repetitions among them) and 100
masks are exported. The SDK's ``LabelInterface`` validates every task against the labeling
configuration; its converter reads the choices, and its brush module decodes every mask to pixels and
encodes them anew. A file made of what the SDK read, and of nothing that it did not, apart from the
marks that travel in ``meta``, is imported into a store that knows only the questions; then every
answer and every mask are compared with those that stand in the first store. Also that importing
again changes nothing. About a minute of one core.
"""

import argparse
import json
import random
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import torch
from label_studio_sdk.converter import Converter
from label_studio_sdk.converter import brush as theirs
from label_studio_sdk.label_interface import LabelInterface
from runs import ROOT, git

from preceptor.core import environment
from preceptor.people import Settings, Studies, Study, answering, assign, persons, taught_items
from preceptor.people.arrays import unpack
from preceptor.people.exchange import read, write
from preceptor.people.exchange.exchange_rows import answers_of
from preceptor.people.exchange.taught_rows import lessons_of

ITEMS, PEOPLE, MASKS = 200, 5, 100
CLASSES = (*map(str, range(9)), "=9 <ten> & 'more'")


def fill(studies: Studies, inputs: torch.Tensor, seed: int) -> Study:
    """Answers by five people and masks by one, drawn from a seed."""
    rng = random.Random(seed)
    study = studies.make("digits", Settings(CLASSES, (1, 28, 28), overlap=PEOPLE, again=0.0))
    studies.file("digits", inputs, "benchmark")
    with studies.database.write() as db:
        people = [persons.enroll(db, f"person {i}").number for i in range(PEOPLE)]
    for person in people:
        with studies.database.write() as db:
            while leases := assign.take(db, study, person, 10, []):
                for lease in leases:
                    for _ in range(1 + (rng.random() < 0.1)):
                        answering.answer(
                            db,
                            study,
                            person,
                            answering.Reply(
                                lease.ticket,
                                uuid4().hex,
                                rng.randrange(-1, len(CLASSES)),
                                rng.random() * 20,
                                rng.choice(["", "", "=1+1", "zwei\nZeilen", "\u00fc, 'x'"]),
                            ),
                        )
    draw = np.random.default_rng(seed)
    with studies.database.write() as db:
        keys = [row[0] for row in db.all("SELECT input FROM desk_questions ORDER BY id")]
        for number in range(MASKS):
            how = ("matters", "ignored")[number % 2]
            body = {"every": False, "input": keys[number], "painted": how}
            draft = taught_items.Draft(uuid4().hex, "mask", body, 3.5, {"mask": mask(draw, number)})
            taught_items.give(db, study, people[0], draft)
    return study


def mask(draw: np.random.Generator, number: int) -> np.ndarray:
    """Discs, noise and stripes: runs of every length."""
    y, x = np.ogrid[:28, :28]
    cy, cx, r = draw.uniform(4, 24, 3)
    shapes = (
        (y - cy) ** 2 + (x - cx) ** 2 < r * r / 4,
        draw.random((28, 28)) < 0.4,
        (y + x) % 9 < 4,
    )
    made = np.broadcast_to(shapes[number % 3], (28, 28)).copy()
    made[0, 0], made[-1, -1] = True, False
    return made


def through_the_sdk(file: Path) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """The tasks made anew from what the SDK read of them."""
    config = file.with_suffix(".xml").read_text()
    interface = LabelInterface(config)
    interface.validate()
    converter = Converter(config, str(file.parent), download_resources=False)
    counts = {"tasks_valid": 0, "annotations_valid": 0, "choices": 0, "masks": 0}
    made = []
    for task in converter.iter_from_json_file(str(file)):
        made.append(task)
    by_annotation = {one["annotation_id"]: one for one in made}
    plain = json.loads(file.read_text())
    for task in plain:
        counts["tasks_valid"] += bool(interface.validate_task({"data": task["data"]}))
        for annotation in task["annotations"]:
            counts["annotations_valid"] += bool(interface.validate_annotation(annotation))
            output = by_annotation[annotation["id"]]["output"]
            for one in annotation["result"]:
                (found, *_) = output[one["from_name"]]
                if one["type"] == "choices":
                    one["value"] = {"choices": list(found["choices"])}
                    counts["choices"] += 1
                elif one["type"] == "brushlabels":
                    layers = theirs.decode_from_annotation("mask", [found])
                    (pixels,) = layers.values()
                    one["value"] = {
                        "format": "rle",
                        "rle": [int(n) for n in theirs.mask2rle(pixels.astype(np.uint8))],
                        "brushlabels": list(found["brushlabels"]),
                    }
                    counts["masks"] += 1
    return plain, counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks/results/label_studio.json")
    parser.add_argument("--seed", type=int, default=0)
    wanted = parser.parse_args()
    inputs = torch.rand(ITEMS, 1, 28, 28, generator=torch.manual_seed(wanted.seed))
    with tempfile.TemporaryDirectory() as folder:
        here, file = Path(folder), Path(folder) / "tasks.json"
        with Studies(here / "one.db") as one, Studies(here / "two.db") as two:
            study = fill(one, inputs, wanted.seed)
            start = time.perf_counter()
            write(one, "digits", file, "label-studio")
            exported = time.perf_counter() - start
            size = file.stat().st_size
            tasks, counts = through_the_sdk(file)
            file.write_text(json.dumps(tasks))
            two.make("digits", study.settings)
            two.file("digits", inputs, "benchmark")
            start = time.perf_counter()
            receipt = read(two, file, "label-studio", name="digits")
            imported = time.perf_counter() - start
            again = read(two, file, "label-studio", name="digits")
            result = compare(one, two)
    result |= {
        "counts": counts,
        "taken": receipt.describe(),
        "taken_again": again.describe(),
        "seconds": {"export": round(exported, 2), "import": round(imported, 2)},
        "export_bytes": size,
        "sdk": f"label-studio-sdk {version('label-studio-sdk')}",
        "seed": wanted.seed,
        "commit": git("rev-parse", "HEAD"),
        "environment": environment(),
    }
    wanted.out.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps({k: v for k, v in result.items() if k != "environment"}, indent=1))
    if not result["identity"]:
        raise SystemExit("not the identity")


def compare(one: Studies, two: Studies) -> dict[str, Any]:
    """Every answer and mask that stands, of both stores."""
    found = []
    for studies in (one, two):
        number = studies.get("digits").number
        with studies.database.read() as db:
            answers = {(a.token, *a.content) for a in answers_of(db, number) if a.stands}
            lessons = lessons_of(db, number)
        masks = {
            (
                row.token,
                row.person,
                row.seconds,
                row.taught_at,
                json.dumps(row.body, sort_keys=True),
                unpack(row.arrays)["mask"].tobytes(),
            )
            for row in lessons
            if row.stands
        }
        found.append((answers, masks))
    (answers, masks), (others, other_masks) = found
    return {
        "answers": len(answers),
        "answers_equal": len(answers & others),
        "masks": len(masks),
        "masks_equal": len(masks & other_masks),
        "identity": answers == others and masks == other_masks,
    }


if __name__ == "__main__":
    main()
