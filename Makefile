# Everything one can do here: `make help`.
SHELL := /bin/bash
.DEFAULT_GOAL := help
CARGO ?= cargo
DATA ?= data

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: ## what building needs: npm packages (and a word about what is missing)
	@scripts/setup build

web/node_modules/.stamp: web/package-lock.json
	@scripts/setup build
	@touch $@

web/dist/.stamp: web/node_modules/.stamp $(shell find web/src web/widget/src web/public web/index.html web/vite.config.ts web/widget/vite.config.ts -type f 2>/dev/null)
	cd web && npm run --silent build
	@touch $@

web: web/dist/.stamp ## the web UI and the widget, into web/dist

binary: web
	$(CARGO) build --profile quick -p server

run: binary ## a working product with sample data and simulated customers, in data/demo
	target/quick/switchboard demo --data $(DATA)/demo

run-empty: binary ## a real start: the first page makes the first account, in data/local
	target/quick/switchboard serve --data $(DATA)/local

dev: web/node_modules/.stamp ## server (debug) and web UI with hot reload on :5173
	@scripts/dev

gen: web/node_modules/.stamp ## the API's description and the TypeScript types from it
	$(CARGO) run -q -p server --bin switchboard -- openapi > web/openapi.json.new && mv web/openapi.json.new web/openapi.json
	cd web/tools/openapi && npm ci --silent && npm run --silent gen
	UPDATE_DOCS=1 $(CARGO) test -q -p config >/dev/null

check: web/node_modules/.stamp ## format, lints, types
	$(CARGO) fmt --all -- --check
	$(CARGO) clippy -q --workspace --all-targets -- -D warnings
	cd web && npm run --silent check
	@if command -v cargo-deny >/dev/null; then cargo deny check; else echo "cargo-deny is not installed; skipped (cargo install cargo-deny)"; fi

test: ## everything, on both databases and in a real browser
	@scripts/test

bench: ## figures against a floor measured in the same run (bench/RESULTS.md)
	@scripts/bench

dist: web ## a Debian package and a tarball in dist/, with unit, manual pages, completions and docs
	@scripts/dist

.PHONY: help setup web binary run run-empty dev gen check test bench dist
