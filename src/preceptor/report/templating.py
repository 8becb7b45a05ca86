"""Setting a page: one HTML file with its style, its script and a policy that allows no other."""

import base64
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

import preceptor
from preceptor.core.atomic_write import atomic_write
from preceptor.outcome import wording


def fill(template: str, **values: Any) -> str:
    """The page that a template makes of these values; every value is escaped."""
    env = Environment(
        loader=PackageLoader("preceptor.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters |= {
        "breakable": wording.breakable,
        "command": wording.command,
        "count": wording.count,
        "number": wording.number,
        "setting": wording.setting,
        "stretch": wording.stretch,
        "rate": wording.rate,
        "rate_interval": wording.rate_interval,
        "percent": wording.percent,
        "fixed": wording.fixed,
        "fixed_rate": wording.fixed_rate,
        "fixed_interval": wording.fixed_interval,
        "p_value": wording.p_value,
        "seconds": wording.seconds,
    }
    style, script = (_source(env, name) for name in ("style.css", "filter.js"))
    return env.get_template(template).render(
        style=Markup(style),  # noqa: S704 - our own files, not a user's text
        script=Markup(script),  # noqa: S704
        script_hash=base64.b64encode(sha256(script.encode()).digest()).decode(),
        generator=preceptor.__version__,
        **values,
    )


def save(page: str, where: Path) -> Path:
    """Write a page, whole or not at all; returns its path.

    Raises:
        OSError: the file cannot be written.
    """
    where.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(where) as fresh:
        fresh.write_text(page, encoding="utf-8")
    return where


def _source(env: Environment, name: str) -> str:
    if env.loader is None:
        raise RuntimeError("the environment has a loader: see fill()")
    return env.loader.get_source(env, name)[0]
