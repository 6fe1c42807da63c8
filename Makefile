# Targets with a comment after ## are listed by `make help`.
.DEFAULT_GOAL := help
.PHONY: help run build test test-all fuzz bench bench-all lint clean preflight preflight-bench

DIRS := $(wildcard bench cmd e2e examples filter internal rules sdkhost)

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: build ## start Envoy with envoy.yaml beside a demo upstream and identity server; Ctrl-C ends it
	@go build -o dist/demo ./examples/demo && exec dist/demo

build: ## compile the filter to dist/oathgate.wasm and the command that carries it to dist/oathgate
	@./build.sh
	@cp dist/oathgate.wasm internal/module/data/ && go build -trimpath -o dist/oathgate ./cmd/oathgate

test: preflight ## run every test in one Envoy release (ENVOY_VERSION or ENVOY_PATH choose it)
	@echo "== unit tests, with the race detector"
	go test -race -timeout 10m $$(go list ./... github.com/tidwall/pretty | grep -v -e '/e2e' -e '/internal/closed$$')
	@echo "== the compiled filter on wazero: faults of every host call, random orders of events, a soak, swaps"
	go test -timeout 10m ./internal/closed
	@echo "== end to end: builds the filter, installs Envoy under .tools if needed, and starts it"
	go test -timeout 12m ./e2e/...

test-all: test ## run every test, those in Envoy also in the oldest and a middle release, random ones longer
	go test -count=1 -timeout 10m ./rules/decision -run TestModel -v -decision.orders 100000
	go test -count=1 -timeout 20m ./internal/closed -run 'TestModel|TestSoak' -v -closed.orders 100000 -closed.soaks 10
	go test -count=1 -timeout 30m ./internal/closed -run TestSwaps -v -closed.rules 1000 -closed.swaps 1000 -closed.requests 1000000
	go test -count=1 -timeout 90m ./internal/closed -run TestSwaps -v -closed.rules 10000 -closed.swaps 1000 -closed.requests 1000000
	go test -count=1 -timeout 20m ./e2e/run -run TestSwaps -v -run.load 60s -run.swaps 1000
	go test -count=1 -timeout 20m ./e2e/kratos -v -kratos
	go test -count=1 -timeout 40m ./e2e/istio -v -istio
	go test -count=1 -timeout 20m ./e2e/integrations -run Caddy -v -caddy
	@for v in 1.36.2 1.39.3; do \
		echo "== end to end in Envoy $$v"; \
		ENVOY_PATH= ENVOY_VERSION=$$v go test -count=1 -timeout 12m ./e2e/... || exit 1; \
	done
	@$(MAKE) fuzz

FUZZTIME ?= 60s

fuzz: ## look for inputs that break a property, a minute for each fuzz target; what is found is kept under testdata/fuzz
	@grep -rl --include='*_test.go' '^func Fuzz' rules internal sdkhost | sort | while read -r file; do \
		for target in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9]*\)(.*/\1/p' "$$file"); do \
			echo "== $$(dirname "$$file") $$target"; \
			(cd "$$(dirname "$$file")" && go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 5s .) || exit 1; \
		done; \
	done

bench: preflight-bench build ## measure Oathgate side by side with what does the same job, a quarter of an hour; see bench/README.md
	go run ./bench

bench-all: preflight-bench build ## the same with every size of rule set, every position and more rounds, three quarters of an hour
	go run ./bench -all

lint: ## vet, staticcheck (the filter's packages also as Wasm sees them) and gofumpt
	@go build -modfile=internal/tools/go.mod -o .tools/bin/ honnef.co/go/tools/cmd/staticcheck mvdan.cc/gofumpt
	go vet ./...
	.tools/bin/staticcheck ./...
	@# An exported callback is used by the host alone: U1000 does not know that.
	@echo "GOOS=wasip1 staticcheck ./filter and what it is made of"
	@GOOS=wasip1 GOARCH=wasm .tools/bin/staticcheck -checks inherit,-U1000 -tests=false $$(GOOS=wasip1 GOARCH=wasm go list -deps ./filter | grep '^oathgate/')
	@unformatted=$$(.tools/bin/gofumpt -l $(DIRS)); \
	if [ -n "$$unformatted" ]; then echo "not formatted by gofumpt:"; echo "$$unformatted"; exit 1; fi

clean: ## remove what was built and installed: dist and .tools
	rm -rf dist .tools

preflight:
	@internal/tools/preflight.sh

preflight-bench:
	@internal/tools/preflight.sh bench
