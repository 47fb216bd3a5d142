.DEFAULT_GOAL := help
PYTHON ?= python3
PY := .venv/bin/python
CLI := .venv/bin/interagency
INSTALLED := .venv/.installed

FAULTS := $(patsubst %,tests/systemtest/test_%.py,faults atomic fenced)
STUDIED := .venv-study/.installed

.PHONY: help setup demo test lint types contracts house unit services system faults journeys chaos twins fuzz traces starved bench freshness state density sharing councils notices matching weights robustness peers parity golden mutants intake lock

help:  ## List the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

setup: $(INSTALLED)  ## Create .venv from the lock file; safe to repeat

$(INSTALLED): requirements.lock pyproject.toml
	@test -x $(PY) || $(PYTHON) -m venv .venv
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup  ## Run services, workers and the bundled feed; ARGS=--exit ends when everything is searchable
	@$(CLI) demo $(ARGS)

test: lint types contracts  ## Run everything that CI runs, three groups at once, because tests on services wait a lot
	$(MAKE) --jobs=3 services faults journeys unit

lint: setup  ## Check format and style with ruff
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .

types: setup  ## Check types with mypy --strict, tests too
	$(PY) -m mypy

contracts: setup  ## Check the import contracts
	.venv/bin/lint-imports

house: setup  ## Print modules and imports by folder, lengths, documented units and errors
	$(PY) -m tests.benchmarks.house

unit: setup  ## Run the tests that need no service
	nice $(PY) -m pytest -m "not services"

services: setup  ## Run the tests of single parts on real Kafka, registry and Elasticsearch, which they start
	$(PY) -m pytest -m services --ignore=tests/systemtest

system: faults journeys  ## Run the tests of the whole path

faults: setup  ## Run the whole path while workers are killed, stopped and changed, on services of its own
	$(PY) -m pytest -m services $(FAULTS)

journeys: setup  ## Run the whole path as users do, on services of its own
	$(PY) -m pytest -m services tests/systemtest $(FAULTS:%=--ignore=%)

chaos: setup  ## Kill workers at random under load for MINUTES=n, then check the accounting
	$(PY) -m tests.systemtest.chaos --minutes $(or $(MINUTES),5)

starved: setup  ## Run the whole path beside 25 busy loops, with a kill -9 of Elasticsearch; ARGS="--loops n --reports n"
	$(PY) -m tests.systemtest.starved $(ARGS)

twins: setup  ## Compare worlds on real services with the same worlds without what an audience may not see; ARGS="--worlds n --seed n"
	$(PY) -m tests.systemtest.twins $(ARGS)

fuzz: setup  ## Send RECORDS=n hostile records through all stages in one process, a hundredth through Kafka too; SEED=n
	$(PY) -m tests.fuzz.in_process --records $(or $(RECORDS),1000000) --seed $(or $(SEED),1)
	$(PY) -m tests.fuzz.through_kafka --records $$(( $(or $(RECORDS),1000000) / 100 )) --seed $(or $(SEED),1)

traces: setup  ## Run WORLDS=n random histories with and without hidden reports, half as many for withheld fields; SEED=n
	$(PY) -m tests.fuzz.traces --worlds $(or $(WORLDS),2000) --seed $(or $(SEED),1)

bench: setup  ## Measure speed and memory of the whole path on FEED (default: the bundled one)
	$(PY) -m tests.benchmarks.path $(FEED)

freshness: setup  ## Measure how soon a reader of the index finds a published report; ARGS="--audiences 28 --minutes 1"
	$(PY) -m tests.benchmarks.freshness $(ARGS)

state: setup  ## Measure how soon resolve is ready with a large state, and its memory
	$(PY) -m tests.benchmarks.state

density: setup  ## Measure resolve in reports per second with 10,000 and with 1,000,000 reports in state
	$(PY) -m tests.benchmarks.density

sharing: setup  ## Measure what agreements cost release, and how fast views of ended agreements are withdrawn
	$(PY) -m tests.benchmarks.sharing

councils: setup  ## Measure how much of the bundled feed's council reports is suppressed, and how long they take
	$(PY) -m tests.benchmarks.councils

notices: setup  ## Measure how soon dispatchers get notice of a link
	$(PY) -m tests.benchmarks.notices

matching: setup  ## Measure how well FEED is linked against ground TRUTH, without services; ARGS=--as-known
	$(PY) -m tests.benchmarks.matching $(FEED) $(TRUTH) $(ARGS)

$(STUDIED): tests/benchmarks/study.lock pyproject.toml
	@test -x .venv-study/bin/python || $(PYTHON) -m venv .venv-study
	.venv-study/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r tests/benchmarks/study.lock
	.venv-study/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

weights: $(STUDIED)  ## Estimate the match weights on SETS="feed truth feed truth ..." into OUT
	.venv-study/bin/python -m tests.benchmarks.weights $(SETS) --out $(OUT)

robustness: $(STUDIED)  ## Measure the weights on sets and halves of SETS that they were not estimated on
	.venv-study/bin/python -m tests.benchmarks.robustness $(SETS)

peers: $(STUDIED)  ## Measure meltt's rule and Splink on FEED against TRUTH
	.venv-study/bin/python -m tests.benchmarks.peers $(FEED) $(TRUTH)

parity: setup  ## Compare the output of the checkouts BEFORE and AFTER on the bundled feed and FEEDS, byte for byte
	$(PY) -m tests.benchmarks.parity $(BEFORE) $(or $(AFTER),.) $(FEEDS)

intake: setup  ## CPU of intake per report, of the checkouts BEFORE and AFTER in turn, on FEEDS (default: the bundled one)
	$(PY) -m tests.benchmarks.intake $(BEFORE) $(or $(AFTER),.) $(if $(FEEDS),--feeds $(FEEDS))

golden: setup  ## Rewrite the digest of the output on the bundled feed, with REASON="..."
	$(PY) -m tests.benchmarks.parity --golden "$(or $(REASON),$(error give REASON))"

mutants: $(STUDIED)  ## Mutation testing of the pure core: MUTANTS=n drawn from SEED=n; ARGS="--again --jobs n"
	nice .venv-study/bin/python -m tests.benchmarks.mutants --seed $(or $(SEED),1) --mutants $(or $(MUTANTS),400) $(ARGS)

lock: setup  ## Renew requirements.lock from pyproject.toml (needs uv)
	uv pip compile --quiet --universal --generate-hashes --no-annotate --no-header --python-version 3.11 --extra dev \
		pyproject.toml --output-file requirements.lock
	uv pip compile --quiet --universal --generate-hashes --no-annotate --no-header --python-version 3.11 --extra dev \
		--extra study --constraint requirements.lock pyproject.toml --output-file tests/benchmarks/study.lock
