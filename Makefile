# `make learn` and `make test` are all that a newcomer needs. Each makes the virtual environment first.
PYTHON ?= python3
WORKERS ?= 2
OUT ?= runs

BIN := .venv/bin
BENCH := $(BIN)/python benchmarks
ifdef READHEAD_DATA
TEXT := $(BENCH)/text.py
else
TEXT := @echo "Real text is left out: READHEAD_DATA is not set." && :
endif
# On a busy machine two intra-op threads can be ten times slower than one, so the tests use one each.
TEST := OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MPLBACKEND=Agg $(BIN)/python -m pytest

.DEFAULT_GOAL := help
.PHONY: help .venv learn test test-slow lint format types imports check bench results results-quick readme clean

help: ## Say what can be made
	@grep -E '^[a-z.-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

.venv: .venv/made ## Make the virtual environment, when it is missing or older than the pins

# torch comes first and by its exact version alone, so that pip takes the build that this machine's index offers.
.venv/made: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Readhead needs Python 3.11 or later; say which one with: make PYTHON=python3.11" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt torch==2.13.0
	$(BIN)/python -m pip install --quiet --constraint constraints.txt hatchling editables
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --no-build-isolation --editable ".[dev]"
	@touch $@

learn: .venv ## Learn to sort, print the program; then the TREC questions, where READHEAD_DATA has them
	$(BIN)/readhead learn sort --out $(OUT)/sort
ifdef READHEAD_DATA
	$(BIN)/readhead learn trec --out $(OUT)/trec
else
	@echo "The TREC questions are not learned: READHEAD_DATA is not set."
	@echo "Set it to a folder that holds trec/train.txt and trec/test.txt to learn them too."
endif

test: .venv ## Run the tests
	$(TEST) -n $(WORKERS)

test-slow: .venv ## Run the tests that take minutes
	$(TEST) -n $(WORKERS) -m slow

lint: .venv
	$(BIN)/ruff check
	$(BIN)/ruff format --check

format: .venv ## Format the code
	$(BIN)/ruff check --fix --select I
	$(BIN)/ruff format

types: .venv
	$(BIN)/mypy

imports: .venv
	$(BIN)/lint-imports

check: lint types imports test ## All that CI runs: lint, format, types, floors, tests

bench: .venv ## Time one training step beside plain PyTorch
	$(BENCH)/training_step.py --force

# What is recorded under benchmarks/results is kept, so that what was stopped goes on: FORCE=--force measures it again.
results: .venv ## Measure what is not recorded and write every table of docs (hours; FORCE=--force: all anew)
	$(BENCH)/paper_tasks.py --jobs 2 --whole-space $(FORCE)
	$(BENCH)/paper_tasks.py --jobs 2 --large $(FORCE)
	$(BENCH)/paper_tasks.py --jobs 2 --whole-space --method gradient $(FORCE)
	$(BENCH)/readable.py $(FORCE)
	$(BENCH)/verify.py $(FORCE)
	$(BENCH)/search.py $(FORCE)
	$(BENCH)/compile.py $(FORCE)
	$(BENCH)/superposition.py $(FORCE)
	$(BENCH)/interpret.py $(FORCE)
	$(BENCH)/rasp.py $(FORCE)
	$(BENCH)/emitted.py $(FORCE)
	$(BENCH)/training_step.py $(FORCE)
	$(BENCH)/speed.py $(FORCE)
	$(BENCH)/growth.py $(FORCE)
	$(BENCH)/time_to_accuracy.py $(FORCE)
	$(BENCH)/tried.py $(FORCE)
	$(BENCH)/counterexamples.py $(FORCE)
	$(BENCH)/aims.py $(FORCE)
	$(TEXT) $(FORCE)
	$(BENCH)/aims.py

results-quick: .venv ## The same code on less, within a quarter of an hour, into benchmarks/results/quick
	$(BENCH)/paper_tasks.py --jobs 2 --whole-space --quick $(FORCE)
	$(BENCH)/paper_tasks.py --tasks hist --method gradient --preset quick --quick $(FORCE)
	$(BENCH)/readable.py --quick $(FORCE)
	$(BENCH)/verify.py --quick $(FORCE)
	$(BENCH)/search.py --quick $(FORCE)
	$(BENCH)/compile.py --quick $(FORCE)
	$(BENCH)/superposition.py --quick $(FORCE)
	$(BENCH)/interpret.py --quick $(FORCE)
	$(BENCH)/rasp.py --quick $(FORCE)
	$(BENCH)/emitted.py --quick $(FORCE)
	$(BENCH)/training_step.py --quick $(FORCE)
	$(BENCH)/speed.py --quick $(FORCE)
	$(BENCH)/growth.py --quick $(FORCE)
	$(BENCH)/time_to_accuracy.py --quick $(FORCE)
	$(BENCH)/tried.py --quick $(FORCE)
	$(BENCH)/counterexamples.py --quick $(FORCE)
	$(BENCH)/aims.py --quick $(FORCE)
	$(TEXT) --quick $(FORCE)
	$(BENCH)/aims.py --quick

readme: .venv ## Print the program that the README shows anew
	$(BIN)/python docs/make_readme.py

clean: ## Remove what the tools leave behind, but not the virtual environment
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage htmlcov build dist
