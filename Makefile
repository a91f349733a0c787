# make demo       the whole pipeline on simulated data, two CPU cores, minutes
# make test       lint and all tests
# make install    the virtual environment .venv with pinned dependencies (both do it, too)
# make lint       style, types, workflow
# make test-slow  tests of full-size models
# make test-real  checks on real data, in the folder PROTLANG_REAL_DATA
# make readme     put the tables of the runs demo and real into README.md
# make lock       pin everything that pyproject.toml needs in requirements*.txt
# make compare    numbers of two runs, bit by bit: make compare BEFORE=... AFTER=...
# make bench      speed beside baselines, and docs/performance.md: minutes
# make clean      remove .venv, caches and the demo's results

PYTHON ?= python3
VENV := .venv
ACTIVATE := . $(VENV)/bin/activate
LINTS := lint-style lint-types lint-workflow
# A file's tests stay in one process, and share what they make.
IN_TWO := --numprocesses 2 --dist loadfile --no-loadscope-reorder

.PHONY: demo test test-slow test-real install install-test lint $(LINTS) readme lock compare bench clean

demo: install
	$(ACTIVATE) && snakemake --profile profiles/demo all
	@echo
	@echo "Done. Open results/demo/report.html, or read results/demo/tables/seqvec_table1.md."

test: lint
	$(ACTIVATE) && OMP_NUM_THREADS=1 pytest $(IN_TWO) -m "not real and not slow" $(PYTEST_ARGS)

test-slow: install-test
	$(ACTIVATE) && pytest -m "slow and not real" $(PYTEST_ARGS)

test-real: install-test
	$(ACTIVATE) && pytest -m real $(PYTEST_ARGS)

install: $(VENV)/installed

install-test: $(VENV)/installed-test

$(VENV)/installed: requirements.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "protlang needs Python 3.11 or newer; name one with make PYTHON=...")'
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --requirement requirements.txt
	touch $@

$(VENV)/installed-test: requirements-test.txt $(VENV)/installed
	$(VENV)/bin/pip install --quiet --requirement requirements-test.txt
	touch $@

lint: install-test
	$(MAKE) --jobs 2 --no-print-directory $(LINTS)

lint-style:
	$(ACTIVATE) && ruff check .
	$(ACTIVATE) && ruff format --check .

lint-types:
	$(ACTIVATE) && mypy workflow/scripts/protlang

lint-workflow:
	$(ACTIVATE) && snakefmt --check Snakefile workflow/Snakefile rules
	$(ACTIVATE) && snakemake --lint

readme: install
	$(ACTIVATE) && python docs/update_readme.py

compare: install
	$(ACTIVATE) && python tests/support/compare_runs.py $(BEFORE) $(AFTER)

bench: install
	$(ACTIVATE) && python benchmarks/run_all.py $(PEERS) $(BENCHMARKS)

# pip freeze names local builds such as torch 2.13.0+cpu, which the index does not have.
lock:
	rm -rf build/lock && $(PYTHON) -m venv build/lock
	build/lock/bin/pip install --quiet $$($(PYTHON) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["dependencies"])')
	build/lock/bin/pip freeze | sed 's/+cpu$$//' > requirements.txt
	build/lock/bin/pip install --quiet $$($(PYTHON) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["test"])')
	build/lock/bin/pip freeze | sed 's/+cpu$$//' > requirements-test.txt

clean:
	rm -rf $(VENV) build results/demo logs/demo .pytest_cache .mypy_cache .ruff_cache .hypothesis
