.DEFAULT_GOAL := help
PYTHON ?= python3
PY := .venv/bin/python
CLI := .venv/bin/interagency
INSTALLED := .venv/.installed

FAULTS := $(patsubst %,tests/systemtest/test_%.py,faults atomic fenced)
STUDIED := .venv-study/.installed

.PHONY: help setup demo test lint types contracts house unit services system faults journeys chaos twins fuzz traces starved bench freshness state density sharing councils notices matching weights robustness peers lock

help:  ## List the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

setup: $(INSTALLED)  ## Make .venv from the lock file (again: nothing to do)

$(INSTALLED): requirements.lock pyproject.toml
	@test -x $(PY) || $(PYTHON) -m venv .venv
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup  ## The main job: services, workers, the bundled feed; ARGS=--exit ends when all is searchable
	@$(CLI) demo $(ARGS)

test: lint types contracts  ## Everything that CI runs; three at once, as tests on services wait a lot
	$(MAKE) --jobs=3 services faults journeys unit

lint: setup  ## ruff
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .

types: setup  ## mypy --strict, tests too
	$(PY) -m mypy

contracts: setup  ## Who may import whom
	.venv/bin/lint-imports

house: setup  ## Modules and imports by folder, lengths, documented units and errors
	$(PY) -m tests.benchmarks.house

unit: setup  ## Tests that need no service
	nice $(PY) -m pytest -m "not services"

services: setup  ## Tests of one part on real Kafka, registry and Elasticsearch, which they start
	$(PY) -m pytest -m services --ignore=tests/systemtest

system: faults journeys  ## The whole path

faults: setup  ## The whole path while workers are killed, stopped and changed, on services of its own
	$(PY) -m pytest -m services $(FAULTS)

journeys: setup  ## The whole path as users go it, on services of its own
	$(PY) -m pytest -m services tests/systemtest $(FAULTS:%=--ignore=%)

chaos: setup  ## MINUTES=n of random kills under load, and the accounting at the end
	$(PY) -m tests.systemtest.chaos --minutes $(or $(MINUTES),5)

starved: setup  ## 25 busy loops beside everything on two cores, and a kill -9 of Elasticsearch; ARGS="--loops n --reports n"
	$(PY) -m tests.systemtest.starved $(ARGS)

twins: setup  ## Worlds on real services, and the same without what an audience may not see; ARGS="--worlds n --seed n"
	$(PY) -m tests.systemtest.twins $(ARGS)

fuzz: setup  ## RECORDS=n hostile records through all stages in one process, a hundredth of them through Kafka too; SEED=n
	$(PY) -m tests.fuzz.in_process --records $(or $(RECORDS),1000000) --seed $(or $(SEED),1)
	$(PY) -m tests.fuzz.through_kafka --records $$(( $(or $(RECORDS),1000000) / 100 )) --seed $(or $(SEED),1)

traces: setup  ## WORLDS=n random histories through all stages, with and without what is hidden, half as many for fields; SEED=n
	$(PY) -m tests.fuzz.traces --worlds $(or $(WORLDS),2000) --seed $(or $(SEED),1)

bench: setup  ## Speed and memory of the whole path on FEED (default: the bundled one)
	$(PY) -m tests.benchmarks.path $(FEED)

freshness: setup  ## How soon a reader of the index finds what is published; ARGS="--audiences 28 --minutes 1"
	$(PY) -m tests.benchmarks.freshness $(ARGS)

state: setup  ## How soon resolve works with a large state, and what it holds in memory
	$(PY) -m tests.benchmarks.state

density: setup  ## Reports a second of resolve with 10,000 and with 1,000,000 reports in state, in one run
	$(PY) -m tests.benchmarks.density

sharing: setup  ## What sharing by agreements costs release, and how fast views of ended agreements are withdrawn
	$(PY) -m tests.benchmarks.sharing

councils: setup  ## How much of the council reports of the bundled feed is told, and how long they take
	$(PY) -m tests.benchmarks.councils

notices: setup  ## How soon dispatchers hear whose reports theirs were joined with
	$(PY) -m tests.benchmarks.notices

matching: setup  ## How well FEED is joined against TRUTH, without services; ARGS=--as-known
	$(PY) -m tests.benchmarks.matching $(FEED) $(TRUTH) $(ARGS)

$(STUDIED): tests/benchmarks/study.lock pyproject.toml
	@test -x .venv-study/bin/python || $(PYTHON) -m venv .venv-study
	.venv-study/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r tests/benchmarks/study.lock
	.venv-study/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

weights: $(STUDIED)  ## Estimate the match weights on SETS="feed truth feed truth ..." into OUT
	.venv-study/bin/python -m tests.benchmarks.weights $(SETS) --out $(OUT)

robustness: $(STUDIED)  ## How well weights hold on sets and halves of SETS that they were not estimated on
	.venv-study/bin/python -m tests.benchmarks.robustness $(SETS)

peers: $(STUDIED)  ## What meltt's rule and Splink reach on FEED against TRUTH
	.venv-study/bin/python -m tests.benchmarks.peers $(FEED) $(TRUTH)

lock: setup  ## Renew requirements.lock from pyproject.toml (needs uv)
	uv pip compile --quiet --universal --generate-hashes --no-annotate --no-header --python-version 3.11 --extra dev \
		pyproject.toml --output-file requirements.lock
	uv pip compile --quiet --universal --generate-hashes --no-annotate --no-header --python-version 3.11 --extra dev \
		--extra study --constraint requirements.lock pyproject.toml --output-file tests/benchmarks/study.lock
