#!/bin/sh
# examples/alloc.c, as make builds it and as the README says to compile it: a program that embeds the library over
# port/posix/. Catches an example that does not build any more, a compile line that lacks a file, and pages that do not
# come back.
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
finish
