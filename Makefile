# Everything sets itself up: Python 3.11+ and git are enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
FRONTEND := src/nenghao/hub/frontend
VENDOR := src/nenghao/hub/static/vendor

.PHONY: demo test test-sqlite test-postgresql check bench chaos fuzz docs setup format screenshots clean

setup: $(VENV)/.ready $(VENDOR)/.ready

$(VENV)/.ready: requirements/dev.txt pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

# Pages need no internet at run time: the assets are npm packages, installed here and served by the hub.
$(VENDOR)/.ready: $(VENV)/.ready $(FRONTEND)/package-lock.json $(FRONTEND)/icons.txt scripts/build_frontend.py $(wildcard src/nenghao/hub/locale/*/LC_MESSAGES/*.po src/nenghao/hub/*/locale/*/LC_MESSAGES/*.po)
	$(BIN)/python scripts/build_frontend.py
	touch $@

demo: setup
	$(BIN)/nenghao demo

test: setup test-sqlite test-postgresql

test-sqlite:
	$(BIN)/python -m pytest -n auto --dist loadgroup

# The walk over every address as a stranger (test_tenancy) asks nothing of the database that SQLite has not answered.
test-postgresql:
	$(BIN)/python -m pytest -n auto --dist loadgroup --database postgresql --ignore tests/hub/test_tenancy.py tests/hub src/nenghao/hub

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/lint-imports --no-logo
	$(BIN)/python scripts/docs.py --check
	$(BIN)/python scripts/translations.py check

format: setup
	$(BIN)/ruff check --fix -q . || true
	$(BIN)/ruff format -q .

docs: setup
	$(BIN)/python scripts/docs.py

bench: setup
	$(BIN)/nenghao bench all

chaos: setup
	$(BIN)/nenghao chaos

# Ten thousand examples for every call and, of each page, a fortieth of it; NENGHAO_FUZZ_EXAMPLES makes it shorter.
fuzz: setup
	$(BIN)/python -W ignore -m tests.fuzz.run

screenshots: setup
	$(BIN)/python scripts/screenshots.py

clean:
	rm -rf $(VENV) $(VENDOR) $(FRONTEND)/node_modules demo-data
