"""What is told to whoever watches a long run."""


def silent(_: object) -> None:
    """Watch nothing."""
