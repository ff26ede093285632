# Both `make book` and `make test` set everything up themselves.
PYTHON ?= python3
BIN := .venv/bin
CODE := conftest.py hatch_build.py lib tests benchmarks notebooks book
export TQDM_DISABLE = 1
# as lib/weightprobes/__init__.py has it, also for notebooks that import torch first
export OMP_WAIT_POLICY ?= passive

# All cores, one thread each; a file, or a notebook with its cells, stays in one process.
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder
NBVAL := --nbval --nbval-current-env --nbval-cell-timeout 300 -p no:cacheprovider

BASE ?= HEAD

.PHONY: book render pdf article test style lowest release-check reproduce adopt compare notebooks bench mutation clean

book: .venv/.installed  ## execute every notebook on the kept tables and render _build/html
	$(BIN)/python -m weightprobes.book.build

render: .venv/.installed  ## render _build/html from the committed notebooks as they are
	$(BIN)/python -m weightprobes.book.build render

pdf: .venv/.installed  ## print the rendered book as one PDF, _build/html/book.pdf
	$(BIN)/python -m weightprobes.book.pdf

article: .venv/.installed  ## make the replication report, _build/article/article.pdf, from the kept tables
	$(BIN)/python -m weightprobes.book.article

style: .venv/.installed  ## what is quick to check; before each commit, too, if pre-commit is installed
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/lint-imports
	$(BIN)/mypy

test: style  ## the code's style, the tests, and the committed notebooks cell by cell
	$(PYTEST) tests
	env -u WEIGHTPROBES_DATA $(PYTEST) $(NBVAL) notebooks book  # the kept tables suffice

lowest:  ## run the tests on the lowest versions that pyproject.toml allows, in an environment of its own
	$(PYTHON) -m venv --clear _build/lowest
	_build/lowest/bin/pip install --quiet uv
	_build/lowest/bin/uv pip install --quiet --python _build/lowest --resolution lowest-direct -e '.[book,cluster,ner,test]'
	OMP_NUM_THREADS=1 _build/lowest/bin/python -m pytest -n auto --dist loadfile -W default tests  # old packages warn of new ones

release-check: .venv/.installed  ## build the wheel, look at it, do with it what a newcomer does first, and run the tests on the lowest versions
	$(BIN)/python -m pip install --quiet build check-wheel-contents twine
	rm -rf _build/dist
	$(BIN)/python -m build --outdir _build/dist
	$(BIN)/twine check --strict _build/dist/*
	$(BIN)/check-wheel-contents _build/dist/*.whl
	WEIGHTPROBES_WHEEL=$$(ls _build/dist/*.whl) $(BIN)/python -m pytest -rP --timeout 1800 tests/release
	$(MAKE) lowest

reproduce: .venv/.installed  ## make every table anew from raw data, in _build/reproduce, and compare
	TQDM_DISABLE= $(BIN)/python -m weightprobes.book.reproduce

adopt: .venv/.installed  ## list the tables that reproduce would replace; with YES=1, replace them
	$(BIN)/python -m weightprobes.book.reproduce adopt $(if $(YES),--yes)
	$(if $(YES),$(MAKE) notebooks)

compare: .venv/.installed  ## show which tables differ from those of a commit: make compare BASE=v0.1
	rm -rf _build/compare
	mkdir -p _build/compare
	git archive --output=_build/compare/data.tar $(BASE) data
	tar -xf _build/compare/data.tar -C _build/compare
	$(BIN)/weightprobes diff _build/compare .

notebooks: .venv/.installed  ## execute the committed notebooks in place, after editing one
	$(BIN)/python -m weightprobes.book.build refresh

bench: .venv/.installed  ## measure what training, probing and runs cost, for the book
	$(BIN)/python benchmarks/cost.py
	$(BIN)/python benchmarks/engine.py
	$(BIN)/python benchmarks/runs.py
	$(BIN)/python benchmarks/ner.py
	$(BIN)/python benchmarks/difficulty.py

mutation: .venv/.installed  ## try three hundred small faults in the code, and say which the tests miss
	$(BIN)/python -m pip install --quiet 'mutmut>=3.8,<4'
	OMP_NUM_THREADS=1 $(BIN)/python benchmarks/mutation.py

clean:  ## remove what can be made again
	rm -rf .venv _build .pytest_cache .ruff_cache .hypothesis lib/*.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[article,book,cluster,ner,test]'
	touch $@
