# `make` lists the targets. Go and Node are all that is needed; what else the tests want, `make deps` installs or names.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

# Where `make run` and `make demo` listen, and what they keep.
BACKEND_PORT ?= 8000
PAGE_PORT ?= 3000
DATA_DIR ?= data

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
COMMIT ?= $(shell git rev-parse --short HEAD 2>/dev/null)
GO_BUILD := CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=$(VERSION) -X main.commit=$(COMMIT)"

# The race detector needs a C compiler.
CC_FOUND := $(shell command -v gcc || command -v cc || command -v clang)
RACE := $(if $(CC_FOUND),-race)
TEST_FLAGS ?=
BENCH_FLAGS ?=

GOLANGCI_LINT_VERSION := v2.15.0
GOLANGCI_LINT := .tools/golangci-lint-$(GOLANGCI_LINT_VERSION)

# Each server is built and tested by its own go.mod, as its image is; go.work would lend it versions that only a neighbour asks for.
ALONE := GOWORK=off

NODE_MODULES := frontend/node_modules/.package-lock.json
PAGE := frontend/dist/index.html
PAGE_SOURCES := $(shell find frontend/src frontend/public frontend/scripts frontend/index.html frontend/package.json frontend/vite.config.ts frontend/tsconfig.json -type f 2>/dev/null)
GENERATED := backend/internal/adminapi/spec frontend/src/api/schema.d.ts

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: build ## build and start both servers, with SQLite in ./data (BACKEND_PORT, PAGE_PORT, DATA_DIR)
	@BACKEND_PORT=$(BACKEND_PORT) PAGE_PORT=$(PAGE_PORT) DATA_DIR=$(DATA_DIR) deploy/local.sh run

.PHONY: demo
demo: build bin/demo ## the same on a simulated Gemini, with keys and traffic, and data that goes when it stops
	@BACKEND_PORT=$(BACKEND_PORT) PAGE_PORT=$(PAGE_PORT) deploy/local.sh demo

.PHONY: build
build: page backend ## build the page and the programs into bin/
	cd frontend && $(ALONE) $(GO_BUILD) -o ../bin/gemini-proxy-admin .

.PHONY: backend
backend:
	cd backend && $(ALONE) $(GO_BUILD) -o ../bin/ ./cmd/...

.PHONY: bin/demo
bin/demo:
	cd backend/e2e && CGO_ENABLED=0 go build -o ../../bin/demo ./cmd/demo

.PHONY: bin/crowd
bin/crowd:
	cd backend/e2e && CGO_ENABLED=0 go build -o ../../bin/crowd ./cmd/crowd

.PHONY: page
page: $(PAGE)

$(PAGE): $(NODE_MODULES) $(PAGE_SOURCES)
	cd frontend && npm run build
	@touch frontend/dist/.keep $@

$(NODE_MODULES): frontend/package-lock.json frontend/package.json
	cd frontend && npm ci --no-audit --no-fund
	@touch $@

.PHONY: test
test: test-go test-e2e test-page test-walk ## run every test

.PHONY: test-go
test-go: ## the Go tests of both servers, on SQLite and a real Postgres
	$(if $(RACE),,@echo "no C compiler: testing without the race detector")
	cd backend && $(ALONE) go test $(RACE) $(TEST_FLAGS) ./...
	cd frontend && $(ALONE) go test $(RACE) $(TEST_FLAGS) .

.PHONY: test-e2e
test-e2e: build bin/demo ## the built programs as a whole, and the deployment files
	cd backend/e2e && go test $(RACE) $(TEST_FLAGS) ./...

.PHONY: test-page
test-page: $(NODE_MODULES) ## the page's unit tests
	cd frontend && npm test

.PHONY: test-walk
test-walk: build bin/crowd ## hold the built page to its size, and walk it in a browser, against the built programs
	cd frontend && npm run size
	cd frontend && npm run e2e
	cd frontend && npm run e2e:crowd

.PHONY: test-walk-every
test-walk-every: build ## every act of the page in every pair of width, language and theme: ten minutes
	cd frontend && npm run e2e:every

.PHONY: lint
lint: $(GOLANGCI_LINT) $(NODE_MODULES) drift ## run every linter
	$(GOLANGCI_LINT) run --allow-parallel-runners ./backend/... ./frontend
	for module in backend backend/e2e frontend; do (cd $$module && $(ALONE) go mod tidy -diff); done
	cd frontend && npm run lint
	cd frontend && npm run typecheck
	cd frontend && node scripts/complete-lock.mjs --check
	@! grep -n '"resolved": *"http' frontend/package-lock.json backend/e2e/node/package-lock.json || { echo 'package-lock.json names a registry: run npm install again with the .npmrc beside it'; exit 1; }

.PHONY: fmt
fmt: $(GOLANGCI_LINT) $(NODE_MODULES) ## format everything
	$(GOLANGCI_LINT) fmt ./backend/... ./frontend
	cd frontend && npm run format

.PHONY: gen
gen: $(NODE_MODULES) ## write the admin API's description, and the page's types from it
	cd backend && go generate ./internal/adminapi
	cd frontend && npm run gen:api

.PHONY: drift
drift: gen ## fail where a generated file is not what its source says
	@changed=$$(git status --porcelain -- $(GENERATED)); \
	[ -z "$$changed" ] || { git --no-pager diff -- $(GENERATED); echo "generated files differ from their source; commit what make gen wrote:"; echo "$$changed"; exit 1; }

.PHONY: tools
tools: $(GOLANGCI_LINT) ## install the pinned linter into .tools/

$(GOLANGCI_LINT):
	GOBIN=$(CURDIR)/.tools go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT_VERSION)
	mv .tools/golangci-lint $@

.PHONY: bench
bench: bench-gateway bench-parts ## measure everything that docs/performance.md has figures of

.PHONY: bench-gateway
bench-gateway: backend ## measure the gateway beside a bare reverse proxy (BENCH_FLAGS=-rounds=5)
	cd backend/e2e && go run ./bench $(BENCH_FLAGS)

.PHONY: bench-parts
bench-parts: ## measure the pool's picks and imports, and the operator's questions of 200,000 requests
	cd backend && $(ALONE) go test ./internal/pool -run XXX -bench 'Pick|Import'
	cd backend && $(ALONE) go test ./internal/store -run XXX -bench Stats -benchtime 5x

.PHONY: deps
deps: ## install what the tests need beside Go and Node, or say what is missing
	@.ci/deps

.PHONY: clean
clean: ## remove what was built (data/, .tools/ and node_modules/ stay)
	rm -rf bin frontend/dist frontend/test-results
	mkdir frontend/dist && touch frontend/dist/.keep
