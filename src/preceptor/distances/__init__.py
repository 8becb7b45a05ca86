"""How far two inputs lie apart, as several measures see it."""

from preceptor.distances.earth import GRID, Transport, wasserstein
from preceptor.distances.input_files import read_image, read_input
from preceptor.distances.input_pairs import MEASURES, Distances, Measure, compare

__all__ = [
    "GRID",
    "MEASURES",
    "Distances",
    "Measure",
    "Transport",
    "compare",
    "read_image",
    "read_input",
    "wasserstein",
]
