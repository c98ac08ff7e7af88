# Every task of the project, a line or two each: what they do stands in tools/.
# Variables: PYTHON (makes the environment), VENV (its folder; an existing one may be
# named), JOBS (chapters executed side by side), SEEDS, PORT, LAB (options of JupyterLab).
PYTHON ?= python3
VENV ?= .venv
SEEDS ?= 1 2 3
PORT ?= 8000
JOBS_OPTION = $(if $(JOBS),--jobs $(JOBS))

NO_PYTHON = '$(PYTHON) was not found: install Python 3.11, 3.12 or 3.13'
ENVIRONMENT = @command -v "$(PYTHON)" >/dev/null || { echo $(NO_PYTHON) >&2; exit 1; }; \
	"$(PYTHON)" tools/bootstrap.py "$(VENV)"
RUN = @"$(VENV)/bin/python"

.PHONY: help book test check lab serve notebooks seeds clean

help: ## this list
	@sed -n 's/^\([a-z]*\): .*## /  make \1@/p' Makefile | tr '@' '\t' | expand -t 18

book: ## execute the chapters, build the site: _build/html/index.html
	$(ENVIRONMENT)
	$(RUN) tools/build_book.py $(JOBS_OPTION)

test: ## rules, style, the book, and all tests
	$(ENVIRONMENT) --test
	$(RUN) tools/check_chapters.py
	$(RUN) -m ruff check .
	$(RUN) tools/build_book.py $(JOBS_OPTION)
	$(RUN) -m pytest

check: test notebooks ## all of the above, and the notebooks: what CI runs

lab: ## JupyterLab, with the chapters opening as notebooks
	$(ENVIRONMENT)
	$(RUN) -m jupyterlab --LabApp.app_settings_dir=tools/lab \
		--LabApp.default_url=/lab/tree/notebooks $(LAB)

serve: ## the built site on http://127.0.0.1:8000 (PORT=8001 for another)
	$(ENVIRONMENT)
	$(RUN) tools/serve.py --port $(PORT)

notebooks: book ## student and instructor notebooks, and the library: _build/notebooks
	$(RUN) tools/make_notebooks.py

seeds: ## do all claims hold with other seeds? SEEDS="1 2 3"
	$(ENVIRONMENT)
	$(RUN) tools/seeds.py $(SEEDS) $(JOBS_OPTION)

clean: ## remove what was built; the environment .venv stays
	rm -rf _build
