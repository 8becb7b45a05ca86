"""A person at the desk who looks at the screen: the pixels that are shown decide the key that is pressed."""

from typing import Any

import torch
from desk_pages import Page

from preceptor.core import UNCERTAIN, Teacher

PIXELS = """
if (!document.getElementById("empty").hidden) return "empty";
const image = document.querySelector("#stage img");
if (document.getElementById("desk").hidden || !image || image.src === arguments[0]) return null;
const canvas = document.createElement("canvas");
canvas.width = image.naturalWidth;
canvas.height = image.naturalHeight;
const pen = canvas.getContext("2d");
pen.drawImage(image, 0, 0);
const bytes = pen.getImageData(0, 0, canvas.width, canvas.height).data;
return [image.src, [...bytes].filter((_, i) => i % 4 === 0)];
"""


def answer_all(page: Page, knows: Teacher) -> int:
    """Look at each picture on the screen and press the key of what it shows; returns how many."""
    page.go("/study/1")
    count, shown = 0, ""
    while True:
        found: Any = None
        while found is None:
            found = page.run(PIXELS, shown)
        if found == "empty":
            page.kept()
            return count
        shown, pixels = found
        look = torch.tensor(pixels).reshape(1, 1, 8, 8) / 255
        label = int(knows(look).labels)
        page.press("u" if label == UNCERTAIN else str(label))
        count += 1
