"""Moved pictures as people have them: in a folder, as pixels, with their channels last."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from preceptor.api.given_arrays import Arrays
from preceptor.api.picture_folders import Resize, read_folder
from preceptor.api.spill import empty
from preceptor.core import Domain

_ROWS = 256


def pictures_in(folder: Path, resize: Resize | None) -> Arrays:
    """Moved pictures in files, known by their names below the folder; values from 0 to 1.

    Raises:
        InputError: as of :func:`preceptor.api.picture_folders.read_folder`.
    """
    found = read_folder(folder, resize)
    inputs = empty(found.pixels.shape, np.float32)
    white = np.float32(np.iinfo(found.pixels.dtype).max)
    for start in range(0, len(inputs), _ROWS):
        rows = slice(start, start + _ROWS)
        inputs[rows] = found.pixels[rows].astype(np.float32) / white
    return Arrays(inputs, found.names)


def fitted(found: Arrays, domain: Domain) -> Arrays:
    """Moved inputs as pictures of the domain, where only their layout is another.

    Channels that stand last are turned to the front, grey pictures among coloured ones get three equal
    channels, and whole numbers of pictures become shares of white.
    """
    inputs = found.inputs
    if domain.is_image and inputs.ndim == 4:
        channels, height, width = domain.shape
        if inputs.shape[1:] == (height, width, channels) != domain.shape:
            inputs = np.moveaxis(inputs, -1, 1)
        if inputs.shape[1:] == (1, height, width) and channels == 3:
            inputs = np.broadcast_to(inputs, (len(inputs), 3, height, width))
    if found.pictures:
        inputs = inputs.astype(np.float32) / np.float32(255)
    return replace(found, inputs=inputs)
