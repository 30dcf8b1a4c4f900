# So Mobilité: `make demo` runs the platform, `make test` proves it.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin

help:  ## Shows this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

.venv/ready: requirements.txt requirements-dev.txt pyproject.toml
	@echo "Setting up .venv (once, a minute or so)…"
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed: make PYTHON=python3.11 …") if sys.version_info < (3, 11) else None'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev: .venv/ready requirements-dev.txt
	@echo "Adding the tools for tests…"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-dev.txt
	@touch $@

demo: .venv/ready  ## Sets up and serves the platform with demonstration data on http://127.0.0.1:8000
	@$(BIN)/somobilite demo

demo-reset: .venv/ready  ## Forgets the demonstration data, then starts over
	@$(BIN)/somobilite demo --reset

test: .venv/dev  ## Sets up and runs every check: lint, types, tests
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadgroup

bench: .venv/dev  ## Measures speed, as ratios, in one run
	@$(BIN)/python -m tests.bench

messages: .venv/dev  ## Gathers the texts, updates and compiles the English catalogues
	@for folder in core $(wildcard plugins/*/); do $(BIN)/python -m tests.messages $$folder; done

docs: .venv/dev  ## Writes the hook reference and the levels from the code
	@$(BIN)/python -m core.authoring.reference docs

lock:  ## Resolves the pins again (needs uv)
	uv pip compile -q --universal --generate-hashes --no-header --no-annotate --python-version 3.11 pyproject.toml --group build -o requirements.txt
	uv pip compile -q --universal --generate-hashes --no-header --no-annotate --python-version 3.11 pyproject.toml --group dev -o requirements-dev.txt

.PHONY: help demo demo-reset test bench messages docs lock
