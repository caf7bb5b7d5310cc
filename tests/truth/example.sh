#!/bin/sh
# examples/, as make builds them, and alloc.c as the README says to compile it: programs that embed the library over
# port/posix/. Catches an example that does not build any more, a compile line that lacks a file, pages that do not
# come back, and objects that are damaged when they move.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/truth/lib

"$(dirname "$PF")/examples/alloc" >"$W/out" 2>"$W/err" && [ ! -s "$W/err" ]
ok "it runs, and complains of nothing" || cat "$W/err"
grep '^Node 0, zone   Normal' "$W/out" >"$W/zones"
[ "$(wc -l <"$W/zones")" -eq 3 ]
ok "it shows what is free three times" || cat "$W/out"
[ "$(sed -n 1p "$W/zones")" = "$(sed -n 3p "$W/zones")" ] && [ "$(sed -n 1p "$W/zones")" != "$(sed -n 2p "$W/zones")" ]
ok "what it allocates is not free, and then is again" || cat "$W/zones"
free() { # free PAGES: does the first line have as many?
	awk -v pages="$1" 'NR == 1 { for (i = 5; i <= NF; i++) sum += $i * 2 ^ (i - 5) } END { exit sum != pages }' "$W/zones"
}
free "$(sed -n 's/ pages are free$//p' "$W/out")"
ok "the pages of buddyinfo are those that were handed over" || cat "$W/out"

# The README's own line, from the repository's root; its output goes elsewhere.
line=$(sed -n 's/^    \(cc .*examples\/alloc\.c.*\) -o alloc$/\1/p' README.md)
[ -n "$line" ] && sh -c "$line -Wall -Wextra -Werror -o '$W/alloc'" >"$W/err" 2>&1 && "$W/alloc" | cmp -s - "$W/out"
ok "the README's line compiles it, and it says the same" || cat "$W/err"

"$(dirname "$PF")/examples/contig" >"$W/out" 2>"$W/err" && [ ! -s "$W/err" ]
ok "contig runs, and complains of nothing" || cat "$W/err"
grep -q '^without a mover: pfn 0x[0-9a-f]*: it is in use, and there is no mover$' "$W/out"
ok "it is told what is in the way" || cat "$W/out"
awk '/^1000 pages .* objects moved, 0 damaged$/ && $6 > 0 { n++ } /^1024 pages of the area, .*; 0 objects damaged$/ { n++ } END { exit n != 2 }' "$W/out"
ok "objects move out of its way, undamaged" || cat "$W/out"

"$(dirname "$PF")/examples/hotplug" >"$W/out" 2>"$W/err" && [ ! -s "$W/err" ]
ok "hotplug runs, and complains of nothing" || cat "$W/err"
cat >"$W/expected" <<'EOF'
the object is in memory that came: pfn 0x20000, online
without a mover: pfn 0x20000: it is in use, and there is no mover
it moved, and is still 'an object'; where it was is not there
pfn 0x30000 is a device's, and online RAM: no
unmapped, it is not there
EOF
cmp -s "$W/out" "$W/expected"
ok "memory comes and goes, what is in it moves, and a device is found as long as it is mapped" || cat "$W/out"
finish
