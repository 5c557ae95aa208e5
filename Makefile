# The targets that people need; `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help chat test coverage format lint check eval bench fit soak lock clean

help:  ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## */\1\t/' | awk -F'\t' '{printf "make %-8s %s\n", $$1, $$2}'

chat: $(VENV)/run.stamp  ## talk to the assistant in the terminal
	@$(BIN)/python -m bot chat

test: $(VENV)/dev.stamp lint check  ## formatting, lint, types, import contracts, content and tests
	$(BIN)/python -m pytest --numprocesses 4 --dist loadfile

coverage: $(VENV)/dev.stamp  ## the tests once more, with which lines and branches they reach
	$(BIN)/python -m pytest --numprocesses 4 --dist loadfile --cov --cov-report=term

lint: $(VENV)/dev.stamp  ## formatting, lint, types and import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: $(VENV)/dev.stamp  ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

check: $(VENV)/run.stamp  ## read all content strictly
	$(BIN)/python -m bot check

eval: $(VENV)/run.stamp  ## measure the matcher on the project's own questions
	$(BIN)/python -m bot eval tests/data/questions.jsonl

bench: $(VENV)/dev.stamp  ## compare and time the matcher, starts, turns, the bot, reminders and curation
	$(BIN)/python -m benchmarks.compare
	$(BIN)/python -m benchmarks.startup
	$(BIN)/python -m benchmarks.grown
	$(BIN)/python -m benchmarks.turn
	$(BIN)/python -m benchmarks.telegram
	$(BIN)/python -m benchmarks.reminders 20000
	$(BIN)/python -m benchmarks.curation

fit: $(VENV)/dev.stamp  ## fit the gates again (QUESTIONS="file ..." for other questions)
	$(BIN)/python -m benchmarks.fit_gates $(QUESTIONS)

soak: $(VENV)/dev.stamp  ## the long runs: more kills, more random walks
	SOAK=1 $(BIN)/python -m pytest --numprocesses 4 --dist loadfile tests

lock: $(VENV)/dev.stamp  ## resolve the dependencies again
	$(PIP) install pip-tools
	$(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-header --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --build-deps-for=editable --output-file=requirements.lock pyproject.toml
	$(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-header --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --build-deps-for=editable --extra=dev --output-file=requirements-dev.lock pyproject.toml

clean:  ## remove what was installed and built
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage*

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; $(PYTHON) is older. Say which to use: make chat PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "Python's venv module is missing. Install it first, on Debian and Ubuntu with: apt install python3-venv"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/run.stamp: requirements.lock pyproject.toml | $(VENV)/bin/python
	@test -f $(VENV)/dev.stamp || echo "Installing (once, about a minute)..."
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev.stamp: requirements-dev.lock $(VENV)/run.stamp
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@
