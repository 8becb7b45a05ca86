"""What is told of a table that was read: as what its columns were taken."""

from collections.abc import Mapping, Sequence
from typing import Final

from preceptor.core import Finding, Relation, TableDomain

LABELS: Final = ("label", "labels", "target", "class", "y", "outcome", "truth", "ground_truth")
"""What columns of labels are called, in small letters."""


def table_remarks(
    domain: TableDomain,
    said: Mapping[str, object],
    label: str | None,
    relations: Sequence[str],
    what: str,
) -> tuple[Finding, ...]:
    """As what columns were taken of which nothing was said.

    Args:
        domain: of the table.
        said: what was declared, by column.
        label: the column of known labels, if there is one.
        relations: that were declared.
        what: is told of.
    """
    told = [
        f"{column.name} ({column.says})"
        for column in domain.columns
        if column.name not in said and (column.kind != "number" or column.missing != "none")
    ]
    labels = () if label else _looks_like_label(domain, said, what)
    given = [Relation.parse(one).text for one in relations]
    found = [one.text for one in domain.relations if one.sign == "one of" and one.text not in given]
    if not told and not found:
        return labels
    taken = f"{what}: columns are taken as they look: {'; '.join(told)}" if told else what
    rows = f". In every row exactly {'; '.join(found)} is 1, so it stays so" if found else ""
    return (
        *labels,
        Finding(
            "columns-taken",
            "note",
            f"{taken}{rows}.",
            "Declare what is otherwise with --columns (columns=), for example 'age:number' or "
            "'age:whole,low=18,fixed', and relations with --relation 'loan <= income'.",
        ),
    )


def _looks_like_label(
    domain: TableDomain, said: Mapping[str, object], what: str
) -> tuple[Finding, ...]:
    """A feature that is called as labels are: a student may read the answer in it."""
    named = [column.name for column in domain.columns]
    like = [name for name in named if name.strip().lower() in LABELS and name not in said]
    if not like:
        return ()
    return (
        Finding(
            "label-as-feature",
            "warning",
            f"{what}: column {like[0]!r} is taken as a feature, which the student reads and attacks "
            "change. Its name says that it may be the label.",
            f"If it is, say --label {like[0]} (label={like[0]!r}); if it is a feature, say so with what it "
            f"is: --columns '{like[0]}:number' or '{like[0]}:category'.",
        ),
    )
