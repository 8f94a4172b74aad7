# Each target sets up what it needs; `make help` lists them.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
PYTEST := $(BIN)/python -m pytest -n auto --maxprocesses 8 --dist worksteal --durations 60

.PHONY: help demo test check nightly bounds fuzz mutants exam bench docs site questions schemas lock golden lowest newest clean

help:
	@echo "make demo    compare five moderation policies and write the report"
	@echo "make test    everything that CI runs"
	@echo "make check   the quick part: lint, types, quick tests"
	@echo "make nightly thousands of random scenarios on both crowds, and make bounds"
	@echo "make bounds  the quick tests and wrong worlds with every array access checked"
	@echo "make fuzz    a million damaged inputs, fifty thousand wrong ones, a hundred kills, a thousand random scenarios"
	@echo "make mutants  wrong formulas, one at a time: each must turn a test red"
	@echo "make exam    closed forms and published results, in full, and their pages in docs"
	@echo "make bench   time policies, sizes, and other libraries (pip install ndlib EoN)"
	@echo "make docs    the generated pages and schemas"
	@echo "make site    the documentation as HTML, in docs/_build"
	@echo "make questions  run the shipped experiments and write a page for each"
	@echo "make lowest  the quick tests with the oldest releases that pyproject.toml allows, on Python 3.11"
	@echo "make newest  the quick tests with the newest releases, on the newest Python of this machine"
	@echo "make golden  accept changed results on purpose (say why in CHANGELOG.md)"
	@echo "make lock    requirements.lock anew"

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Rumorlab needs Python 3.11 or newer; name one: make PYTHON=python3.12 demo"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	touch $(READY)

demo: $(READY)
	$(BIN)/rumorlab compare experiments/telegram-moderation.yaml

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(PYTEST) -m "not slow" --crowd compiled

# tests/model runs on both forms of the crowd here, on the compiled one in `make check` and `make bounds`.
test: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(PYTEST)

nightly: $(READY) bounds
	RUMORLAB_EXAMPLES=4000 $(BIN)/python -m pytest tests/crowd/test_equality.py

bounds: export NUMBA_BOUNDSCHECK = 1
bounds: export NUMBA_CACHE_DIR = $(CURDIR)/.cache/bounds
bounds: $(READY)
	$(PYTEST) -m "not slow" --crowd compiled
	for kind in world parquet lists export graph; do $(BIN)/python -m tests.fuzz $$kind 0 2000 || exit 1; done

fuzz: $(READY)
	$(BIN)/python -m tests.fuzz text 0 920000
	$(BIN)/python -m tests.fuzz loader 0 20000
	$(BIN)/python -m tests.fuzz importer 0 50000
	$(BIN)/python -m tests.fuzz results 0 5000
	$(BIN)/python -m tests.fuzz dashboard 0 5000
	for kind in world parquet lists export graph; do $(BIN)/python -m tests.fuzz $$kind 0 10000 || exit 1; done
	RUMORLAB_KILLS=50 $(BIN)/python -m pytest tests/experiment/test_kills.py
	RUMORLAB_EXAMPLES=1000 $(BIN)/python -m pytest tests/crowd/test_equality.py

mutants: $(READY)
	$(BIN)/python -m tests.mutants

exam: $(READY)
	$(BIN)/rumorlab exam --page docs/exam.md --validation docs/validation.md

bench: $(READY)
	$(BIN)/python benchmarks/runs.py
	$(BIN)/python benchmarks/scale.py --write docs/performance.md
	$(BIN)/python benchmarks/peers.py --write docs/peers.md
	$(BIN)/python benchmarks/sweeps.py --write docs/sweeping.md
	$(BIN)/python benchmarks/mechanisms.py --write docs/mechanisms.md
	$(BIN)/python benchmarks/own_rules.py --write docs/own-rules.md
	$(BIN)/python benchmarks/dashboard.py --write docs/dashboard-speed.md
	$(BIN)/python benchmarks/dashboard_load.py --write docs/dashboard-load.md
	$(BIN)/python benchmarks/reliability.py --write docs/reliability.md

questions: $(READY)
	$(BIN)/python docs/make_questions.py
	$(BIN)/python docs/make_pictures.py

site: $(READY)
	$(BIN)/python -m sphinx -q -W --keep-going -b html docs docs/_build

docs schemas: $(READY)
	$(BIN)/rumorlab scenario reference > docs/reference.md
	$(BIN)/python docs/make_odd.py
	$(BIN)/rumorlab scenario schema scenario > scenarios/scenario.schema.json
	$(BIN)/rumorlab scenario schema policy > scenarios/policy.schema.json
	$(BIN)/rumorlab scenario schema personas > scenarios/personas.schema.json
	$(BIN)/rumorlab scenario schema elsewhere > scenarios/elsewhere.schema.json
	$(BIN)/rumorlab scenario schema regime > scenarios/regime.schema.json
	$(BIN)/rumorlab scenario schema ranges > scenarios/ranges.schema.json
	$(BIN)/rumorlab scenario schema experiment > experiments/experiment.schema.json
	$(BIN)/rumorlab scenario schema calibration > experiments/calibration.schema.json

lowest newest: $(READY)
	$(BIN)/python -m tests.bounds $@

golden: $(READY)
	$(BIN)/python tests/golden/update.py

lock: $(READY)
	$(BIN)/python -m pip install --quiet pip-tools
	$(BIN)/python -m piptools compile --quiet --generate-hashes --no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
		--no-header --allow-unsafe --strip-extras --extra test --all-build-deps --output-file requirements.lock pyproject.toml

clean:
	find sim tests benchmarks -name "*.nb[ic]" -delete
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
