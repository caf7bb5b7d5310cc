#!/bin/sh
# The JSON documents: that they are JSON, and that they say what the other formats say. Catches a number in the wrong
# field, a list that is not complete, and strings that break the document.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/truth/lib

# is_json FILE: what a reader that is not ours says; where there is none, that it is not empty
is_json() {
	if command -v python3 >/dev/null; then
		python3 -m json.tool "$1" >/dev/null
	else
		[ -s "$1" ]
	fi
}

# list FILE KEY: the elements of a list of the document, each on its line without its end
list() {
	awk -v key="	\"$2\": [" '$0 == key { inside = 1; next } /^\t\],?$/ { inside = 0 } inside { sub(/^\t\t/, ""); sub(/,$/, ""); print }' "$1"
}

# number FILE KEY: a number of the document itself
number() {
	sed -n "s/^	\"$2\": \([0-9]*\),*\$/\1/p" "$1"
}

# sum FIELD: of the elements on standard input
sum() {
	sed -n "s/.*\"$1\": \([0-9]*\)[,}].*/\1/p" | awk '{ n += $1 } END { printf "%.0f\n", n }'
}

zones() { # as --format=zoneinfo prints them
	list "$1" nodes | sed -e 's/{"name"/\n&/g' | awk -F '[:,}] *' '
		/^{"node"/ { node = $2 }
		/^{"name"/ {
			gsub(/"/, "", $2)
			printf "Node %d, zone %8s\n        spanned  %.0f\n        present  %.0f\n        managed  %.0f\n  start_pfn:           %.0f\n", node, $2, $6, $8, $10, $4
		}'
}

pages() { # as --format=pages prints them
	list "$1" runs | awk -F '[:,}] *' '{ print $6 == "true" ? "F" : "R", $2, $4 }'
}

regions() { # FILE ARRAY: as "FIRST LAST", which is what all of --format=memblock can be held against
	list "$1" "$2" | awk -F '[:,}] *' '{ print $2, $4 }'
}

decimal() { # hexadecimal numbers as decimal ones
	awk 'function hex(s,  i, v) { for (i = 1; i <= length(s); i++) v = v * 16 + index("123456789abcdef", substr(s, i, 1)); return sprintf("%.0f", v) }
		{ for (i = 1; i <= NF; i++) if ($i ~ /^0x[0-9a-f]+$/) $i = hex(substr($i, 3)) } 1'
}

for m in machines/*/; do
	name=$(basename "$m")
	"$PF" boot --format=json "$name" >"$W/doc" 2>"$W/err"
	[ $? -eq 0 ] && [ ! -s "$W/err" ] && is_json "$W/doc" && [ "$(number "$W/doc" schema)" = 1 ]
	ok "$name: it is JSON"

	"$PF" boot --format=zoneinfo "$name" >"$W/want"
	zones "$W/doc" >"$W/got"
	cmp -s "$W/got" "$W/want"
	ok "$name: zones are those of --format=zoneinfo" || diff "$W/got" "$W/want"

	"$PF" boot --format=pages "$name" | sed -e 's/\([0-9a-f]*\) \([0-9a-f]*\)$/0x\1 0x\2/' | decimal >"$W/want"
	pages "$W/doc" >"$W/got"
	cmp -s "$W/got" "$W/want"
	ok "$name: runs are those of --format=pages" || diff "$W/got" "$W/want"

	for array in memory reserved; do
		"$PF" boot --format=memblock "$name" | sed -n "s/^ $array\[.*\[\(0x[0-9a-f]*\)-\(0x[0-9a-f]*\)\].*/\1 \2/p" |
			decimal | awk '{ printf "%.0f %.0f\n", $1, $2 + 1 }' >"$W/want"
		regions "$W/doc" $array >"$W/got"
		cmp -s "$W/got" "$W/want" && [ -s "$W/got" ]
		ok "$name: $array is that of --format=memblock" || diff "$W/got" "$W/want"
	done

	# at once + late = managed - plugged in later; kept = present - managed
	spans=$(list "$W/doc" nodes | sed -e 's/"zones".*//')
	managed=$(echo "$spans" | sum managed)
	late=$(list "$W/doc" late | sum pages)
	[ $(($(number "$W/doc" at_once) + late)) -eq $((managed - $(echo "$spans" | sum later))) ]
	ok "$name: what was handed over at once and late is what is managed"
	kept=$(number "$W/doc" kept)
	[ "$kept" -eq $(($(echo "$spans" | sum present) - managed)) ] &&
		[ "$kept" -eq $(($(list "$W/doc" accounts | sum kept) + $(number "$W/doc" kept_by_nobody))) ] &&
		[ "$kept" -eq "$(pages "$W/doc" | awk '$1 == "R" { n += $3 - $2 } END { print n + 0 }')" ]
	ok "$name: what was kept is what is not managed, and has owners"

	[ "$(list "$W/doc" firmware | wc -l)" -eq "$(grep -c 'BIOS-e820: \[' "$m/dmesg.txt")" ] &&
		[ "$(grep -c '"landed": \([0-9]*\), "total": \1}' "$W/doc")" -le 1 ]
	ok "$name: firmware's map is whole"
done

"$PF" boot --format=json --as=native bios-8g-k612 >"$W/doc" && is_json "$W/doc" && grep -q '^	"as": "native",$' "$W/doc" &&
	grep -q '^		"ours": [1-9]' "$W/doc" && grep -q '^		"kernels_guessed": false$' "$W/doc"
ok "a native boot"
"$PF" boot --format=json --as=native nodebug-8g-k612 >"$W/doc" && is_json "$W/doc" && grep -q '^		"kernels_guessed": true$' "$W/doc" &&
	[ "$(list "$W/doc" late | grep -c '"pages": [1-9]')" -eq 5 ]
ok "of a log without memblock=debug"
"$PF" boot --format=json synthetic:1G >"$W/doc" && is_json "$W/doc" && grep -q '^	"kernel": null,$' "$W/doc"
ok "a synthetic machine has no kernel"
sed -e 's/Freeing initrd memory: 1540K/&/' -e '2i BIOS-e820: [mem 0xf000000000000000-0xf000000000ffffff] usable' machines/bios-512m-k61/dmesg.txt |
	sed -e '/memblock/d' -e '/node ranges/,/Initmem/d' >"$W/far.log"
"$PF" boot --format=json "$W/far.log" >"$W/doc" 2>/dev/null && is_json "$W/doc" && list "$W/doc" late | grep -q '"pages": null' &&
	! list "$W/doc" late | grep -qv '"pages": null'
ok "memory that reaches too far is not booted"

# Strings as no kernel would print them.
log=machines/bios-512m-k61/dmesg.txt
{
	head -n 1 $log
	printf 'Command line: quote="a b" path=C:\\dir tab=\t esc=\033 bad=\377\200 cut=\303 good=\303\274 del=\177 /end\n'
	tail -n +3 $log
	printf 'BIOS-e820: [mem 0x000000f000000000-0x000000f000000fff] a "type" of \\ \376\n'
} >"$W/strange.log"
"$PF" boot --format=json "$W/strange.log" >"$W/doc" && is_json "$W/doc"
ok "strange strings: it is JSON"
grep -q '^	"command_line": "quote=\\"a b\\" path=C:\\\\dir tab=\\t esc=\\u001b bad=\\ufffd\\ufffd cut=\\ufffd good=ü del=\\u007f /end",$' "$W/doc" &&
	grep -q '"type": "a \\"type\\" of \\\\ \\ufffd", ' "$W/doc"
ok "quotes, backslashes, controls and what is not UTF-8 are escaped"
if command -v python3 >/dev/null; then
	PYTHONIOENCODING=utf-8 python3 -c 'import json, sys
print(json.load(open(sys.argv[1], encoding="utf-8"))["command_line"])' "$W/doc" >"$W/got"
	printf 'quote="a b" path=C:\\dir tab=\t esc=\033 bad=\357\277\275\357\277\275 cut=\357\277\275 good=\303\274 del=\177 /end\n' | cmp -s - "$W/got"
	ok "and come back as they were"
fi
cp -r machines/bios-512m-k61 "$W/a\"b\\c"
"$PF" boot --format=json "$W/a\"b\\c" >"$W/doc" && is_json "$W/doc" && grep -qF '"machine": "a\"b\\c",' "$W/doc"
ok "a machine with a strange name"

# why
awk 'BEGIN { for (i = 0; i < 262200; i += 1009) print "pfn:" i }' >"$W/list"
for name in efi-1g-efidebug-k61 mem-limit-k612 dimm-boot-k612 nodebug-8g-k612; do
	"$PF" why --format=json $name - <"$W/list" >"$W/doc" && is_json "$W/doc" && [ "$(list "$W/doc" pages | wc -l)" -eq 260 ]
	ok "why $name: it is JSON"
	list "$W/doc" pages | sed -n -e 's/^{"pfn": \([0-9]*\), .*"became": "\([^"]*\)", "by": null}$/\1 \2/p' \
		-e 's/^{"pfn": \([0-9]*\), .*"became": "\([^"]*\)", "by": "\([^"]*\)"}$/\1 \2: \3/p' >"$W/got"
	"$PF" why $name - <"$W/list" | sed -n 's/^pfn \(0x[0-9a-f]*\): /\1 /p' | decimal >"$W/want"
	cmp -s "$W/got" "$W/want"
	ok "why $name: and says what the text says" || diff "$W/got" "$W/want" | head
done
"$PF" why --format=json bios-8g-k612 - </dev/null >"$W/doc" && is_json "$W/doc"
ok "why: no page at all"

# lint: the text's table, with sizes as bytes
lint_bytes() {
	awk '/^What each answer/ { inside = 1; next } /^  the map of b/ { inside = 0 } inside {
		gsub(/ MiB/, "M"); gsub(/ KiB/, "K")
		for (i = NF - 2; i < NF; i++) printf "%.0f ", $i * ($i ~ /M$/ ? 1048576 : $i ~ /K$/ ? 1024 : 1)
		print $NF
	}'
}
sed -e 's/\[mem 0x0000000041200000-0x0000000044ffffff\] persistent/[mem 0x0000000041210000-0x0000000044ffffff] persistent/' \
	machines/e820-pmem-shared-section-k612/dmesg.txt >"$W/ragged.log"
for name in e820-pmem-shared-section-k612 nvdimm-2g-k612 "$W/ragged.log"; do
	"$PF" lint --format=json "$name" >"$W/doc" 2>"$W/err"
	status=$?
	[ $status -le 1 ] && [ ! -s "$W/err" ] && is_json "$W/doc" && [ "$(number "$W/doc" schema)" = 1 ] &&
		grep -q "^	\"found\": $([ $status -eq 1 ] && echo true || echo false)\$" "$W/doc"
	ok "lint $(basename "$name"): it is JSON"
	list "$W/doc" answers | sed -n 's/.*"ram_lost_bytes": \([0-9]*\), "device_lost_bytes": \([0-9]*\), "wrong_pages": \([0-9]*\), .*/\1 \2 \3/p' >"$W/got"
	"$PF" lint "$name" | lint_bytes >"$W/want"
	[ "$(wc -l <"$W/got")" -eq 12 ] && cmp -s "$W/got" "$W/want"
	ok "lint $(basename "$name"): and has the text's figures" || diff "$W/got" "$W/want"
done
# 0x41210000 is 64 KiB into a sub-section, of which a driver has nothing: 2 MiB less these are lost.
list "$W/doc" answers | head -n 1 | grep -qF '"device_lost_bytes": 2031616, "wrong_pages": 15360, "wrong": [{"start_pfn": 267264, "end_pfn": 282624}]}'
ok "lint: of a ragged end"
"$PF" lint --format=json bios-8g-k612 >"$W/doc" && is_json "$W/doc" && [ -z "$(list "$W/doc" devices)" ] && grep -q '^	"found": false$' "$W/doc"
ok "lint: no device memory"

"$PF" boot --check --format=json bios-512m-k61 >"$W/out" 2>"$W/err"
[ $? -eq 2 ] && [ ! -s "$W/out" ]
ok "--check would spoil the document"
finish
