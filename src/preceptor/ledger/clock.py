"""The time as the ledger writes it."""

from datetime import UTC, datetime, timedelta


def utc_now() -> str:
    """Now, UTC, ISO 8601 to the microsecond: sorts as text."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def utc_ago(seconds: float) -> str:
    """So many seconds ago, written likewise."""
    return (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat(timespec="microseconds")
