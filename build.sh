#!/bin/sh
# Builds the filter to dist/oathgate.wasm and prints its size and SHA-256, and what of it is which package's.
# The bytes depend on the sources and on the Go release alone, not on the directory: e2e, TestModuleIsReproducible, checks it.
set -eu
cd "$(dirname "$0")"

want_minor=26
version=$(go env GOVERSION 2>/dev/null) || version=missing
minor=$(printf '%s' "$version" | sed -n 's/^go1\.\([0-9]*\).*/\1/p')
if [ -z "$minor" ] || [ "$minor" -lt "$want_minor" ]; then
	echo "build.sh: Go 1.$want_minor or newer is needed, found: $version" >&2
	exit 1
fi

# Packages that run at load time or seldom are not inlined into: 3 % less module, which every start of Envoy compiles,
# and no slower a request.
cold=
for package in oathgate/rules oathgate/rules/token oathgate/rules/tree oathgate/rules/re2 oathgate/rules/template oathgate/rules/template/syntax time github.com/tidwall/pretty; do
	cold="$cold -gcflags=$package=-l"
done

mkdir -p dist
# A reader of dist/oathgate.wasm never meets a half-written file.
out=dist/.oathgate.$$.wasm
patched=dist/.netpoll.$$
trap 'rm -rf "$out" "$patched"' EXIT

# Once a timer has run, and the one that gives memory back does, Go asks the host at every collection which files are
# ready, and takes no for an answer that ends the program. Envoy 1.36 has no poll_oneoff. There are no files: with this,
# nobody asks.
poller=$(go env GOROOT)/src/runtime/netpoll_wasip1.go
mkdir "$patched"
sed '/^func netpoll(delay int64)/a\
	if delay == 0 \&\& len(pds) == 0 {\
		return gList{}, 0\
	}' "$poller" >"$patched/netpoll_wasip1.go"
if ! grep -q 'delay == 0 && len(pds) == 0' "$patched/netpoll_wasip1.go"; then
	echo "build.sh: Go's runtime/netpoll_wasip1.go is not what it was; see above this line in build.sh" >&2
	exit 1
fi
printf '{"Replace": {"%s": "%s"}}' "$poller" "$PWD/$patched/netpoll_wasip1.go" >"$patched/overlay.json"

GOOS=wasip1 GOARCH=wasm GOFLAGS='' GOWASM='' GOEXPERIMENT='' go build -buildmode=c-shared -trimpath -buildvcs=false -overlay "$patched/overlay.json" \
	$cold -ldflags='-s -w -buildid=' -o "$out" ./filter
tool() { # what Go's linker leaves to be done; on this machine, whatever the caller builds for
	GOOS='' GOARCH='' GOFLAGS='' go run ./internal/gowasm "$@"
}
# A tenth less of a file. A Go whose tables look otherwise leaves it as it is.
tool pack "$out" || echo "build.sh: the module is as Go links it" >&2
chmod 644 "$out"
mv -f "$out" dist/oathgate.wasm

size=$(wc -c <dist/oathgate.wasm | tr -d ' ')
if command -v sha256sum >/dev/null 2>&1; then
	sum=$(sha256sum dist/oathgate.wasm | cut -d' ' -f1)
else
	sum=$(shasum -a 256 dist/oathgate.wasm | cut -d' ' -f1)
fi
echo "dist/oathgate.wasm: $size bytes, sha256 $sum"
tool sizes dist/oathgate.wasm || echo "build.sh: its sizes by package are not known" >&2
