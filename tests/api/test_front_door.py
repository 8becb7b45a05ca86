"""``import preceptor as pr``: light, complete, and the same whatever was imported before."""

import inspect
import subprocess
import sys
from itertools import permutations

import pytest

import preceptor as pr

VERBS = ("audit", "search", "explain")
NET = "net = lambda x: (x[:, 0] > 0.5).long()\n"
USES = {
    "the door": "import preceptor as pr\n" + NET + "assert len(pr.audit(net, 'plane', "
    "attacks='none', items=4, progress=False).ids) == 4\n",
    "the package": "import preceptor.audit\nassert preceptor.audit.Plan().seed == 0\n"
    "import preceptor.search\nassert preceptor.search.SearchPlan(5).budget == 5\n"
    "import preceptor.explain\nassert preceptor.explain.SCHEMA\n",
    "a name of it": "from preceptor.audit import Plan, audit as run\nassert Plan().seed == 0\n"
    "assert run.__module__ == 'preceptor.audit.run_audit'\nfrom preceptor.search import SearchResult\n"
    "from preceptor.explain import explain as explained\n",
    "the package by another name": "import preceptor.audit as audits\nassert audits.Plan().seed == 0\n"
    "import preceptor.audit.run_audit\nassert audits.run_audit.audit is preceptor.audit.run_audit.audit\n",
    "the verb": "from preceptor import audit, explain, search\n"
    "assert callable(audit) and callable(explain) and callable(search)\n"
    "assert audit.Plan().seed == 0 and 'student' in __import__('inspect').signature(audit).parameters\n",
}


def fresh(program: str) -> None:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


ORDERS = [*permutations(USES, 2), tuple(USES), tuple(reversed(USES))]


def test_verbs_and_packages_live_together_in_every_order() -> None:
    """One process, forked for each order before anything of ours is imported.

    What others wrote is imported once, before: all that the door and the packages need.
    """
    needed = "import sys, torch; import preceptor.api, preceptor.audit, preceptor.search"
    needed += ", preceptor.explain; print(*[m for m in sys.modules if m[:9] != 'preceptor'])"
    found = subprocess.run([sys.executable, "-c", needed], capture_output=True, text=True)
    lines = ["import importlib, os, sys", f"USES = {USES!r}", f"ORDERS = {ORDERS!r}"]
    lines += [
        f"for name in {found.stdout.split()!r}:",
        "    try: importlib.import_module(name)",
        "    except ImportError: pass",
        "assert 'torch' in sys.modules and not [m for m in sys.modules if m[:9] == 'preceptor']",
    ]
    lines += [
        "for order in ORDERS:",
        "    child = os.fork()",
        "    if child == 0:",
        "        space = {}",
        "        try:",
        "            for use in order: exec(USES[use], space)",
        "        except BaseException as error:",
        "            print(order, repr(error), file=sys.stderr, flush=True)",
        "            os._exit(1)",
        "        os._exit(0)",
        "    _, status = os.waitpid(child, 0)",
        "    assert status == 0, order",
    ]
    fresh("\n".join(lines))


def test_importing_it_imports_nothing_slow() -> None:
    fresh(
        "import sys, preceptor as pr\n"
        "names = dir(pr)\n"
        "assert {'audit', 'teach', 'Rule', 'Ledger'} <= set(names)\n"
        "assert not {'sys', 'Any', 'find_spec'} & set(names)\n"
        "slow = {'torch', 'numpy', 'scipy', 'pandas', 'matplotlib', 'preceptor.core'}\n"
        "assert not slow & set(sys.modules), slow & set(sys.modules)\n"
        "pr.Domain\n"
        "assert 'torch' in sys.modules and 'preceptor.audit' not in sys.modules\n"
    )


@pytest.mark.parametrize("name", pr.__all__)
def test_every_name_is_there(name: str) -> None:
    assert getattr(pr, name) is not None
    assert name in dir(pr)


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'adit'"):
        pr.adit  # noqa: B018


def test_packages_are_there_without_being_imported() -> None:
    fresh("import preceptor as pr\nassert pr.attacks.PGD(0.1).size == 0.1\n")


@pytest.mark.parametrize("verb", [*VERBS, "teach", "compare", "side_by_side"])
def test_help_teaches(verb: str) -> None:
    found = getattr(pr, verb)
    said = inspect.getdoc(found)
    assert said is not None
    assert "Args:" in said
    names = [name for name in inspect.signature(found).parameters if name != "records"]
    for name in names:
        assert f"{name}:" in said, f"{verb}: {name} is not explained"


def test_help_shows_the_signature() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import preceptor as pr; help(pr.audit)"],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "audit(student: object, data: object" in done.stdout
    assert ">>> import preceptor as pr" in done.stdout
    assert "PACKAGE CONTENTS" not in done.stdout
