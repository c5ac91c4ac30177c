# Everything starts here; each target does its own set-up. `make help` lists them.
SHELL := /bin/sh
.DEFAULT_GOAL := help
PYTHON ?= $(shell [ -x .venv/bin/python ] && echo .venv/bin/python || for p in python3.11 python3 python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && command -v "$$p" && break; done || command -v python3)
STOA := .venv/bin/stoa
NEED_PYTHON = @[ -n "$(PYTHON)" ] || { echo "stoa: Python 3.11 is missing: install the packages python3.11 and python3.11-venv, then run make again." >&2; exit 3; }

.PHONY: help setup up test check wheel docs format clean bench ready

help: ## Show what can be made
	@awk -F ':.*## ' '/^[a-z%-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Set everything up, the browser for the tests included
	$(NEED_PYTHON)
	@$(PYTHON) -m scripts.bootstrap setup

ready:
	$(NEED_PYTHON)
	@$(PYTHON) -m scripts.bootstrap up

up: ready ## Start Stoa on this machine (ARGS="--split --port 9000")
	@exec $(STOA) up $(ARGS)

test: ## Run everything that runs: services, journeys, parity, chaos, browser
	$(NEED_PYTHON)
	@$(PYTHON) -m scripts.bootstrap test
	@.venv/bin/python -m scripts.test $(ARGS)

check: ready ## Check everything static: lint, types, borders, generated files, locks, the web's budgets
	@.venv/bin/python -m scripts.check $(ARGS)

format: ready ## Format the Python and sort its imports
	@.venv/bin/ruff check --fix-only --quiet . && .venv/bin/ruff format .

docs: ready ## Generate the map, the reference, OpenAPI and the web's client from the manifests
	@$(STOA) docs
	@.venv/bin/python -m scripts.node run --silent gen:api

wheel: ready ## Build the wheel, the web inside, into dist/
	@.venv/bin/python -m scripts.wheel

bench: ready ## Measure everything that we claim to be fast
	@.venv/bin/python bench/run.py

bench-%: ready ## Measure one thing: make bench-NAME
	@.venv/bin/python bench/run.py $*

clean: ## Remove what was built (the data of a running Stoa lies elsewhere and stays)
	@rm -rf .venv dist build stoa/web web/node_modules web/dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
