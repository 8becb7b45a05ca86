"""What holds for all tests: types are checked, draws are the same every time, one thread a worker."""

import os
import signal

if "PYTEST_XDIST_WORKER" in os.environ:  # before torch is imported; workers share the cores
    os.environ.setdefault("OMP_NUM_THREADS", "1")

import checked
import pytest
from hypothesis import settings
from jaxtyping import install_import_hook

checked.install()
install_import_hook("preceptor", "checked.check")

settings.register_profile("tests", derandomize=True, deadline=None, max_examples=50)
settings.register_profile("thorough", deadline=None, max_examples=1000)
settings.load_profile("tests")
"""``pytest --hypothesis-profile thorough`` draws anew and longer where a test names no number of its own."""

if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    # A shell starts background jobs with Ctrl-C ignored, and so would be all processes of the tests.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes the fixture of that name is marked as a test in a browser.

    Files with slow tests come first: a long test that begins late keeps one worker alone.
    """
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(autouse=True)
def _types_are_checked_anew() -> None:
    checked.begin()
