"""Lines on standard error that need none of what the commands import."""

from rich.console import Console


def say_error(message: str) -> None:
    """What is wrong, as every command says it."""
    say_line(f"preceptor: {message}")


def say_line(line: str) -> None:
    """A line as it is."""
    Console(stderr=True).print(line, markup=False, highlight=False, soft_wrap=True)
