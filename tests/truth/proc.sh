#!/bin/sh
# The page allocator's own texts against those of each recorded kernel: every letter that is not a figure, and the
# figures that boot settles.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/truth/lib

columns() { # right-aligned figures by the room they take
	awk '{ line = ""
		while (match($0, / *[0-9]+/)) {
			line = line substr($0, 1, RSTART - 1) "<" RLENGTH ">"
			$0 = substr($0, RSTART + RLENGTH)
		}
		print line $0 }'
}

figures() { # left-aligned ones; one CPU stands for all
	awk '/^    cpu: / { cpu = $2 } /^  node_unreclaimable/ { cpu = 0 } !cpu' | sed -e 's/[0-9][0-9]*/N/g'
}

known() { # lines of /proc/zoneinfo that are about what a page allocator knows
	grep -E -e '^Node' -e '^  pages free' -e '^        (boost|min|low|high|promo|spanned|present|managed|cma) ' \
		-e '^        protection: ' -e '^      nr_free_(pages|cma) ' -e '^  pagesets$' -e '^    cpu: ' \
		-e '^              (count|high|batch): ' -e '^  (node_unreclaimable|start_pfn): ' "$1"
}

spans() { # of populated zones
	awk '/^Node/ { z = $0 } $1 == "spanned" { s = $2 } $1 == "present" { p = $2 } $1 == "managed" { m = $2 }
		/start_pfn/ && p { print z, "spanned", s, "present", p, "managed", m, "start", $2 }' "$1"
}

blocks() { # of each zone, all types together, in blocks of 512 pages: a 32-bit kernel's have 1024
	awk '/^Pages per block/ { of = $4 / 512; on = 0 } /^Number of blocks/ { on = 1; next }
		on { n = 0; for (i = 5; i <= NF; i++) n += $i; print $1, $2, $3, $4, n * of }' "$1"
}

# What this library is built without: watermarks that Linux has since 6.2, the blocks of a 32-bit kernel, and memory that
# is plugged in when memblock's time is over.
alike() { # WHO
	grep -q '^        promo ' "$W/theirs.zoneinfo" || sed -i -e '/^        promo /d' "$W/$1.zoneinfo"
	[ "$name" = dimm-boot-k612 ] || return
	sed -i -e '/zone   Normal/d' "$W/$1.buddyinfo" "$W/$1.pagetypeinfo"
	sed -i -e '/zone   Normal/,/zone  Movable/{/zone  Movable/!d}' "$W/$1.zoneinfo"
}

same() { # WHAT DESCRIPTION
	cmp -s "$W/ours.$1" "$W/theirs.$1"
	ok "$name: $2" || diff "$W/ours.$1" "$W/theirs.$1" | head -n 20
}

for m in machines/*/; do
	m=${m%/}
	name=$(basename "$m")
	[ -e "$m/pagetypeinfo.txt" ] || continue # a reconstruction, with no more than figures
	for text in buddyinfo pagetypeinfo zoneinfo; do
		cp "$m/$text.txt" "$W/theirs.$text"
	done
	"$PF" boot --format=buddyinfo "$name" >"$W/ours.buddyinfo"
	"$PF" boot --format=pagetypeinfo "$name" >"$W/ours.pagetypeinfo"
	"$PF" boot --format=proc-zoneinfo "$name" >"$W/ours.zoneinfo"
	for who in theirs ours; do
		alike $who
		spans "$W/$who.zoneinfo" >"$W/$who.spans"
		blocks "$W/$who.pagetypeinfo" >"$W/$who.blocks"
		columns <"$W/$who.buddyinfo" >"$W/$who.buddyinfo.columns"
		sed -e 's/^\(Page block order: \|Pages per block:  \)[0-9]*$/\1N/' "$W/$who.pagetypeinfo" | columns >"$W/$who.pagetypeinfo.columns"
		known "$W/$who.zoneinfo" | figures >"$W/$who.zoneinfo.lines"
	done
	same buddyinfo.columns "buddyinfo, column by column"
	same pagetypeinfo.columns "pagetypeinfo, column by column"
	same zoneinfo.lines "zoneinfo, line by line"
	same spans "what zones span, and how much of it is memory"
	same blocks "how many blocks each zone has"
done

# The README says which rows of the kernel's are not there, and help that some are not.
"$PF" boot --format=proc-zoneinfo bios-512m-k61 | awk '{ print $1 }' | sort -u >"$W/have"
! grep -qxE 'per-node|numa_hit|nr_slab_.*|nr_zone_.*|nr_mlock|vm' "$W/have" && grep -qx nr_free_pages "$W/have" && grep -qx nr_free_cma "$W/have" &&
	[ "$(grep -c '^nr_' "$W/have")" -eq 2 ] && "$PF" boot --help | grep -q 'lacks$' && grep -q 'per-node stats' README.md
ok "rows of zoneinfo that are not there are said to be missing"
"$PF" boot --format=proc-zoneinfo bios-8g-k612 | awk '$1 == "managed" { m += $2 } $1 == "nr_free_pages" { f += $2 } END { exit m != f }'
ok "free pages after the boot are managed pages, as the README says"

sed -e '2i BIOS-e820: [mem 0xf000000000000000-0xf000000000ffffff] usable' -e '/memblock/d' -e '/node ranges/,/Initmem/d' \
	machines/bios-512m-k61/dmesg.txt >"$W/far.log"
for text in buddyinfo pagetypeinfo proc-zoneinfo; do
	"$PF" boot --format=$text "$W/far.log" >"$W/out" 2>"$W/err"
	[ $? -eq 2 ] && [ ! -s "$W/out" ] && grep -q "far.log' cannot be booted: .* is too far for a memory map here, which spans [0-9]*G at most$" "$W/err"
	ok "$text of memory that reaches too far" || cat "$W/err"
done
finish
