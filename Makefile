# `make run`: the product on this machine.   `make test`: everything that has to be true.
# Nothing is installed outside of this folder, but, for the tests, a browser, a font and compose.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/sh
# The first Python here that the locked packages run on, and that is whole.
PYTHON ?= $(shell for each in python3 /usr/bin/python3 python3.11 python3.12 python3.13; do \
	$$each -c 'import ensurepip, ssl, sys, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' >/dev/null 2>&1 && echo $$each && break; done)
VENV := .venv
PY := $(VENV)/bin/python
UV := $(VENV)/bin/uv
# Node from the machine when it is new enough, else from a pinned wheel in the venv.
NODE_OK := $(shell node -e 'process.exit(+process.versions.node.split(".")[0] >= 20 ? 0 : 1)' 2>/dev/null && echo yes)
NPM := $(if $(NODE_OK),npm,PATH="$(CURDIR)/$(VENV)/bin:$$PATH" npm)
PAGES := $(shell find frontend/src frontend/public frontend/index.html frontend/vite.config.ts frontend/tsconfig.json -type f 2>/dev/null)
export PYTHONPATH := $(CURDIR):$(CURDIR)/platform

.PHONY: help
help:
	@echo "make run     set up and run Kizu at http://127.0.0.1:8000"
	@echo "make test    set up, then lint, types, unit, flow and browser tests"
	@echo "make build   set up and build the pages"
	@echo "make lint    ruff, mypy, TypeScript"
	@echo "make bench   every benchmark; figures go to docs/benchmarks"
	@echo "make mutation  how many small faults in the quality library its tests see"
	@echo "make types   the pages' types anew from the API's document"
	@echo "make lock    pin the dependencies anew"

$(VENV)/bin/uv: requirements-uv.txt
	@test -n "$(PYTHON)" || { echo "Kizu needs Python 3.11, 3.12 or 3.13 with venv: apt-get install python3-venv, or name one with PYTHON=."; exit 1; }
	rm -rf $(VENV)
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.txt
	@touch $@

$(VENV)/.installed: $(VENV)/bin/uv requirements.lock requirements-node.txt
	$(UV) pip sync --quiet --python $(PY) --require-hashes requirements.lock $(if $(NODE_OK),,requirements-node.txt) requirements-uv.txt
	@touch $@

frontend/node_modules/.installed: $(VENV)/.installed frontend/package-lock.json
	cd frontend && $(NPM) ci --no-audit --no-fund --loglevel=error
	@touch $@

frontend/dist/index.html: frontend/node_modules/.installed $(PAGES)
	cd frontend && $(NPM) run --silent build
	@touch $@

.PHONY: setup build run
setup: $(VENV)/.installed frontend/node_modules/.installed
build: frontend/dist/index.html
run: build
	@exec $(PY) manage.py up

.PHONY: lint
lint: setup
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	cd frontend && $(NPM) run --silent check

.PHONY: browser test
# Chromium and a Chinese font come from the system's packages.
browser:
	@if ! { command -v chromium && fc-list :lang=zh family | grep -q .; } >/dev/null 2>&1; then \
		if [ "$$(id -u)" = 0 ]; then \
			apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk fontconfig; \
		else \
			echo "The browser tests need: apt-get install chromium fonts-noto-cjk fontconfig"; exit 1; \
		fi; \
	fi

.PHONY: compose
# With compose the tests of the server files are whole; without it they are said to be skipped.
compose:
	@if ! { docker compose version || docker-compose version; } >/dev/null 2>&1 && [ "$$(id -u)" = 0 ]; then \
		{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends docker-compose; } \
			|| echo "No compose here: its tests are skipped."; \
	fi

# Two files of tests at once, each with servers of its own: most of them wait, or use one core.
test: build browser compose lint
	cd frontend && $(NPM) test --silent
	OMP_NUM_THREADS=1 OMP_WAIT_POLICY=passive $(PY) -m pytest -n 2 --dist loadscope --no-loadscope-reorder

.PHONY: bench
bench: build
	for script in bench/*.py; do case $$script in */__init__.py|*/mutation.py) ;; *) $(PY) $$script || exit 1 ;; esac; done

.PHONY: mutation
# Not part of the benchmarks: it takes a quarter of an hour, and says nothing of the machine.
mutation: $(VENV)/.installed
	$(PY) bench/mutation.py

.PHONY: types
types: setup
	cd frontend && $(NPM) run --silent api

.PHONY: lock
LOCK := $(UV) pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --overrides overrides.txt
lock: $(VENV)/bin/uv
	$(LOCK) --quiet --all-extras -o requirements.lock
	$(LOCK) --quiet --extra web --extra embedded -c requirements.lock -o requirements-web.lock
