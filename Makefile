# PORT (8000) and VIZYT_HOME (.vizyt) are honoured by everything that runs: `make run PORT=8001 VIZYT_HOME=/data/two`

PYTHON := .venv/bin/python
.DEFAULT_GOAL := help
.PHONY: help setup run test test-fast check format schemas clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-11s %s\n", $$1, $$2}' Makefile

setup: ## install what is missing into .venv (done by the other targets when needed)
	@sh services/local/install.sh

run: setup ## start everything on this machine, with demo data, until Ctrl-C
	@exec ./vizyt run

test: setup ## all tests, on real PostgreSQL and NATS that they start themselves
	$(PYTHON) -m pytest -n 3 --dist loadfile --no-loadscope-reorder

test-fast: setup ## all but the tests that start whole processes
	$(PYTHON) -m pytest -m "not slow"

check: setup ## ruff, mypy, import-linter
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	.venv/bin/lint-imports

format: setup ## put the code into form
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .

schemas: setup ## write the events' golden schemas anew
	$(PYTHON) -m services.contracts

clean: ## remove what setup and the tools made; the data folder stays
	rm -rf .venv .uv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: bench
bench: setup ## measure the main job beside the limits and the usual ways, in some five minutes
	@$(PYTHON) -m bench

.PHONY: soak
soak: setup ## citizens at work while everything is killed in turn, for SOAK_MINUTES (15)
	HYPOTHESIS_PROFILE=soak SOAK_MINUTES=$${SOAK_MINUTES:-15} $(PYTHON) -m pytest tests/soak tests/proof/test_deadlines.py -o log_cli=true --log-cli-level=WARNING

.PHONY: screenshots
screenshots: setup ## pictures of the main pages, of a fresh run in Chromium, into docs/screenshots
	@$(PYTHON) -m tests.browser.pictures
