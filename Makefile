# Needs git, make and python3 (3.11 or newer); everything else is set up in .venv on first use.
SHELL := /bin/bash
.DEFAULT_GOAL := help
BIN := .venv/bin
SAMPLES ?= ../shared/data
METHOD_LAB ?= ../shared/method_lab
PORT ?= 8000
# Hundreds of processes start here and the libraries come uncompiled, so what Python compiles is kept, whatever was asked.
unexport PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX := $(CURDIR)/.venv/compiled

.PHONY: help setup demo serve test test-sqlite test-pg test-e2e test-data test-cluster check format bench method-report docs clean lock
.PHONY: check-format check-lint check-types check-layers check-migrations check-docs

help: ## print this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# Two stamps, because who only wants to look at the product should not wait for the test tools.
.venv/.ready: pyproject.toml uv.lock scripts/setup.sh
	@scripts/setup.sh
.venv/.ready-dev: pyproject.toml uv.lock scripts/setup.sh
	@scripts/setup.sh dev
.venv/.ready-cluster: pyproject.toml uv.lock scripts/setup.sh
	@scripts/setup.sh cluster

setup: .venv/.ready-dev ## make .venv with everything to run, test and change Sextant

demo: .venv/.ready ## serve the demo organisation from ./sextant-demo (PORT=8000)
	@SEXTANT_DATA="$${SEXTANT_DATA:-sextant-demo}" $(BIN)/sextant demo --port $(PORT)

serve: .venv/.ready ## serve your own organisation from ./sextant-data (PORT=8000)
	@$(BIN)/sextant serve --port $(PORT)

test: .venv/.ready-dev ## all tests: on SQLite, on PostgreSQL, in a browser
	@scripts/test.sh sqlite postgres browser

test-sqlite: .venv/.ready-dev ## the tests on SQLite alone
	@scripts/test.sh sqlite

test-pg: .venv/.ready-dev ## every test that concerns the database, on a PostgreSQL started for it
	@scripts/test.sh postgres

test-e2e: .venv/.ready-dev ## the journeys in a real browser
	@scripts/test.sh browser

test-data: .venv/.ready-dev ## real data sets against their published answers (SAMPLES=folder)
	@test -d "$(SAMPLES)" || { echo "There is no folder $(SAMPLES). Name it: make test-data SAMPLES=folder"; exit 1; }
	@SAMPLES="$(abspath $(SAMPLES))" scripts/test.sh samples

test-cluster: .venv/.ready-dev .venv/.ready-cluster ## the same chances on this machine, on Dask and on Ray (downloads 1 GB)
	@SEXTANT_CLUSTER=1 $(BIN)/pytest -q -m cluster tests/forecasts

# mypy takes longest, so it runs beside the others.
check: .venv/.ready-dev ## format, lint, types, layers, migrations and docs in under half a minute
	@$(MAKE) --no-print-directory --keep-going --output-sync=target --jobs=2 \
		check-types check-format check-lint check-layers check-migrations check-docs
	@echo "All checks passed."

check-format:
	@$(BIN)/ruff format --check --quiet --diff .
check-lint:
	@$(BIN)/ruff check --quiet .
check-types:
	@$(BIN)/mypy --no-error-summary
check-layers:
	@scripts/quiet.sh $(BIN)/lint-imports --no-logo
check-migrations:
	@scripts/quiet.sh $(BIN)/python scripts/check_migrations.py
check-docs:
	@$(BIN)/python scripts/check_docs.py

format: .venv/.ready-dev ## rewrite the code in the one format and mend what can be mended
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format .

bench: .venv/.ready-dev ## every benchmark with its ratio, also written to bench-results/
	@scripts/bench.sh

method-report: .venv/.ready-dev ## how good the statistics are, on tuning and check seeds (METHOD_LAB=folder, SAMPLES=folder)
	@$(BIN)/python benchmarks/method/report.py --method-lab "$(METHOD_LAB)" --samples "$(SAMPLES)"

docs: .venv/.ready-dev ## rewrite the reference pages that come from the code
	@$(BIN)/python scripts/make_docs.py

lock: .venv/.ready-dev ## resolve the dependencies again and write uv.lock (UPGRADE=1 for newer versions)
	@$(BIN)/uv lock --no-config --default-index https://pypi.org/simple $(if $(UPGRADE),--upgrade)

clean: ## remove caches and reports; your data and .venv stay
	@rm -rf .mypy_cache .ruff_cache .hypothesis .import_linter_cache .coverage htmlcov build dist bench-results
	@find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +
