"""A calibration in the terminal: people's numbers, and how far the stand-in agrees."""

from rich import box
from rich.table import Table

from preceptor.calibration import Agreement, Calibration
from preceptor.calibration.calibration_view import (
    between,
    chosen,
    headline,
    percent,
    said_of,
    saved,
    what_of,
)
from preceptor.cli.console import err, out


def print_calibration(found: Calibration) -> None:
    """The sentences, a row for each rate, and what was agreed on."""
    for remark in found.facts["remarks"]:
        err.print(f"{remark['level']}: {remark['message']}", markup=False, highlight=False)
        err.print(f"  fix: {remark['fix']}", markup=False, highlight=False)
    out.print(headline(found), highlight=False, markup=False)
    if not found.facts["questions"]["items_used"]:
        return
    for one in found.agreements:
        for line in said_of(one):
            out.print(f"- {line}", highlight=False, markup=False)
    for line in (saved(found), chosen(found)):
        if line:
            out.print(f"- {line}", highlight=False, markup=False)
    _print_rates(found)
    for one in found.agreements:
        _print_agreement(one, found.level)
    out.print(
        f"Intervals are about the {found.facts['plan']['items']} items of the audit, hold whenever "
        "one stops, and each by itself.",
        style="dim",
        highlight=False,
    )


def _print_rates(found: Calibration) -> None:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column("rate", overflow="fold")
    for heading in ("stand-in", f"people [{found.level:.0%}]", "people\nalone", "items"):
        table.add_column(heading, justify="right", no_wrap=True)
    for rate in found.rates:
        table.add_row(
            what_of(rate),
            percent(rate.stand_in),
            f"{percent(rate.value)} [{between(rate.low, rate.high)}]",
            between(*rate.alone),
            str(rate.items),
        )
    out.print(table)


def _print_agreement(one: Agreement, level: float) -> None:
    table = Table(
        title=f"{one.name} beside people",
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=True,
    )
    table.add_column("inputs", overflow="fold")
    for heading in (
        f"same label, where\nboth certain [{level:.0%}]",
        "it certain,\npeople not",
        "people certain,\nit not",
    ):
        table.add_column(heading, justify="right", no_wrap=True)
    over = {share.of: share for share in one.over}
    under = {share.of: share for share in one.under}
    agree = {share.of: share for share in one.agree}
    for name in dict.fromkeys([*agree, *over, *under]):
        share = agree.get(name)
        cell = "-"
        if share is not None and share.certain:
            cell = f"{share.hits} of {share.certain} [{between(share.low, share.high)}]"
        others = (
            f"{part[name].hits} of {part[name].certain}" if name in part else "-"
            for part in (over, under)
        )
        table.add_row(name, cell, *others)
    for share in one.by_class:
        if share.certain:
            cell = f"{share.hits} of {share.certain} [{between(share.low, share.high)}]"
            table.add_row(f"label {share.of}", cell, "", "")
    out.print(table)
