# Everything a contributor types. Needs Python 3.11 or newer and make, nothing else.

PYTHON   ?= $(shell command -v python3.11 || command -v python3)
SCENARIO ?= norfolk-2024
VENV     := .venv
BIN      := $(VENV)/bin
READY    := $(VENV)/.ready
DEV      := $(VENV)/.ready-dev
PIP      := $(BIN)/python -m pip --disable-pip-version-check --quiet
WITHIN   := not browser and not office and not database
EXPORT   := $(BIN)/uv export --quiet --no-emit-project --no-header --no-annotate \
	--format requirements-txt

# Tests start hundreds of commands: Python keeps what it compiled for the first of them.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup plan app check static lint types layers audit fuzz format test longer full \
        coverage mutants browser chromium office libreoffice database postgres bench speed golden \
        docs site pictures wheel matrix lock clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## make .venv with the capacity command and what it needs to run
plan: $(READY) ## plan a scenario: make plan SCENARIO=norfolk-2024
	$(BIN)/capacity plan $(SCENARIO) --out out/$(basename $(notdir $(SCENARIO)))
app: $(READY) ## open the planning pages in a browser
	$(BIN)/capacity app

check: static full speed office database browser ## what CI runs: every check and every test
static: $(DEV)
	@$(MAKE) --no-print-directory -j2 lint types layers audit site
lint: $(DEV) ## style and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
types: $(DEV) ## static types
	$(BIN)/mypy
layers: $(DEV) ## who may import whom
	$(BIN)/lint-imports --no-logo --no-cache
audit: $(DEV) ## known vulnerabilities of dependencies, where a network is available
	$(BIN)/python .ci/audit
fuzz: $(DEV) ## fuzz every input for a minute each
	$(BIN)/python tests/fuzz/run.py
format: $(DEV) ## correct style and format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
test: $(DEV) ## the quick tests: one to two minutes on two cores
	$(BIN)/python -m pytest -m "$(WITHIN) and not slow and not longer" \
		--hypothesis-profile quick -n 2 --dist worksteal --durations 5 --durations-min 2
longer: $(DEV) ## list anew in tests/longer.txt what make test leaves out, as timed on this machine
	$(BIN)/python -m pytest -m "$(WITHIN) and not slow" \
		--hypothesis-profile quick -n 2 --dist worksteal --update-longer
full: $(DEV) ## the quick, the longer and the slow tests, without LibreOffice, PostgreSQL and browser
	$(BIN)/python -m pytest -m "$(WITHIN)" \
		--hypothesis-profile quick -n 2 --dist worksteal --durations 5 --durations-min 2
coverage: $(DEV) chromium libreoffice postgres ## every test, with the lines and branches they miss
	$(BIN)/python -m pytest -n 2 --dist worksteal --cov
mutants: $(DEV) ## change the method in every place and see whether tests fail: an hour, in build/
	rm -rf build/mutants && mkdir -p build/mutants
	cp -r capacity tests scenarios data docs benchmarks streamlit_app.py pyproject.toml build/mutants/
	cd build/mutants && nice -n 19 $(CURDIR)/$(BIN)/mutmut run && $(CURDIR)/$(BIN)/mutmut results
browser: $(DEV) chromium ## the pages in a real browser
	$(BIN)/python -m pytest -m browser tests/app -n 2 --dist worksteal
office: $(DEV) libreoffice ## the workbook and the papers, opened by LibreOffice
	$(BIN)/python -m pytest -m office tests/test_report.py tests/test_papers.py \
		-n 2 --dist worksteal
database: $(DEV) postgres ## the workspace on PostgreSQL
	$(BIN)/python -m pytest -m database tests/workspace -n 2 --dist worksteal
libreoffice:
	@.ci/libreoffice
postgres:
	@.ci/postgres
chromium: $(DEV)
	@.ci/chromium $(BIN)/playwright

bench: $(DEV) ## measure what the speed claims are based on
	@set -e; for file in benchmarks/bench_*.py; do $(BIN)/python "$$file"; done
speed: $(DEV) ## whether the main things have become slower, beside a fixed calculation
	$(BIN)/python benchmarks/ratios.py
golden: $(DEV) ## rewrite the expected results, to be read in the diff
	$(BIN)/python -m pytest tests/test_golden.py --update-golden
docs: $(DEV) ## write what is generated in docs/
	$(BIN)/python docs/make_settings.py
	$(BIN)/python docs/make_glossary.py
	$(BIN)/python docs/make_evidence.py
	$(BIN)/python docs/make_dependencies.py
	$(BIN)/python docs/make_pictures.py
	$(BIN)/python docs/make_paper_figures.py
site: $(DEV) ## the documentation as a website, in build/site; fails on a broken link
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
pictures: $(DEV) chromium ## take the guide's pictures from the app
	$(BIN)/python docs/make_app_pictures.py
wheel: $(DEV) ## the installable package, in dist/
	rm -rf dist
	$(BIN)/python -m build --no-isolation --outdir dist .
matrix: wheel ## quick tests of the wheel with the lowest and newest packages on each Python here
	$(BIN)/python .ci/matrix
lock: $(DEV) ## newest versions of everything, to run and to develop, from pyproject.toml
	rm -f uv.lock
	$(EXPORT) --extra checkout --extra cluster --extra sign-in --extra word --extra workspace \
		--output-file requirements.lock
	$(EXPORT) --all-extras --output-file requirements-dev.lock
clean: ## remove what was made
	rm -rf $(VENV) build dist out htmlcov uv.lock .coverage .hypothesis .import_linter_cache \
		.mypy_cache .pytest_cache .ruff_cache test-results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Done again whenever a lock or the project's own settings change. A lock is complete, so pip has
# nothing to resolve: where it did, it once took a newer release of a package locked without its extra.
# Two locks: what it needs to run, which `make plan` installs, and that with every tool of ours.
$(READY): requirements.lock pyproject.toml
	$(call install,$<)
	@touch $@
$(DEV): requirements-dev.lock pyproject.toml
	$(call install,$<)
	@touch $@ $(READY)

define install
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11) and "capacity needs Python 3.11 or newer: make PYTHON=/path/to/python")'
	test -x $(BIN)/python || "$(PYTHON)" -m venv $(VENV)
	$(PIP) install --no-deps --require-hashes -r $(1)
	$(PIP) check
	$(PIP) install --no-deps --no-build-isolation --editable .
endef
