# Every target does its own set-up in .venv; a second call is instant.
BIN := .venv/bin
READY := .venv/.ready
PYTEST_ARGS ?=
# Tests start Python often: where this is set, each start compiles the program and each worker rewrites all tests anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help venv demo test check sweep coverage format reference docs clean

help: ## Say what can be called
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

venv: $(READY) ## Make .venv with the program and its tools

$(READY): pyproject.toml constraints.txt
	@tools/venv.sh

demo: $(READY) ## Simulate a refinery, close its month, show what comes out
	@$(BIN)/python -m shiftledger demo

test: $(READY) ## Run the tests, on all cores
	$(BIN)/python -m pytest -n auto --maxprocesses 8 --dist worksteal $(PYTEST_ARGS)

check: $(READY) ## Everything that must hold before a change is taken: style, types, layers, the tests with the slow ones
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy --strict src
	$(BIN)/lint-imports
	HYPOTHESIS_PROFILE=ci $(MAKE) test PYTEST_ARGS="--slow"

sweep: $(READY) ## Every test, also the sweeps that take every place where others take some: half an hour or more
	$(MAKE) test PYTEST_ARGS="--slow --every"

coverage: $(READY) ## Which lines and branches the quick tests leave out; measuring them nearly doubles what a test takes
	$(MAKE) test PYTEST_ARGS="--cov --cov-report=term"

format: $(READY) ## Bring the code into the one style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

reference: $(READY) ## Write docs/reference anew from the program
	$(BIN)/python tools/reference.py

docs: $(READY) ## Build the documentation as a site in build/site, to be opened without a network
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict
	@echo "Open build/site/index.html"

clean: ## Remove .venv, build results and caches (never a plant's state)
	rm -rf .venv build dist .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find src tests -type d -name __pycache__ -prune -exec rm -rf {} +
