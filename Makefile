# The only place where the project's commands are spelt: people, hooks and CI all call these targets.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
LOCKS := deploy/requirements
INSTALLED := .venv/.installed
KAFKA_LIBS := .cache/kafka-libs
KAFKA_FETCHED := $(KAFKA_LIBS)/.fetched
PEER := tests/benchmarks/emmett
OTHER_STORE := $(PEER)/node_modules/.package-lock.json
LOCK := $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-header
# What needs no machine to itself runs on all cores at once.
ALONE := not integration and not kafka and not chaos
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(INSTALLED) ## Make .venv from the hashed locks and install Takt into it, editable

$(INSTALLED): $(LOCKS)/dev.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes --requirement $(LOCKS)/dev.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

.PHONY: services
services: packages ## Fetch what the tests need besides Python: Kafka's jars, PostgreSQL, Chromium
	@if [ -n "$${TAKT_KAFKA_LIBS:-}" ]; then echo "services: Kafka from $$TAKT_KAFKA_LIBS"; \
	elif ! command -v mvn > /dev/null || ! $(MAKE) $(KAFKA_FETCHED); then \
	  echo "services: NO KAFKA: its jars come by Maven, and that failed" >&2; \
	fi

# Beside the folder first: an interrupted download must not look like a finished one.
$(KAFKA_FETCHED): deploy/kafka/pom.xml
	rm -rf $(KAFKA_LIBS) $(KAFKA_LIBS).part
	for attempt in 1 2 3; do \
	  mvn --batch-mode --quiet --strict-checksums --file deploy/kafka/pom.xml \
	    dependency:copy-dependencies -DoutputDirectory=$(CURDIR)/$(KAFKA_LIBS).part && break; \
	  [ $$attempt -lt 3 ]; \
	done
	mv $(KAFKA_LIBS).part $(KAFKA_LIBS)
	touch $@

.PHONY: packages
packages:
	@missing=(); \
	has() { command -v "$$1" > /dev/null; }; \
	has java || missing+=(default-jre-headless); \
	has mvn || missing+=(maven); \
	has initdb || compgen -G "/usr/lib/postgresql/*/bin/initdb" > /dev/null || missing+=(postgresql); \
	has strace || missing+=(strace); \
	has chromium || missing+=(chromium fonts-liberation); \
	has chromedriver || missing+=(chromium-driver); \
	if [ $${#missing[@]} -eq 0 ]; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
	  export DEBIAN_FRONTEND=noninteractive; \
	  apt-get update -qq && \
	  apt-get install -qq --yes --no-install-recommends "$${missing[@]}" > /dev/null && exit 0; \
	fi; \
	echo "services: MISSING, PLEASE INSTALL (Debian packages): $${missing[*]}" >&2; \
	echo "services: tests that need them will be skipped, or fail with TAKT_SERVICES_REQUIRED=1" >&2

.PHONY: run
run: setup ## Start Takt in one process with a demo project; prints the page's address
	@$(BIN)/takt run --demo

.PHONY: lint
lint: setup ## Check style, format, types and import contracts
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

.PHONY: format
format: setup ## Let ruff put everything in shape
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format

.PHONY: test-fast
test-fast: setup ## Run the tests that need nothing but Python
	$(BIN)/pytest --numprocesses auto -m "not slow and not integration and not kafka" --durations=10

.PHONY: test
test: setup services lint ## Run every check: lint, then all tiers with real services
	TAKT_SIM_SEEDS=$${TAKT_SIM_SEEDS:-1000} \
	  $(BIN)/pytest --numprocesses auto -m "$(ALONE)" --durations=10
	$(BIN)/pytest -m "not ($(ALONE))" --durations=20

.PHONY: simulate
simulate: setup ## Run 10,000 worlds made up from seeds (SEEDS=n FROM=n for others)
	@$(BIN)/python -m tests.simulation --seeds $${SEEDS:-10000} --from $${FROM:-0}

.PHONY: chaos
chaos: setup services ## Kill everything a thousand times, and try the readers for a minute
	TAKT_CHAOS_KILLS=1000 TAKT_CHAOS_SECONDS=60 \
	  $(BIN)/pytest tests/chaos tests/integration/test_log_order.py

.PHONY: bench
bench: setup services $(OTHER_STORE) ## Measure, write bench.json and tests/benchmarks/RESULTS.md
	$(BIN)/python -m tests.benchmarks

# An event store of another ecosystem, measured beside ours; nothing of it is shipped.
$(OTHER_STORE): $(PEER)/package-lock.json
	npm ci --prefix $(PEER) --silent --ignore-scripts
	touch $@

.PHONY: lock
lock: setup ## Resolve the requirements anew into hashed locks without any address
	$(LOCK) --upgrade --output-file $(LOCKS)/core.lock
	$(LOCK) --upgrade --extra dev --constraint $(LOCKS)/core.lock --output-file $(LOCKS)/dev.lock

.PHONY: hooks
hooks: ## Lint and run the fast tests before each commit
	hook=$$(git rev-parse --git-path hooks)/pre-commit; mkdir -p "$$(dirname "$$hook")"; \
	printf '#!/bin/sh\nexec make lint test-fast\n' > "$$hook"; chmod +x "$$hook"

.PHONY: clean
clean: ## Remove everything that the other targets made
	rm -rf .venv .cache $(PEER)/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	rm -rf dist build bench.json .coverage*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
