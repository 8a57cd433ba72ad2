# The front door. `make` alone lists what there is; the first target that needs it makes .venv.

VENV      := .venv
STAMP     := $(VENV)/.installed
PY        := $(VENV)/bin/python
PYTHON    ?= $(shell for p in python3.11 python3; do \
               "$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; exit; }; \
             done)
ARGS      ?=
SEEDS     ?= 20
# Two workers; a file's tests stay together, so that what a module sets up is set up once.
PYTEST_ARGS ?= -n 2 --dist loadfile
SIDE_BY_SIDE := -j 4 -k --no-print-directory $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)
CHECKS    := check-lint check-format check-types check-imports check-tests

export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Without bytecode every one of some dozen processes would compile everything anew.
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test check $(CHECKS) up down status seeds format pins clean

help: ## list the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z.]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

demo: $(STAMP) ## the whole mesh, one year, all three payments, to the yen (ARGS="--seed 7")
	@./mesh demo $(ARGS)

test: $(STAMP) ## the whole test suite (PYTEST_ARGS="-n 0 -x tests/unit")
	@$(PY) -m pytest $(PYTEST_ARGS)

check: $(STAMP) ## lint, format, types, import contracts, unit tests, side by side
	@$(MAKE) $(SIDE_BY_SIDE) $(CHECKS)
	@echo "check: all passed"

check-lint: $(STAMP)
	@echo "== ruff check"; $(PY) -m ruff check --quiet .

check-format: $(STAMP)
	@echo "== ruff format"; $(PY) -m ruff format --check --quiet . \
	  || { echo "some files are not formatted: run make format"; exit 1; }

check-types: $(STAMP)
	@echo "== mypy"; $(PY) -m mypy

check-imports: $(STAMP)
	@echo "== import contracts"; \
	  out=$$($(PY) -c 'from importlinter.cli import lint_imports_command as run; run()' --no-logo 2>&1) \
	  && echo "$$out" | tail -n 1 || { echo "$$out"; exit 1; }

check-tests: $(STAMP)
	@echo "== unit and architecture tests"; $(PY) -m pytest -q -n 2 --dist loadfile -p no:schemathesis tests/unit tests/architecture

up: $(STAMP) ## start the mesh and leave it running
	@./mesh up $(ARGS)

down: $(STAMP) ## stop the mesh
	@./mesh down $(ARGS)

status: $(STAMP) ## ask every door and every peer question
	@./mesh status $(ARGS)

seeds: $(STAMP) ## the demo with SEEDS=20 different seeds, and their figures
	@$(PY) -m tests.load.seeds --count $(SEEDS)

format: $(STAMP) ## format the code and mend what ruff can mend
	@$(PY) -m ruff format .
	@$(PY) -m ruff check --fix .

# Hashes must be those that everybody's index gives: no settings of this machine take part.
pins: ## compile requirements.txt anew from requirements.in
	@$(PYTHON) -m venv --clear out/pins
	@out/pins/bin/python -m pip install -qq pip-tools==7.6.2
	@env -u PIP_FIND_LINKS -u PIP_INDEX_URL -u PIP_EXTRA_INDEX_URL -u PIP_CONSTRAINT \
	  PIP_CONFIG_FILE=/dev/null CUSTOM_COMPILE_COMMAND="make pins" \
	  out/pins/bin/pip-compile --quiet --generate-hashes --strip-extras --no-emit-index-url \
	  --no-emit-find-links --no-emit-trusted-host --output-file requirements.txt requirements.in

clean: ## remove .venv, out and caches (the mesh's home: ./mesh reset)
	@if ls .mesh/run/*.pid .mesh/demo/run/*.pid >/dev/null 2>&1; then \
	  echo "the mesh may be running: run ./mesh down first" >&2; exit 1; fi
	@rm -rf $(VENV) out .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +

$(STAMP): requirements.txt
	@if [ -z "$(PYTHON)" ]; then \
	  echo "Python 3.11 or newer is needed, and neither python3.11 nor python3 is one (or: make PYTHON=/path/to/python3.11)" >&2; \
	  exit 1; fi
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "$(PYTHON) cannot make virtual environments: install its venv package (on Debian: python3.11-venv)" >&2; exit 1; }
	@echo "making $(VENV) and installing requirements.txt (once; a minute or two)"
	@$(PYTHON) -m venv --clear $(VENV)
	@$(PY) -m pip install -qq --no-input --require-hashes -r requirements.txt
	@touch $@
