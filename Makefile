# The same few commands for a person and for CI. Windows: run the lines by hand with .venv\Scripts.
PYTHON ?= python3
BIN := .venv/bin
# Half of the files each, in order, so that each process makes what a file's tests share; who is done early takes of the rest.
TESTS := $(BIN)/pytest -n 2 --dist worksteal
# Bytecode is kept: some containers say that it is not, and every process that a test or a bench starts would compile all of memp.
export PYTHONDONTWRITEBYTECODE :=
# The tests commit to thousands of small files and would wait for the disk at each: they lie in memory where there is enough.
export PYTEST_DEBUG_TEMPROOT := $(shell df -Pk /dev/shm 2>/dev/null | awk '$$4 > 4000000 && $$6 == "/dev/shm" {print $$6}')
# make mutants MUTANTS='memp.retrieve.ranking*' plants faults in one module.
MUTANTS ?=
# make bench BENCH='--only startup search --network --keep FOLDER' measures some, with other servers, and keeps what it made.
BENCH ?=

.PHONY: demo test check setup slim dev format bench bench-slim coverage mutants figures architecture mcpb lock audit sbom

setup:  ## install memp into .venv
	$(PYTHON) scripts/bootstrap.py

slim:  ## ... without torch: what an agent's memory needs to run
	$(PYTHON) scripts/bootstrap.py --slim

dev:  ## ... with what the tests and checks need
	$(PYTHON) scripts/bootstrap.py --dev

demo: setup  ## install, then see an agent learn
	$(BIN)/memp demo

test: dev  ## install, then run the tests
	$(TESTS)

coverage: dev  ## the tests with branch coverage, subprocesses too; what no test runs is in htmlcov (twice as long)
	$(TESTS) --cov --cov-report=term --cov-report=html

mutants: dev  ## plant faults in domain, retrieve and update, and see which the tests miss (an hour or more; not on Windows)
	$(BIN)/python -m pip install --quiet 'mutmut>=3.8,<4'
	$(BIN)/mutmut run $(MUTANTS)
	$(BIN)/mutmut results

check: dev  ## lint, types, and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/pyright

format: dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: dev  ## measure all that docs/performance.md says, in one run, and write it (an hour or more, 8 GB of disk)
	$(BIN)/python -m pip install --quiet -e '.[bench]'
	$(BIN)/python bench/everything.py $(BENCH)

bench-slim: dev  ## size and first start of memp-slim in an empty environment (uses the network, some 600 MB)
	$(BIN)/python bench/slim.py

figures:  ## how the house stands: lengths, import circles, docstrings
	$(PYTHON) scripts/figures.py

architecture:  ## draw docs/architecture.svg from the imports
	$(PYTHON) scripts/architecture.py

lock:  ## write requirements/*.txt anew, after a change to the dependencies (make lock LOCK=--upgrade: newer versions)
	$(PYTHON) -m venv .venv/lock
	.venv/lock/bin/python -m pip install --quiet 'uv>=0.13,<0.14'
	PATH=".venv/lock/bin:$$PATH" $(PYTHON) scripts/lock.py $(LOCK)

audit: dev  ## known vulnerabilities of what is in requirements, where a service for them answers
	$(BIN)/python scripts/audit.py

sbom: dev  ## bills of materials (CycloneDX) of memp and memp-slim, and wheels that hold them, in dist
	$(BIN)/python scripts/sbom.py

mcpb: dev  ## the bundle for Claude Desktop, in dist
	$(BIN)/python scripts/mcpb.py
