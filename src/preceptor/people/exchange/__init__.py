"""Studies to files and back: CSV, JSON lines, and the JSON of Label Studio."""

from preceptor.people.exchange.exchange_files import FORMATS, Format, read, write
from preceptor.people.exchange.receipt import Receipt

__all__ = ["FORMATS", "Format", "Receipt", "read", "write"]
