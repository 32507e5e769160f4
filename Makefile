# The only list of commands. `make` alone prints it.
.DEFAULT_GOAL := help
.PHONY: help run setup test soak fuzz bench e2e check format client migrate lock lighthouse screenshots
PY := .venv/bin/python
# Compiled once, not at every start of every process: that costs seconds each.
unexport PYTHONDONTWRITEBYTECODE

help: ## this list
	@grep -hE '^[a-z0-9]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

run: ## the demo town on http://localhost:8000 (PORT=9000; LAN=1: HTTPS for phones on the same network)
	@scripts/setup run
	@.venv/bin/xunfang demo run $(if $(PORT),--port $(PORT)) $(if $(LAN),--lan)

setup: ## everything the tests and checks need
	@scripts/setup test

test: setup ## all tests: server on SQLite and on PostgreSQL, storage on S3, PWA, browser (ARGS="-k word")
	@$(PY) scripts/test.py $(ARGS)

soak: setup ## the long forms of the fault tests, for an hour or more; figures to var/soak.jsonl (ARGS="-k kills")
	@for db in sqlite postgresql; do XF_SOAK=1 $(PY) -m pytest -q -m soak --db=$$db $(ARGS) || exit 1; done
	@XF_SOAK=1 $(PY) -m pytest -q tests/scale/test_two_of_each.py
	@XF_SOAK=1 $(PY) -m pytest -q -m hypothesis --ignore=tests/e2e

fuzz: setup ## coverage-guided fuzzing of our parsers for ten minutes (TARGET=table ARGS="-max_total_time=3600")
	@$(PY) -m fuzz $(or $(TARGET),all) -max_len=8192 $(or $(ARGS),-max_total_time=600)

bench: setup ## what each operation costs beside its target, on SQLite and PostgreSQL (ARGS="--db sqlite --only list,map")
	@$(PY) -m bench $(ARGS)

e2e: setup ## the browser tests alone (ARGS="-k word --headed")
	@$(PY) -m pytest tests/e2e $(ARGS)

check: setup ## formatting, lint, types, import directions, migrations, generated API client, PWA
	@$(PY) scripts/check.py

format: setup ## formats and mends what ruff can mend
	@.venv/bin/ruff check -q --fix . ; .venv/bin/ruff format -q .

client: setup ## writes docs/openapi.json and the PWA's typed API from the server's code
	@.venv/bin/xunfang export-openapi docs/openapi.json
	@cd pwa && npm run --silent client

migrate: setup ## a new migration from the models: make migrate NAME=add_issue_due_at
	@$(PY) -m alembic upgrade head
	@$(PY) -m alembic revision --autogenerate -m "$(or $(NAME),$(error NAME=what_it_does is missing))"

lock: setup ## requirements*.txt anew from requirements*.in (needs uv)
	@for f in requirements requirements-dev; do \
		uv pip compile -q --generate-hashes --no-emit-index-url --no-header --universal $$f.in -o $$f.txt || exit 1; done

lighthouse: setup ## Lighthouse on a phone, median of five, of a running demo (URL=http://localhost:8000)
	@cd pwa && timeout 900 node scripts/lighthouse.mjs $(or $(URL),http://localhost:8000) u.vol01 tinglan-demo

screenshots: setup ## docs/images anew from a running demo (URL=http://localhost:8000)
	@PYTHONPATH=. timeout 600 $(PY) scripts/screenshots.py $(or $(URL),http://localhost:8000)
