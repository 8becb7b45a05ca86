"""How far two inputs lie apart, as several measures see it."""

from preceptor.distances.earth import GRID, Transport, wasserstein
from preceptor.distances.input_files import (
    PictureForm,
    PictureSize,
    picture_form,
    read_image,
    read_input,
    read_pixels,
)
from preceptor.distances.input_pairs import MEASURES, Distances, Measure, compare

__all__ = [
    "GRID",
    "MEASURES",
    "Distances",
    "Measure",
    "PictureForm",
    "PictureSize",
    "Transport",
    "compare",
    "picture_form",
    "read_image",
    "read_input",
    "read_pixels",
    "wasserstein",
]
