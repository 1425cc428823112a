# make demo   the tour on a real engine          make test    lint, types and all tests
# make engines-up, make engines-down: the test matrix, kept running
# make bench     pydock beside other clients, on a private engine; ENGINE=unix:///… takes that one
# make frontend  build the terminal's JavaScript anew (it is shipped; needs Node.js)

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := demo
.PHONY: demo test lint format mypy pyright types unit engine browser bench frontend engines-up engines-down engine-package

PYTHON ?= python3
BIN := .venv/bin
WORKERS ?= 2
PROVISION := $(BIN)/python tests/engines/provision.py
PACKAGE := docker.io iptables iproute2 busybox-static
PYTEST := $(BIN)/python -m pytest -q --durations=5
STAGE := .ci/stage

demo: .venv/.demo
	@$(BIN)/python -m pydock >/dev/null 2>&1 \
	    || [ "$$(PATH=$$PATH:/usr/sbin command -v dockerd iptables busybox | wc -l)" = 3 ] \
	    || $(MAKE) --no-print-directory engine-package
	@$(BIN)/python examples/tour.py

# Only where no daemon answers and this machine has none to start.
engine-package:
	@if [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then \
	    echo "No docker daemon answers. Start yours, set DOCKER_HOST, or as root on Debian:"; \
	    echo "    apt-get install -y --no-install-recommends $(PACKAGE)"; exit 1; fi
	@echo "No docker daemon answers: installing $(PACKAGE)"
	@apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(PACKAGE) >/dev/null

test: lint format mypy pyright types unit engine browser

lint: .venv/.dev
	@$(STAGE) lint $(BIN)/ruff check .

format: .venv/.dev
	@$(STAGE) format $(BIN)/ruff format --check .

mypy: .venv/.dev
	@$(STAGE) mypy $(BIN)/mypy

pyright: .venv/.dev
	@$(STAGE) pyright $(BIN)/pyright

# What users' type checkers see has no gap.
types: .venv/.dev
	@$(STAGE) types $(PYTEST) tests/typing/completeness.py

# All that needs no engine.
unit: .venv/.dev
	@$(STAGE) unit .ci/twice $(PYTEST) tests --ignore=tests/engine --ignore=tests/browser -n $(WORKERS)

# Engines that this machine can have are started for the time of the tests, unless they run already.
engine: .venv/.dev
	@$(STAGE) engine $(PROVISION) run .ci/engines $(PYTEST) tests/engine

browser: .venv/.dev
	@if compgen -G "tests/browser/test_*.py" >/dev/null; then \
	    $(STAGE) browser $(PROVISION) run .ci/twice $(PYTEST) --timeout 240 tests/browser; fi

# BENCH="--jobs ping,inspect --rounds 7": see python -m benchmarks --help
bench: .venv/.bench
	@$(BIN)/python -m benchmarks $(if $(ENGINE),--engine $(ENGINE)) $(BENCH)

frontend:
	@cd pydock/widgets/frontend && npm ci && npm run build

engines-up: .venv/.dev
	@$(PROVISION) up

engines-down: .venv/.dev
	@$(PROVISION) down

.venv/bin/python:
	@$(PYTHON) -m venv .venv || { [ "$$(id -u)" = 0 ] && apt-get update -qq \
	    && apt-get install -y -qq --no-install-recommends python3-venv >/dev/null && $(PYTHON) -m venv --clear .venv; }

.venv/.demo: pyproject.toml | .venv/bin/python
	@$(BIN)/pip install -qq -e .
	@touch $@

.venv/.dev: pyproject.toml | .venv/bin/python
	@$(BIN)/pip install -qq -e '.[dev,browser]'
	@touch $@ .venv/.demo

.venv/.bench: pyproject.toml | .venv/bin/python
	@$(BIN)/pip install -qq -e '.[dev,browser,bench]'
	@touch $@ .venv/.dev .venv/.demo
