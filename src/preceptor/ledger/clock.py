"""The time as the ledger writes it."""

from datetime import UTC, datetime


def utc_now() -> str:
    """Now, UTC, ISO 8601 to the microsecond: sorts as text."""
    return datetime.now(UTC).isoformat(timespec="microseconds")
