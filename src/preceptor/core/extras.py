"""How to install an optional extra, from a clone or from a wheel: neither needs a package index's copy."""


def install(extra: str) -> str:
    """A clause for messages: what to run so that the packages of an extra are there.

    Args:
        extra: its name in ``pyproject.toml``, such as ``onnx``; several separated by commas.
    """
    return (
        f"run pip install '.[{extra}]' in a clone of preceptor, or pip install 'WHEEL[{extra}]' with the "
        "path of preceptor's wheel as WHEEL"
    )
