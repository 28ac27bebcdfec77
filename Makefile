# Two commands: `make run` shows the product at work, `make test` proves it. `make help` lists the rest.
# Plain enough for GNU make 3.81, which macOS ships.

SHELL := /bin/sh
.DEFAULT_GOAL := help

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.14 python; do \
	if "$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then command -v "$$p"; break; fi; done)
BIN := .venv/bin
PACKAGES := -p parindex -p survey_ingest -p scoring_api -p ranking_worker
PIN := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet
ARGS ?=
# Without bytecode on disk every service that a test starts compiles the whole product again: seconds each.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run test test-fast test-external install lint types migrate revision golden openapi lock bench bench-full portal-simulator

help:  ## this list
	@awk 'BEGIN {FS = ":[^#]*## "} /^[a-z-]+:.*## / {printf "  make %-17s %s\n", $$1, $$2}' Makefile

run: install  ## everything on this machine: servers, registers, three services, an afternoon of responses (Ctrl-C ends it)
	@exec $(BIN)/parindex run $(ARGS)

# In two processes, each on servers and ports of its own: what waits for services leaves its core to the other.
test: install  ## the whole suite on embedded servers, then lint and types: what .ci/run calls
	@env -u TEST_DATABASE_URL -u TEST_REDIS_URL $(BIN)/pytest -q -n 2 --dist worksteal $(ARGS)
	@$(MAKE) --no-print-directory lint types

test-fast: install  ## tests that need neither a database nor processes, without the slow ones (about half a minute; few examples per property)
	@$(BIN)/pytest -q -n 2 -m "not database and not processes and not slow" --hypothesis-profile fast $(ARGS)

test-external: install  ## the suite on the servers of DATABASE_URL and REDIS_URL (owner: may create databases and roles)
	@test -n "$$DATABASE_URL" && test -n "$$REDIS_URL" || { echo "make test-external needs DATABASE_URL and REDIS_URL: the servers to run the suite on." >&2; exit 2; }
	@env -u DATABASE_URL -u REDIS_URL TEST_DATABASE_URL="$$DATABASE_URL" TEST_REDIS_URL="$$REDIS_URL" $(BIN)/pytest -q $(ARGS)

install:  ## .venv with the hash-pinned packages and the four members; quick when nothing changed
	@test -n "$(PYTHON)" || { echo "No Python 3.11 or newer was found. Install one, or name it: make PYTHON=/path/to/python3.11 ..." >&2; exit 2; }
	@"$(PYTHON)" .ci/install.py

lint: install  ## ruff: rules and formatting
	@$(BIN)/ruff check --quiet . && $(BIN)/ruff format --check --quiet .

types: install  ## mypy --strict over the four packages
	@$(BIN)/mypy --strict $(PACKAGES)

migrate: install  ## bring the database of DATABASE_URL to the newest schema
	@$(BIN)/parindex migrate

revision: install  ## draft the next migration from the models: make revision m="what it does"
	@test -n "$(m)" || { echo 'Say what it does: make revision m="add counter to response"' >&2; exit 2; }
	@$(BIN)/parindex revision "$(m)"

golden: install  ## rewrite the golden files under tests/golden; the diff is for the review
	@UPDATE_GOLDEN=1 $(BIN)/pytest -q tests/golden $(ARGS)

openapi: install  ## rewrite the golden OpenAPI documents of both services
	@UPDATE_GOLDEN=1 $(BIN)/pytest -q tests/golden -k openapi

PORT ?= 8766
SEED ?= 1

portal-simulator: install  ## a simulated national portal and provincial hub to try against: make portal-simulator PORT=8766 SEED=1
	@cd tests && exec ../$(BIN)/python -m portal.simulator --port $(PORT) --seed $(SEED) $(ARGS)

lock: install  ## pin requirements*.txt anew, with hashes, from requirements*.in
	@rm -rf .state/lock && "$(PYTHON)" -m venv .state/lock && .state/lock/bin/pip install --quiet --disable-pip-version-check uv
	@for name in requirements requirements-dev requirements-build; do .state/lock/bin/uv pip compile $(PIN) $$name.in -o $$name.txt || exit 1; done
	@rm -rf .state/lock

bench: install  ## ratios of speed against floors measured in the same run, 1 million rows (under 8 minutes)
	@PYTHONPATH=tests $(BIN)/python -m bench.run

bench-full: install  ## the same with 10 million rows (several GB; run it by hand in the background)
	@PYTHONPATH=tests $(BIN)/python -m bench.run --full
