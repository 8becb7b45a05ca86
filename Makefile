# make demo   set up, audit two students on real digits, write and name the reports
# make test   set up, lint, types, all tests
# make quick  the tests of core and statistics, the contracts and the docstrings' examples: less than a minute
# make check  lint and types only
# make bench  the published figures again (long)

PYTHON ?= python3
BIN := .venv/bin
QUICK := tests/core tests/outcome tests/sequential tests/architecture tests/*/test_*_contract.py tests/api/test_doctests.py

.PHONY: demo test quick check bench clean

demo: .venv/demo.ready
	$(BIN)/preceptor demo --out demo

test: check
	sh scripts/system_packages.sh chromium chromium-driver postgresql
	$(BIN)/python -m pytest -n 2 --dist worksteal

quick: .venv/dev.ready
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow and not browser" $(QUICK)

check: .venv/dev.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: .venv/dev.ready
	$(BIN)/python benchmarks/readme.py
	$(BIN)/python benchmarks/pgd.py
	$(BIN)/python benchmarks/overhead.py
	$(BIN)/python benchmarks/kill.py
	$(BIN)/python benchmarks/concurrency.py
	$(BIN)/python benchmarks/paired.py
	$(BIN)/python benchmarks/strength.py
	$(BIN)/python benchmarks/stopping.py
	$(BIN)/python benchmarks/search.py
	$(BIN)/python benchmarks/faults.py
	$(BIN)/python benchmarks/xor.py
	$(BIN)/python benchmarks/compare.py
	$(BIN)/python benchmarks/explain.py
	$(BIN)/python benchmarks/gradients.py
	$(BIN)/python benchmarks/decoy.py
	$(BIN)/python benchmarks/blocks.py
	$(BIN)/python benchmarks/mnist_rule.py
	$(BIN)/python benchmarks/mnist_rule.py --convergence
	$(BIN)/python benchmarks/mnist_panel.py
	$(BIN)/python benchmarks/mnist_panel.py --network convolutions
	$(BIN)/python benchmarks/hurts.py
	$(BIN)/python benchmarks/front_end.py
	$(BIN)/python benchmarks/forecast.py
	$(BIN)/python benchmarks/apart.py
	$(BIN)/python benchmarks/cores.py
	$(BIN)/python benchmarks/desk.py
	$(BIN)/preceptor paper --full --jobs 2 --out paper-full

.venv/demo.ready: pyproject.toml constraints.txt scripts/venv.sh Makefile
	sh scripts/venv.sh $(PYTHON) '.[problems,desk]'
	touch $@

.venv/dev.ready: pyproject.toml constraints.txt scripts/venv.sh Makefile
	sh scripts/venv.sh $(PYTHON) '.[dev]'
	touch $@

clean:
	rm -rf .venv demo .mypy_cache .ruff_cache .pytest_cache .hypothesis
