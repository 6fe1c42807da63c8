package template_test

import (
	"strings"
	"testing"
)

// sprigActions are of the functions that words.go, snakecase.go, decimal.go,
// paths.go, hashes.go and merge.go hold.
const sprigActions = `
{{ hello }}{{ untitle "Hello World ÄB" }}{{ untitle .Extra.u }}{{ untitle "\xffA" }}{{ swapcase "aB cD ǅx éÉ" }}{{ swapcase .Subject }}{{ swapcase "a1b c-d ß" }}
{{ initials "Hello wide world" }}{{ initials " a\tbc é x" }}{{ initials "" }}{{ initials .Subject }}
{{ abbrev 5 "hello world" }}|{{ abbrev 3 "hello world" }}|{{ abbrev 11 "hello world" }}|{{ abbrev 4 "hello" }}|{{ abbrev -1 "x" }}|{{ abbrev 5 "" }}
{{ abbrevboth 5 10 "1234 5678 9123" }}|{{ abbrevboth 0 10 "1234 5678 9123" }}|{{ abbrevboth 100 7 "1234 5678 9123" }}|{{ abbrevboth 5 6 "1234 5678 9123" }}|{{ abbrevboth 6 7 "1234 5678 9123 xyz" }}|{{ abbrevboth -3 8 "1234 5678 9123 xyz" }}|{{ abbrevboth 0 5 "1234567" }}|{{ abbrevboth 5 3 "1234567" }}|{{ abbrevboth 4 9 "abcdefghijklm" }}|{{ abbrevboth 5 9 "abcdefghijklm" }}|{{ abbrevboth 9 9 "abcdefghijklm" }}
{{ wrap 5 "hello wide  world abcdefghijk x" }}|{{ wrap 0 "a b" }}|{{ wrap 80 "short" }}|{{ wrap 3 "abcdef" }}|{{ wrap 5 "     x" }}|{{ wrap 4 "" }}|{{ wrap 1 "é é" }}
{{ wrapWith 5 "\t" "hello wide  world abcdefghijk x" }}|{{ wrapWith 2 "" "abcdef" }}|{{ wrapWith -1 "-" "abc" }}
{{ camelcase "http_server" }}|{{ camelcase "_complex__case_" }}|{{ camelcase "GOLANG_IS_GREAT" }}|{{ camelcase "no-https now" }}|{{ camelcase "__" }}|{{ camelcase "" }}|{{ camelcase "a" }}|{{ camelcase "_" }}|{{ camelcase "ab__" }}|{{ camelcase "Ab_CD-e  f" }}|{{ camelcase .Extra.u }}|{{ camelcase "HTTPServer" }}|{{ camelcase "x9_y" }}
{{ snakecase "FirstName" }}|{{ snakecase "HTTPServer" }}|{{ snakecase "NoHTTPS" }}|{{ snakecase "GO_PATH" }}|{{ snakecase "GO PATH" }}|{{ snakecase "http2xx" }}|{{ snakecase "HTTP20xOK" }}|{{ snakecase "Duration2m3s" }}|{{ snakecase "Bld4Floor3rd" }}|{{ snakecase "" }}|{{ snakecase "a" }}|{{ snakecase "a.B-c_d  e" }}|{{ snakecase "中文Ab" }}|{{ snakecase "A" }}|{{ snakecase "AB" }}|{{ snakecase "ABc" }}|{{ snakecase "1a" }}|{{ snakecase "a1" }}|{{ snakecase "€x" }}|{{ snakecase "_A_" }}|{{ snakecase .Extra.u }}|{{ snakecase "x1-2y" }}|{{ snakecase "A1B2c3" }}|{{ snakecase "aB1" }}|{{ snakecase "É1é" }}
{{ kebabcase "FirstName" }}|{{ kebabcase "HTTP20xOK" }}|{{ kebabcase "a_b c" }}|{{ kebabcase "Bld4Floor3rd" }}|{{ kebabcase "!!A?b" }}
{{ add1f 1.5 }}|{{ addf 0.1 0.2 }}|{{ addf }}|{{ addf 1 "2.5" true }}|{{ subf 0.3 0.1 }}|{{ subf 1 }}|{{ mulf 1.1 1.1 }}|{{ mulf 2 "x" }}|{{ divf 10 3 }}|{{ divf 1 8 2 }}|{{ divf 2 3 }}|{{ divf -2 3 }}|{{ divf 1e-17 1 }}|{{ divf 5e-17 1 }}|{{ divf 0 5 }}|{{ divf 1e300 1e-300 }}|{{ mulf 1e-300 1e-300 }}|{{ addf 1e300 1e-300 }}|{{ subf 1e22 1 }}|{{ divf 1 3e20 }}
{{ divf 1 0 }}
{{ addf "NaN" 1 }}
{{ mulf 1e300 1e300 }}|{{ addf .Extra.n .Extra.exp }}|{{ mulf -1 0 }}|{{ subf 0.1 0.1 }}
{{ addf "Inf" }}
{{ base "a/b.txt" }}{{ dir "a/b.txt" }}{{ clean "a/../b//c/" }}{{ ext "a/b.tar.gz" }}{{ isAbs "/a" }}{{ isAbs "a" }}{{ base "" }}{{ dir "" }}{{ clean "" }}{{ ext "" }}{{ base "/" }}{{ dir .MatchContext.URL.Path }}
{{ osBase "a/b.txt" }}{{ osDir "a/b.txt" }}{{ osClean "a/../b//c/" }}{{ osExt "a/b.tar.gz" }}{{ osIsAbs "/a" }}{{ osIsAbs "C:\\a" }}{{ osBase "a\\b" }}
{{ sha1sum "" }}{{ sha1sum .Subject }}{{ sha512sum .Subject }}{{ adler32sum "Wikipedia" }}{{ adler32sum "" }}{{ sha256sum "" }}{{ repeat 55 "a" | sha1sum }}{{ repeat 56 "a" | sha1sum }}{{ repeat 64 "a" | sha1sum }}{{ repeat 3000 "\xff" | adler32sum }}
{{ b32enc .Subject }}{{ b32enc "a" | b32dec }}{{ b32dec "MFRGG===" }}{{ b32dec "!" }}{{ b32dec "MF\nRGG===" }}{{ b32dec "mfrgg===" }}{{ b32dec "" }}{{ b32dec "MFRGG" }}
{{ deepCopy .Extra | toJson }}{{ deepCopy 1 }}{{ deepCopy "a" }}{{ deepCopy (list 1 (dict "a" 2)) }}{{ mustDeepCopy .MatchContext.RegexpCaptureGroups }}
{{ $d := dict "a" (dict "b" 1) }}{{ $c := deepCopy $d }}{{ $_ := set $c.a "b" 2 }}{{ $d }}{{ $c }}
{{ merge (dict "a" 1 "b" 0 "c" "" "e" nil) (dict "a" 2 "b" 3 "c" "x" "d" 4 "e" 5) }}{{ merge (dict) (dict "a" 1) (dict "a" 2 "b" 3) }}{{ merge (dict "a" 1) }}
{{ mergeOverwrite (dict "a" 1 "b" 2 "c" 3) (dict "a" 9 "b" 0 "c" nil "d" "") }}{{ mustMerge (dict "a" 1) (dict "a" 2) }}{{ mustMergeOverwrite (dict "a" 1) (dict "a" 2) }}
{{ merge (dict "m" (dict "x" 1 "z" 0)) (dict "m" (dict "x" 2 "y" 3 "z" 4) "n" (dict "q" 1)) }}{{ merge (dict "m" (dict)) (dict "m" (dict "y" 3)) }}{{ merge (dict "m" "s") (dict "m" (dict "y" 3)) }}{{ merge (dict "m" (dict "a" 1)) (dict "m" 5) }}{{ mergeOverwrite (dict "m" (dict "a" 1)) (dict "m" 5) }}{{ mergeOverwrite (dict "m" 5) (dict "m" (dict "a" 1)) }}{{ mergeOverwrite (dict "m" (dict "a" 1 "b" 2)) (dict "m" (dict "a" 2)) }}
{{ merge (dict "l" (list 1)) (dict "l" (list 2)) }}{{ merge (dict "l" (list)) (dict "l" (list 2)) }}{{ merge (dict "a" 1) (dict "l" (list 2)) }}{{ mergeOverwrite (dict "l" (list 1 2)) (dict "l" (list 3)) }}{{ mergeOverwrite (dict "l" (list 1 2)) (dict "l" (list)) }}{{ merge (dict "l" 5) (dict "l" (list 3)) }}{{ merge (dict "l" nil) (dict "l" (list 3)) }}{{ mergeOverwrite (dict "l" (dict "a" 1)) (dict "l" (list 3)) }}
{{ date "2006-01-02T15:04:05Z07:00" 0 }}|{{ date "Mon Jan _2 3:04PM .000 MST -0700" 1795611906 }}|{{ date "" 0 }}|{{ htmlDate -1 }}|{{ dateInZone "15:04" (int64 5e9) "UTC" }}|{{ date_in_zone "15:04" 3600 "" }}|{{ htmlDateInZone 86400 "Local" }}
{{ duration "95" }}|{{ duration 95 }}|{{ duration (int64 95) }}|{{ duration "x" }}|{{ duration nil }}|{{ duration "-3601" }}
{{ durationRound "2h10m5s" }}|{{ durationRound "2400h" }}|{{ durationRound "99999h" }}|{{ durationRound "1s" }}|{{ durationRound "-49h" }}|{{ durationRound (int64 5000000000) }}|{{ durationRound 5 }}|{{ durationRound "" }}|{{ durationRound "90m" }}|{{ durationRound "61s" }}
{{ unixEpoch 5 }}
{{ toDate "2006-01-02" "2026-11-25" }}|{{ toDate "2006-01-02" "x" }}|{{ toDate "2006-01-02T15:04:05Z07:00" "2026-11-25T14:05:06+02:00" | unixEpoch }}|{{ mustToDate "Jan _2 2006 3:04PM" "Nov  5 2026 2:07AM" | date "15:04" }}|{{ (toDate "15:04:05.000" "01:02:03.456").UnixNano }}
{{ mustToDate "2006-01-02" "2026-02-30" }}
{{ semver "1.2.3-beta.1+b1" }}|{{ (semver "v1.2").Major }}|{{ (semver "1.2").Minor }}|{{ $v := semver "1.2.3-a+b" }}{{ $v.Patch }}{{ $v.Prerelease }}{{ $v.Metadata }}{{ $v.Original }}{{ $v.String }}|{{ $v | toJson }}|{{ typeOf $v }}|{{ kindOf $v }}|{{ quote $v }}
{{ semver "x" }}
{{ semver "1.2.3.4" }}
{{ semver "1.2.3-01" }}
{{ semver "" }}
{{ semver "99999999999999999999.1" }}
{{ semverCompare "1.2.3" "1.2.3" }}{{ semverCompare "^1.2.0" "1.9.0" }}{{ semverCompare "~1.2" "1.3.0" }}{{ semverCompare ">=1.0, <2" "1.5" }}{{ semverCompare "1 - 2" "1.9" }}{{ semverCompare "1.x || >=3" "3.1.0" }}{{ semverCompare "*" "0.0.1" }}{{ semverCompare ">1" "1.5" }}{{ semverCompare "!=1.2" "1.2.9" }}
{{ semverCompare ">> 1" "1.5" }}
{{ semverCompare "1" "x" }}
{{ semverCompare "" "1.0" }}
{{ urlParse "http://user:p%40ss@host.test:8080/p%20a?q=1#f%20g" | toJson }}|{{ urlParse "/a/b?c" }}|{{ urlParse "mailto:a@b" | toJson }}|{{ urlParse "" }}|{{ urlParse "//h/x" }}|{{ (urlParse "https://[::1]:443/x").hostname }}|{{ urlParse .MatchContext.URL.Path | toJson }}
{{ urlParse "http://[::1" }}
{{ urlParse ":x" }}
{{ urlParse "http://a b/" }}
{{ urlParse "%zz" }}
{{ urlJoin (dict "scheme" "https" "host" "h.test:1" "path" "a b" "query" "q=1" "fragment" "f g" "userinfo" "u:p/w") }}|{{ urlJoin (dict "path" "a:b") }}|{{ urlJoin (dict "userinfo" "u" "path" "x") }}|{{ urlJoin (dict "scheme" "mailto" "opaque" "a@b") }}|{{ urlJoin (dict) }}|{{ urlJoin (urlParse "http://a/b?c#d") }}|{{ urlJoin (dict "host" "a" "path" "b") }}
{{ urlJoin (dict "host" 5) }}
{{ urlJoin (dict "userinfo" "a b") }}
{{ regexMatch "^[a-z]+$" .Subject }}{{ .Subject | regexMatch "l.c" }}{{ mustRegexMatch "(?i)ALICE" .Subject }}{{ regexMatch "" "" }}{{ mustRegexMatch .MatchContext.Method "GET" }}
{{ mustRegexMatch "(" "x" }}
{{ regexFind "[0-9]+" "ab12cd3" }}{{ mustRegexFind "x" "" }}{{ regexFindAll "[a-z]" "a1b2c3" -1 }}{{ regexFindAll "[a-z]" "a1b2c3" 2 | toJson }}{{ regexFindAll "z" "a" -1 | toJson }}{{ mustRegexFindAll "" "ab" 0 }}
{{ regexReplaceAll "a(x*)b" "-ab-axxb-" "${1}W" }}{{ mustRegexReplaceAll "(?P<n>l)" .Subject "<$n>" }}{{ regexReplaceAllLiteral "a(x*)b" "-ab-axxb-" "${1}" }}{{ mustRegexReplaceAllLiteral "" "ab" "-" }}{{ "a.b" | regexReplaceAll "\\." "x" }}
{{ regexSplit "z+" "pizza" -1 }}{{ regexSplit "," "a,b,c" 2 | toJson }}{{ mustRegexSplit "" "abc" -1 | toJson }}{{ regexSplit "," "" -1 | toJson }}{{ regexSplit "," "a" 0 | toJson }}{{ regexQuoteMeta "1.2.3[a]" }}
{{ regexFind "(" "x" }}
{{ regexReplaceAll "[" "x" "y" }}
{{ if regexMatch "^/api/v[0-9]+/" .MatchContext.URL.Path }}y{{ else }}n{{ end }}{{ regexReplaceAll "^.*@" .Subject "" }}
{{ date_modify "1h" 5 }}
{{ merge (dict) .Extra | toJson }}{{ merge (dict "a" 1) .Extra.identity | toJson }}
`

func TestSprigActionsAreThoseOfOathkeeper(t *testing.T) {
	for _, text := range strings.Split(strings.TrimSpace(sprigActions), "\n") {
		same(t, text)
	}
}
