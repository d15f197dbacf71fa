# Everything runs in .venv, which each target makes when it is missing or out of date.
# Needs: Python 3.11 or later, make.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: help setup demo test check format-check lint types contracts fix docs samples screens \
  bench soak fuzz fidelity lock

help:
	@echo "make demo    try it: a gateway on this machine, a target behind it, recordings to play"
	@echo "make test    run all tests"
	@echo "make setup   the environment alone: .venv, with gatereel in it"
	@echo "make check   formatting, lint, types, import contracts, tests"
	@echo "make fix     format, and mend what lint can mend"
	@echo "make docs    write the parts of docs/ that the code already says"
	@echo "make samples record sample_sessions/ anew, with the programs of this machine"
	@echo "make screens draw the pictures that the app is compared with anew; look at what changed"
	@echo "make bench   measure, side by side with a peer where there is one; BENCH=\"size seek\" picks"
	@echo "make soak    an hour (GATEREEL_SOAK_SECONDS) of mixed work against a gateway, for what it leaks"
	@echo "make fuzz    a million damaged recordings, the property tests at length, every boundary"
	@echo "             under atheris for GATEREEL_FUZZ_SECONDS; FUZZ=\"screen --keep\" picks, keeps"
	@echo "make fidelity  the terminal against xterm.js, which needs Node and npm"
	@echo "make lock    resolve requirements.lock anew from pyproject.toml"

setup: $(READY)

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "gatereel needs Python 3.11 or later; say which with: make PYTHON=python3.12 ..." >&2; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock \
	  || $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes \
	       -r requirements.lock   # slower, but it knows what pip is configured to know here
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

demo: $(READY)
	$(BIN)/gatereel demo

test: $(READY)
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist worksteal

check: format-check lint types contracts test

format-check: $(READY)
	$(BIN)/ruff format --check .

lint: $(READY)
	$(BIN)/ruff check .

types: $(READY)
	$(BIN)/mypy

contracts: $(READY)
	$(BIN)/lint-imports --no-logo --cache-dir .cache/import-linter

fix: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(READY)
	$(BIN)/python -m docs.generate

samples: $(READY)
	$(BIN)/python -m sample_sessions.make

screens: $(READY)
	GATEREEL_SCREENS=write $(BIN)/python -m pytest -q -m screens tests/replay/tui

bench: $(READY)
	$(BIN)/python -m bench $(BENCH)

soak: $(READY)
	$(BIN)/python -m bench.soak

fuzz: $(READY)
	mkdir -p .cache/fuzz   # where no other run clears away what lasts longer than it does
	GATEREEL_FLIPS=1000000 $(BIN)/python -m pytest --basetemp=.cache/fuzz/flips \
	  tests/recorder/test_tampering.py
	GATEREEL_HYPOTHESIS=thorough $(BIN)/python -m pytest -m "not peer and not slow"
	test -x .cache/fuzz/bin/python || $(BIN)/python -m venv .cache/fuzz
	$(BIN)/uv pip install --quiet --python .cache/fuzz/bin/python --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --python .cache/fuzz/bin/python atheris
	.cache/fuzz/bin/python -m tests.fuzz.run $(FUZZ)

fidelity: $(READY)
	$(BIN)/python -m tests.fidelity.regenerate

# Names no index and no address, so that it serves wherever packages come from.
lock: $(READY)
	$(BIN)/uv pip compile --quiet --python $(BIN)/python --python-version 3.11 --universal \
	  --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links \
	  --group dev pyproject.toml -o requirements.lock
