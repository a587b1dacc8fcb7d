# make run: the demo city. make test: everything. Both set up .venv first; nothing else is needed
# beforehand than python3.11 (or newer), make and git.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
UV_VERSION := 0.13.9
PIP_INDEX ?= $(or $(PIP_INDEX_URL),https://pypi.org/simple)
WORKERS ?= 2

BIN := .venv/bin
export UV_PYTHON_DOWNLOADS := never
export UV_PROJECT_ENVIRONMENT := .venv
export UV_NO_PROGRESS := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_ROOT_USER_ACTION := ignore
# Compiled modules are kept even where the machine's own settings say otherwise: pytest's cost it seconds.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help install run test check check-web check-code bench format lock clean openapi web

# Fetches pip's own wheel from the index and checks it against the digest the index gives.
define FETCH_PIP
import hashlib, re, sys, urllib.parse, urllib.request
page_at = sys.argv[1].rstrip("/") + "/pip/"
page = urllib.request.urlopen(page_at, timeout=60).read().decode()
link = re.search(r'href="([^"#]*/pip-25\.3-py3-none-any\.whl)#sha256=([0-9a-f]{64})"', page)
wheel = urllib.request.urlopen(urllib.parse.urljoin(page_at, link[1]), timeout=60).read()
assert hashlib.sha256(wheel).hexdigest() == link[2], "pip's wheel is not what the index says it is"
open(sys.argv[2], "wb").write(wheel)
endef
export FETCH_PIP

help:
	@echo "make run | test | check | bench | format | install | lock | clean"

install: .venv/.installed web/dist/.built

# The front end is built again when one of its sources is younger than the build.
NPM := $(BIN)/python scripts/npm.py
WEB := $(shell find web/src web/plugins web/public -type f ! -name components.d.ts ! -name schema.d.ts 2>/dev/null)

web: web/dist/.built

web/node_modules/.installed: web/package-lock.json | .venv/.installed
	@$(NPM) ci --no-audit --loglevel=error
	@touch $@

web/dist/.built: web/node_modules/.installed web/openapi.json web/index.html web/vite.config.ts web/tsconfig.json $(WEB)
	@$(NPM) run --silent build > web/.build.log 2>&1 || { cat web/.build.log; exit 1; }
	@touch $@

# The document the front end's client is made from.
openapi: .venv/.installed
	$(BIN)/python -c "import sys; from yuzhi.doors.api import document; sys.stdout.buffer.write(document() + b'\n')" > web/openapi.json

# The stamp is younger than the lock once the locked packages are in. They are compiled at once: a machine
# that keeps Python from writing bytecode would compile them anew for every command.
.venv/.installed: pyproject.toml uv.lock | $(BIN)/uv
	$(BIN)/uv sync --quiet --frozen --compile-bytecode --python $(BIN)/python
	@$(BIN)/python -m compileall -q -j 0 src tests bench
	@touch $@

# Debian's python3.11 lacks ensurepip until python3.11-venv is there: root installs that, others load
# pip's own wheel. A folder left behind by a try that failed is begun again.
$(BIN)/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Yuzhi needs Python 3.11 or newer; name one with: make PYTHON=/path/to/python3.11"; exit 1; }
	@if ! $(PYTHON) -c 'import ensurepip' 2>/dev/null && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -qq; DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv || true; \
	fi
	@if $(PYTHON) -c 'import ensurepip' 2>/dev/null; then \
	  $(PYTHON) -m venv --clear .venv; \
	else \
	  $(PYTHON) -m venv --clear --without-pip .venv && \
	  $(PYTHON) -c "$$FETCH_PIP" $(PIP_INDEX) .venv/pip-25.3-py3-none-any.whl && \
	  $(BIN)/python .venv/pip-25.3-py3-none-any.whl/pip install --quiet --no-index .venv/pip-25.3-py3-none-any.whl; \
	fi
	@$(BIN)/python -m pip install --quiet uv==$(UV_VERSION)

run: install
	$(BIN)/yuzhi demo

# The front end and the code are checked side by side: each takes about half a minute.
check: install
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target check-web check-code

check-web:
	$(NPM) run --silent check

check-code:
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/lint-imports --no-logo
	$(BIN)/mypy
	$(if $(wildcard packs/*/pack.toml),$(BIN)/yuzhi packs check packs/*)

# A file's tests stay together and in order: what a file sets up is set up once, and chance orders nothing.
test: check
	$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

bench: install
	$(BIN)/python -m bench

format: install
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Only plain PyPI may stand in the lock, whatever this machine's own index settings are.
lock: | $(BIN)/uv
	env -u UV_INDEX_URL -u UV_EXTRA_INDEX_URL -u UV_FIND_LINKS $(BIN)/uv lock --no-config --default-index https://pypi.org/simple $(LOCK)

clean:
	rm -rf .venv web/node_modules web/dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
