# make demo    a bot's day on real candles, from its events to a verdict on each guard
# make test    lint, types and tests; creates .venv from nothing
# make lint    ruff and mypy alone          make format   what ruff can put right by itself
# make bench   speed, side by side          make torture  the large and slow tests
# make bench-kafka   workers on a real broker, side by side with stock Faust and a bare loop
# make lock    resolve the lock files anew  make clean    remove .venv, caches, builds and outputs

PYTHON ?= python3
# One more than the processors of a small machine: tests of the broker wait for much of their time.
PYTEST_ARGS ?= -n 3 --dist loadgroup

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
PLACES := src tests $(wildcard benchmarks examples)
UV_COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header --no-annotate --upgrade

.PHONY: demo test lint format bench bench-kafka torture lock clean
.DELETE_ON_ERROR:

demo: $(VENV)/.run
	$(BIN)/untaken demo --again

test: lint
	$(BIN)/python -m pytest $(PYTEST_ARGS)

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(PLACES)

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks

bench-kafka: $(VENV)/.dev
	POLARS_MAX_THREADS=1 $(BIN)/python -m benchmarks.kafka

torture: $(VENV)/.dev
	$(BIN)/python -m pytest -m torture $(PYTEST_ARGS)

lock: $(VENV)/.dev
	$(PIP) install "uv>=0.9"
	$(UV_COMPILE) pyproject.toml requirements/build.in --extra engine --output-file requirements/engine.lock
	$(UV_COMPILE) pyproject.toml requirements/build.in --extra worker --constraint requirements/engine.lock \
		--output-file requirements/worker.lock
	$(UV_COMPILE) pyproject.toml requirements/build.in --all-extras --constraint requirements/engine.lock \
		--output-file requirements/dev.lock

clean:
	rm -rf $(VENV) build dist out .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps hold what was installed; they are older than a changed lock file, which installs anew.
$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "$(PYTHON) is `$(PYTHON) --version 2>&1`, untaken needs Python 3.11 or newer:" \
			"install one and say which, for example: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.run: $(VENV)/.made pyproject.toml requirements/engine.lock
	$(PIP) install --require-hashes --requirement requirements/engine.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.made pyproject.toml requirements/dev.lock
	$(PIP) install --require-hashes --requirement requirements/dev.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@ $(VENV)/.run
