#!/bin/sh
# Every recorded machine against what its own kernel said.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/truth/lib

plain() { # the kernel's words, without time stamps
	sed -e 's/^\[ *[0-9.]*\] //' "$@"
}

for m in machines/*/; do
	m=${m%/}
	name=$(basename "$m")
	"$PF" boot "$name" --check >"$W/out" 2>"$W/err"
	ok "$name: --check finds no difference" || cat "$W/out"
	[ ! -s "$W/err" ]
	ok "$name: no line is malformed"

	# Cut behind the last dump, the arrays are what that dump says, letter for letter. A 32-bit kernel prints
	# shorter addresses than our 64-bit build.
	last=$(grep -n 'MEMBLOCK configuration:' "$m/dmesg.txt" | tail -n 1 | cut -d: -f1)
	if [ -n "$last" ]; then
		plain "$m/dmesg.txt" | awk -v from="$last" 'NR >= from { if (!/MEMBLOCK|^ (memory|reserved)/) exit; print }' |
			sed -e 's/0x\([0-9a-f]\{8\}\)\>/0x00000000\1/g' >"$W/dump"
		lines=$(wc -l <"$W/dump")
		head -n $((last + lines - 1)) "$m/dmesg.txt" | "$PF" boot --format=memblock - 2>/dev/null |
			cmp -s - "$W/dump"
		ok "$name: --format=memblock is the kernel's dump"
	fi

	# DEVICE is made by drivers; a zone without pages has no start.
	awk '/^Node/ { z = $0 } $1 == "spanned" { s = $0 } $1 == "present" { p = $0; some = $2 } $1 == "managed" { m = $0 }
		/start_pfn/ && some && z !~ /Device/ { print z; print s; print p; print m; print }' \
		"$m/zoneinfo.txt" >"$W/zones"
	"$PF" boot --format=zoneinfo "$name" 2>/dev/null | cmp -s - "$W/zones"
	ok "$name: --format=zoneinfo is /proc/zoneinfo's"

	"$PF" boot "$name" >"$W/summary"
	[ "$(wc -l <"$W/summary")" -le 50 ] && [ -z "$(awk 'length > 100' "$W/summary")" ]
	ok "$name: the summary fits a screen"
	count=$(sed -n 's/^\([0-9]*\) of \1 allocations landed where the \(kernel.s did\|log has them\)$/\1/p' "$W/summary")
	requests=$(grep -c 'bytes align=' "$m/dmesg.txt")
	[ "$count" = "$requests" ]
	ok "$name: all $requests allocations of the log landed"

	# The same from a log without memblock=debug, but for mirrored memory, which only a dump or efi=debug tells.
	case $name in *mirror*) continue ;; esac
	rm -rf "$W/plain"
	mkdir "$W/plain"
	grep -v -e memblock_ -e MEMBLOCK -e 'memory\.cnt' -e 'reserved\.cnt' -e 'memory\[' -e 'reserved\[' "$m/dmesg.txt" >"$W/plain/dmesg.txt"
	[ ! -e "$m/iomem.txt" ] || cp "$m/iomem.txt" "$W/plain/"
	grep -v managed "$W/zones" >"$W/spans"
	"$PF" boot --format=zoneinfo "$W/plain" 2>/dev/null | grep -v managed | cmp -s - "$W/spans"
	ok "$name: zones span the same without memblock=debug"
done
finish
