# The same few commands for a person and for CI. Windows: run the lines by hand with .venv\Scripts.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test check setup dev format bench figures architecture mcpb

setup:  ## install memp into .venv
	$(PYTHON) scripts/bootstrap.py

dev:  ## ... with what the tests and checks need
	$(PYTHON) scripts/bootstrap.py --dev

demo: setup  ## install, then see an agent learn
	$(BIN)/memp demo

test: dev  ## install, then run the tests
	$(BIN)/pytest -n 2

check: dev  ## lint, types, and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/pyright

format: dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

figures:  ## how the house stands: lengths, import circles, docstrings
	$(PYTHON) scripts/figures.py

architecture:  ## draw docs/architecture.svg from the imports
	$(PYTHON) scripts/architecture.py

mcpb: dev  ## the bundle for Claude Desktop, in dist
	$(BIN)/python scripts/mcpb.py
