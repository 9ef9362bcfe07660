# Every target explains itself: `make help`.
VENV   ?= .venv
PYTHON ?= python3
INSTALLED := $(patsubst $(VENV)/.installed-%,requirements/%,$(firstword $(wildcard $(VENV)/.installed-*)))
# `make demo`, `data` and `repro` need the pipelines' lock alone, or whatever is installed already; the rest needs all.
ifeq ($(filter-out demo data repro,$(MAKECMDGOALS)),)
LOCK   ?= $(or $(INSTALLED),requirements/pipelines.txt)
endif
LOCK   ?= requirements/dev.txt
PORT   ?= 8000
BIN    := $(abspath $(VENV))/bin
STAMP  := $(VENV)/.installed-$(notdir $(LOCK))
export PATH := $(BIN):$(PATH)
export DVC_NO_ANALYTICS := 1
export UV_SYSTEM_CERTS := true
# What a module compiles to is kept, also where a container image says otherwise: the checks start hundreds of Pythons.
unexport PYTHONDONTWRITEBYTECODE
UV = $(BIN)/uv

.DEFAULT_GOAL := help
.PHONY: help setup data repro demo picture pictures check test coverage mutation fuzz serve bot docs lock clean

help: ## show this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## install everything, at locked versions, into .venv

$(BIN)/uv: requirements/bootstrap.txt
	@echo "· creating $(VENV)"
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3,11) <= sys.version_info < (3,14) else "mergegate needs Python 3.11, 3.12 or 3.13, and this is %d.%d: call make PYTHON=python3.12" % sys.version_info[:2])'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	@touch $@

$(STAMP): $(LOCK) pyproject.toml $(BIN)/uv
	@echo "· installing $(LOCK) (locked, with hashes)"
	@$(UV) pip sync --quiet --python $(BIN)/python --require-hashes $(LOCK) requirements/bootstrap.txt
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@rm -f $(VENV)/.installed-*; touch $@

data: setup ## bring the data: from the remote, or collected and proven by hash
	@$(BIN)/python scripts/bring_data.py

repro: data ## reproduce the pipelines (runs only what changed)
	@$(BIN)/mergegate run

demo: setup ## play three pull requests and see them judged
	@$(BIN)/python scripts/demo.py

picture: setup ## take the README's picture again, of the comment that `make demo` left
	@$(BIN)/python scripts/screenshots.py build/demo/broken/report/report.md docs/images/blocked.png

pictures: setup ## take the pictures of docs/report.md again, from real runs
	@PYTHONPATH=src:. $(BIN)/python -m scripts.pictures

check: setup ## lint, types and fast tests, in under a minute
	@scripts/check.sh

test: setup ## lint, types and all tests, which reach every branch of stats and judge
	@scripts/check.sh --without-tests
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder
	@$(MAKE) --no-print-directory coverage

coverage: setup ## every branch of stats and judge, by their own fast tests
	@$(BIN)/python -m pytest -q -m "not slow" --cov --cov-config=pyproject.toml tests/stats tests/judge

mutation: setup ## plant faults in stats and judge, one at a time: do their tests notice? (goes on where it was stopped)
	@PYTHONPATH=src:. $(BIN)/python -m benchmarks.mutation

fuzz: setup ## a million broken inputs, 100,000 reports, 300 made-up pipelines, 250 kill points, every failing request: hours
	@$(BIN)/python -W ignore -m benchmarks.fuzz_parsers --inputs 1000000
	@MERGEGATE_FUZZ_REPORT=100000 $(BIN)/python -m pytest -n 2 -q --timeout 0 tests/report/test_inert.py
	@MERGEGATE_FUZZ=300 $(BIN)/python -m pytest -n 2 -q --timeout 0 tests/rerun/test_agreement.py tests/rerun/test_killed.py tests/rerun/test_faults.py
	@MERGEGATE_FUZZ=1 $(BIN)/python -m pytest -n 2 -q --timeout 0 $$(grep -rl --include='test_*.py' 'import tries' tests)

serve: data ## serve both models: the versions that the tags of prod name, or those of this clone (PORT=8000)
	@$(BIN)/dvc repro --quiet predict loan-predict
	@printf '%s\n' '· listening at http://127.0.0.1:$(PORT); in another terminal, try:' \
	  "  curl -s http://127.0.0.1:$(PORT)/version" \
	  "  curl -s http://127.0.0.1:$(PORT)/v1/intent -H 'Content-Type: application/json' -d '{\"utterance\": \"turn on the kitchen light\", \"language\": \"en\"}'" \
	  "  curl -s http://127.0.0.1:$(PORT)/v1/loan -H 'Content-Type: application/json' -d '{\"unver\":0,\"pubrec\":1,\"cons\":5,\"chist\":1,\"mortg\":2,\"obrat\":45.5,\"hrat\":20,\"loanprc\":0.9,\"netw\":30,\"unem\":3.2,\"multi\":null}'"
	@$(BIN)/python -m service --stage prod --here --port $(PORT)

bot: ## talk to the service through the little bot (`make serve` first; PORT=8000, or BOT_SERVICE=URL for another one)
	@command -v node >/dev/null || { echo "the bot needs Node.js 20 or newer"; exit 1; }
	@BOT_SERVICE="$${BOT_SERVICE:-http://127.0.0.1:$(PORT)}" node bot/bot.mjs

docs: setup ## write the rule pages, the policy reference and the schemas, and build the site into build/site
	@PYTHONPATH=src:. $(BIN)/python scripts/rule_pages.py
	@PYTHONPATH=src:. $(BIN)/python scripts/reference.py
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

lock: $(BIN)/uv ## recompile requirements/*.txt for all platforms, with hashes and without addresses
	@scripts/lock.sh

clean: ## remove what can be made again (not the data, not the remote)
	rm -rf build mutants .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
