"""Texts of known label, from a table: attention checks of a study."""

from collections.abc import Sequence
from pathlib import Path

from preceptor.api.text_files import TextReading, given_texts
from preceptor.core import InputError, Texts
from preceptor.people import Study
from preceptor.people.exchange.exchange_rows import label_of

LABEL = "label"


def known_texts(file: Path, study: Study, columns: Sequence[str]) -> tuple[Texts, list[int]]:
    """The texts of a table with their labels, by name, by number or *can't tell*.

    Args:
        file: .csv, .tsv, .jsonl or .parquet, with a column ``label``.
        study: whose labels they are.
        columns: that are the text; the study's own parts, or the only column of long strings, if empty.

    Raises:
        InputError: no such file or column, or a label that the study does not have.
    """
    fields = tuple(study.settings.domain["fields"])
    told = given_texts(file, TextReading(tuple(columns) or fields))
    if told is None or LABEL not in told.columns:
        raise InputError(
            f"{file}: expected a .csv, .tsv, .jsonl or .parquet file with the texts and a column 'label'"
        )
    settings = study.settings
    labels = []
    for number, word in enumerate(told.columns[LABEL], 1):
        whole = word.lstrip("-").isdecimal() and word not in settings.classes
        try:
            found = label_of("" if whole else word, int(word) if whole else None, settings)
        except InputError as error:
            raise InputError(f"{file}, row {number}: {error}") from error
        if found is None:
            raise InputError(f"{file}, row {number}: the label is empty; expected a name")
        labels.append(found)
    return Texts(
        told.texts.rows, fields if len(fields) == len(told.texts.fields) else told.texts.fields
    ), labels
