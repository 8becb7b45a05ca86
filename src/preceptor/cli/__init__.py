"""The command line."""

from preceptor.cli.app import main

__all__ = ["main"]
