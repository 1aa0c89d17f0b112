# make run: everything on a fresh machine. make test: everything the tests need, then all tests.
# The whole suite runs with SQLite; with Postgres what has to do with the database. What ARGS names
# runs with both. WORKERS processes share the tests: more than processors, since many wait.
# make bench: what we publish numbers from. make attack: what holds against hostile clients, kills and
# misfortunes (SECURITY.md); ARGS=--short takes some minutes.
# uv lives in the project's own environment and uses the Python that is there.

PYTHON ?= python3
WORKERS ?= 4
VENV := .venv
BIN := $(VENV)/bin
PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --dist loadscope --no-loadscope-reorder
export UV_PROJECT_ENVIRONMENT := $(VENV)
export UV_PYTHON_DOWNLOADS := never

.PHONY: run test check bench attack format setup services

run: setup
	$(BIN)/python manage.py up --demo

test: setup services
	$(BIN)/python -m tests.services sqlite $(PYTEST) $(ARGS)
	$(BIN)/python -m tests.services postgres $(PYTEST) $(if $(ARGS),$(ARGS),-m record)

bench: setup services
	$(BIN)/uv sync --frozen --quiet --inexact --group bench
	$(BIN)/python -m tests.services postgres $(BIN)/python -m benchmarks.query
	$(BIN)/python -m tests.services sqlite $(BIN)/python -m benchmarks.options
	$(BIN)/python -m tests.services sqlite $(BIN)/python -m benchmarks.shards
	$(BIN)/python -m tests.services sqlite $(BIN)/python -m benchmarks.http
	$(BIN)/python -m tests.services sqlite $(BIN)/python -m benchmarks.pages
	$(BIN)/python -m tests.services sqlite $(BIN)/python -m benchmarks.browsing
	$(BIN)/python -m tests.services postgres $(BIN)/python -m benchmarks.ingest
	$(BIN)/python -m tests.services sqlite $(BIN)/python -m benchmarks.ingest

attack: setup services
	$(BIN)/python -m tests.attack $(ARGS)

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	git ls-files 'templates/*.html' | xargs -r $(BIN)/djade --target-version 5.2 --check
	$(BIN)/mypy .
	$(BIN)/lint-imports
	MOMENTS_DATA=$(VENV)/check $(BIN)/python manage.py makemigrations --check --dry-run
	MOMENTS_DATA=$(VENV)/check $(BIN)/python manage.py check
	MOMENTS_DATA=$(VENV)/check $(BIN)/python manage.py spectacular --validate --fail-on-warn --file $(VENV)/schema.yml

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	git ls-files 'templates/*.html' | xargs -r $(BIN)/djade --target-version 5.2

setup: $(VENV)/.ready

$(VENV)/.ready: uv.lock pyproject.toml
	deploy/bootstrap.sh $(PYTHON) $(VENV)
	$(BIN)/uv sync --frozen --quiet --inexact
	touch $@

services:
	deploy/services.sh
