#!/bin/sh
# A kernel's trace, replayed: against what the trace says of itself and what its kernel had before and after; and traces
# that are damaged, compressed, or say little. Catches events that are dropped or counted twice, a state to begin with
# that is not the kernel's, and memory that ends up in smaller pieces than the kernel's.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/truth/lib

NAME=tmpfs-churn-1536m-k612
TRACE=traces/$NAME.trace.xz

# replay STATUS ARGUMENT...: its text is in out, its complaints are in err
replay() {
	expected=$1
	shift
	"$PF" replay "$@" >"$W/out" 2>"$W/err"
	[ $? -eq "$expected" ]
}
figure() { # figure NAME: the number behind it, of the first line that begins so
	awk -v name="$1" 'index($0, "  " name) == 1 && !done { print $NF; done = 1 }' "$W/out"
}
row() { # row ZONE TABLE WHEN WHOSE: a row of a zone's chunks (1), unusable shares (2) or blocks (3)
	awk -v zone="zone $1:" -v table="$2" -v when="$3" -v whose="$4" '
		/^Node/ { here = index($0, zone); n = 0 }
		here && $1 == "before" && $2 == "kernel" { n++ }
		here && n == table && $1 == when && $2 == whose { $1 = $2 = ""; print }' "$W/out"
}
is() { # is WHAT GOT EXPECTED
	[ "$2" = "$3" ]
	ok "$1" || { echo "# got '$2', not '$3'"; cat "$W/err"; }
}

# --- the trace that comes with the program ---

replay 0 "$NAME" && [ ! -s "$W/err" ]
ok "the bundled trace replays, by its name" || cat "$W/err"
grep -q "^$NAME: 217855 events on 2 CPUs, on a machine made up from the trace's zones: 1536 MiB\$" "$W/out"
ok "all of its 217855 events are read" || head -n 1 "$W/out"
xz -dc "$TRACE" >"$W/plain"
for event in mm_page_alloc mm_page_free mm_page_free_batched mm_page_alloc_extfrag; do
	is "each $event" "$(figure $event)" "$(grep -c ": $event: " "$W/plain")"
done
is "no allocation fails" "$(figure '  that failed')" 0
is "each mm_page_free frees once" "$(figure frees)" "$(grep -c ': mm_page_free: ' "$W/plain")"
is "mm_page_free_batched frees nothing more" "$(figure '  told by two events')" "$(grep -c ': mm_page_free_batched: ' "$W/plain")"
is "what was there before lies where the kernel had it" "$(figure '  claimed where the kernel had them')" "$(figure chunks)"
for zone in DMA DMA32; do
	is "$zone: free chunks before are the kernel's" "$(row $zone 1 before pageframe)" "$(row $zone 1 before kernel)"
	is "$zone: types of blocks before are the kernel's" "$(row $zone 3 before pageframe)" "$(row $zone 3 before kernel)"
done
is "the kernel's own figures are in it" "$(row DMA32 1 after kernel | tr -s ' ')" ' 182 177 127 65 23 14 17 10 9 6 296'
[ "$(row DMA32 1 after pageframe | awk '{ print $11 }')" -ge 296 ]
ok "after it at least as many chunks of order 10 are free as the kernel had" || row DMA32 1 after pageframe
[ "$(row DMA32 3 after pageframe | awk '{ print $1 }')" -le 76 ]
ok "and no more blocks are unmovable" || row DMA32 3 after pageframe
[ "$(figure "uses of a zone's lock")" -lt "$(figure frees)" ]
ok "most operations take no zone's lock"
! grep -q 'pf_verify' "$W/out"
ok "pf_verify() finds nothing wrong"
without=$(row DMA32 3 after pageframe | awk '{ print $1 }')
held_without=$(figure 'blocks with unmovable pages that stay')
# Each policy needs a block more than there are when more is in use than they had room for: what was free in them, and what
# the trace frees of before it.
room=$(awk '/^# buddyinfo after/ { exit }
	/zone +DMA32, type +Unmovable/ { for (o = 0; o <= 10; o++) pages += $(7 + o) * 2 ^ o }
	END { print pages }' "$W/plain")
least=$(($(row DMA32 3 before kernel | awk '{ print $1 }') + 1))
[ "$(figure '  at most that cannot be moved')" -gt $((room + $(figure '  with pages'))) ] && [ "$without" -eq "$least" ]
ok "no more blocks are unmovable than must be: $least" || echo "# room for $room pages, and $without unmovable blocks"
replay 0 --nofree "$NAME"
ok "with no-free chunks, too"
pages=$(figure '  from no-free chunks, pages')
[ "${pages:-0}" -gt 0 ] && ! grep -q 'pf_verify' "$W/out"
ok "what stays comes from there"
is "and all of it: nothing is too large for them" "$(figure '  not from there: above order 4') $(figure '    with pages')" '0 0'
with=$(row DMA32 3 after pageframe | awk '{ print $1 }')
[ "$with" -le $((without + 1)) ]
ok "that costs one block at the most" || echo "# $with blocks are unmovable, without no-free chunks $without"
[ "$with" -eq "$least" ]
ok "and none where so few stay" || echo "# $with blocks are unmovable, and $least must be"
held_with=$(figure 'blocks with unmovable pages that stay')
[ "$held_with" -lt "$held_without" ]
ok "what stays is in fewer blocks" || echo "# in $held_with, without no-free chunks in $held_without"
grep -q "has $pages such pages.* with .--nofree. $with blocks of DMA32 are unmovable at the end, without $without\." docs/replay.md ||
	tr '\n' ' ' <docs/replay.md | grep -q "has $pages such pages.*with .--nofree. $with blocks of DMA32 are unmovable at the end, without $without\."
ok "docs/replay.md says so" || echo "# $pages pages, $with blocks with, $without without"
tr '\n' ' ' <docs/replay.md | grep -q "with it $held_with blocks hold what stays, and without it $held_without\."
ok "and so of those" || echo "# $held_with, $held_without"
replay 0 "$NAME" # what follows is compared with it

# --- the same in other clothes ---

same() { # same FILE: the report, but for its title and its clock
	sed -e 1d -e '/events a second/d' -e '/ns an event/d' "$1"
}
same "$W/out" >"$W/reference"
reads_same() { # reads_same WHAT ARGUMENT...
	what=$1
	shift
	replay 0 "$@" && same "$W/out" | cmp -s - "$W/reference" && [ ! -s "$W/err" ]
	ok "$what" || cat "$W/err"
}
gzip -c "$W/plain" >"$W/packed" # no ending tells
reads_same "plain text" "$W/plain"
reads_same "gzip" "$W/packed"
reads_same "xz, by its path" "$TRACE"
head -c 1000000 "$W/plain" | gzip >"$W/members" && tail -c +1000001 "$W/plain" | gzip >>"$W/members"
reads_same "gzip, two members" "$W/members"
"$PF" replay - <"$TRACE" >"$W/out" 2>"$W/err" && same "$W/out" | cmp -s - "$W/reference"
ok "xz on standard input"
sed 's/$/\r/' "$W/plain" >"$W/dos"
reads_same "lines that end in CR LF" "$W/dos"
sed -e 's/: mm_page/: kmem:mm_page/' -e 's/\(\[0[0-9]*\]\) [^ ]* /\1 /' "$W/plain" >"$W/perf"
reads_same "perf's way to write them" "$W/perf"

"$PF" replay --format=json "$NAME" >"$W/json" && python3 - "$W/json" <<'PY'
import json, sys
d = json.load(open(sys.argv[1]))
e = d["events"]
assert d["schema"] == 1 and d["trace"] == "tmpfs-churn-1536m-k612" and d["cpus"] == 2
assert e["read"] == e["promised"] == 217855 == e["mm_page_alloc"] + e["mm_page_free"] + \
	e["mm_page_free_batched"] + e["mm_page_alloc_extfrag"]
assert d["replayed"]["failed"] == 0 and d["replayed"]["wrong"] is None and d["damage"] == 0
zone = {z["name"]: z for z in d["zones"]}["DMA32"]
assert zone["kernel_after"]["free"][10] == 296 and zone["after"]["free"][10] >= 296
assert zone["kernel_after"]["blocks"]["Unmovable"] == 76 >= zone["after"]["blocks"]["Unmovable"]
assert zone["before"]["free_of"] == zone["kernel_before"]["free_of"]
for state in "before", "kernel_before", "after", "kernel_after":
	for order in range(11):
		free = zone[state]["free"]
		pages = sum(n << o for o, n in enumerate(free))
		usable = sum(n << o for o, n in enumerate(free) if o >= order)
		assert zone[state]["unusable"][order] == (pages - usable) * 1000 // pages
PY
ok "the JSON document agrees"

replay 0 --machine bios-8g-k612 "$NAME" && [ "$(figure '  that failed')" = 0 ] &&
	head -n 1 "$W/out" | grep -q 'on bios-8g-k612$'
ok "on another machine" || cat "$W/err"
grep -q '^pageframe: bios-8g-k612: node 0, zone DMA32: 2032 MiB here, 1520 MiB in the trace$' "$W/err" &&
	grep -q '^pageframe: bios-8g-k612: node 0, zone Normal: 6144 MiB here, none in the trace$' "$W/err" &&
	! grep -q 'zone DMA:' "$W/err" && grep -q 'it is replayed there all the same' "$W/err"
ok "whose zones are not the trace's: which, is told" || cat "$W/err"
for machine in bios-8g-k612 efi-numa3-k612 i386-highmem-2g-k61-686 movable-node-bios-k612; do
	{ # a trace of that very machine
		cat machines/$machine/buddyinfo.txt machines/$machine/pagetypeinfo.txt
		echo 'x-7 [000] d..2. 1.000001: mm_page_alloc: page=1 pfn=0x1000 order=0 migratetype=0 gfp_flags=GFP_KERNEL'
	} >"$W/own"
	replay 0 --machine $machine "$W/own" && [ ! -s "$W/err" ]
	ok "$machine: nothing is told where the zones are the trace's" || cat "$W/err"
done
replay 0 --machine bios-8g-k612 "$W/own" && grep -q '^pageframe: bios-8g-k612: node 1, zone DMA32: not on this machine, but in the trace (line 3)$' "$W/err"
ok "a zone that the machine has not" || cat "$W/err"

# --- traces that say less, and damage ---

grep -v '^Node\|^Page\|^Free\|^Number' "$W/plain" >"$W/bare"
replay 0 "$W/bare" && [ ! -s "$W/err" ] && [ "$(figure '  that failed')" = 0 ] &&
	head -n 1 "$W/out" | grep -q "made up from the trace's highest page: 1536 MiB" &&
	grep -q '^The trace does not tell what was free before it' "$W/out"
ok "without texts a machine is made up from the highest page, and that is said" || head -n 1 "$W/out"

replay 0 --machine bios-512m-k61 "$W/bare"
grep -q "^pageframe: bios-512m-k61: the trace's page 0x[0-9a-f]* is not on this machine\$" "$W/err"
ok "nor is a page of a trace without texts" || cat "$W/err"

head -n $(($(wc -l <"$W/plain") / 2)) "$W/plain" >"$W/lines"
replay 0 "$W/lines" && [ "$(wc -l <"$W/err")" -eq 1 ] &&
	grep -q "lines: the trace ended early, after $(grep -c ': mm_page_' "$W/lines") of the 217855 events that its header speaks of; what the kernel had after all of them is left out\$" "$W/err"
ok "the first half of the lines: that it ended early is told, in one line" || cat "$W/err"
! grep -q '^  after   kernel' "$W/out" && grep -q '^  before  kernel' "$W/out" && grep -q '^The trace ended early: ' "$W/out"
ok "and what the kernel had after all of them is not shown beside ours"
"$PF" replay --format=json "$W/lines" 2>/dev/null >"$W/json" && "$PF" replay --format=json "$NAME" >"$W/whole" &&
	python3 - "$W/json" "$W/whole" <<'PY'
import json, sys
cut, whole = (json.load(open(name)) for name in sys.argv[1:])
assert cut["ended_early"] is True and whole["ended_early"] is False
assert all(z["kernel_after"] is None and z["kernel_before"] for z in cut["zones"])
assert all(z["kernel_after"] for z in whole["zones"])
PY
ok "nor in the JSON document, which says why"
grep -v entries-in-buffer "$W/plain" | head -c 9000000 >"$W/headless"
replay 0 "$W/headless" && grep -q 'headless: the trace ended early; what the kernel had after' "$W/err" && ! grep -q '^  after   kernel' "$W/out"
ok "a trace without a header that ends in the middle of a line" || cat "$W/err"

half=$(($(wc -c <"$W/plain") / 2))
head -c $half "$W/plain" >"$W/half"
replay 0 "$W/half" && grep -q "^$W/half:[0-9]*: the line has no end: the file is cut off here" "$W/err" &&
	grep -q 'of 217855 that its header speaks of: the trace is cut off' "$W/out" &&
	[ "$(figure mm_page_alloc)" -eq "$(sed '$d' "$W/half" | grep -c ': mm_page_alloc: ')" ]
ok "half of the text: what is there is replayed, and the rest is missed" || cat "$W/err"
head -c $(($(wc -c <"$TRACE") / 2)) "$TRACE" >"$W/half.xz"
replay 0 "$W/half.xz" && grep -q "^$W/half.xz: the compressed data end early, or are damaged; what comes before is used" "$W/err" &&
	grep -q "half.xz: the trace ended early, after" "$W/err" && ! grep -q '^  after   kernel' "$W/out" && [ "$(figure mm_page_alloc)" -gt 10000 ]
ok "half of the compressed trace" || cat "$W/err"
head -c $(($(wc -c <"$W/packed") / 2)) "$W/packed" >"$W/half.gz"
replay 0 "$W/half.gz" && grep -q "^$W/half.gz: the compressed data end early" "$W/err" && [ "$(figure mm_page_alloc)" -gt 10000 ]
ok "half of the gzip" || cat "$W/err"

line=$(grep -n ': mm_page_alloc: ' "$W/plain" | sed -n '1000s/:.*//p')
sed -e "${line}s/.*/no event at all/" -e "$((line + 1))s/order=0/order=x/" -e "$((line + 2))s/pfn=0x/pfn=zz/" \
	-e "8s/Unmovable/Unmoveable/" "$W/plain" >"$W/garbage"
replay 0 "$W/garbage" && grep -q "^$W/garbage:$line: expected an event" "$W/err" &&
	grep -q "^$W/garbage:$((line + 1)): expected the order as a number" "$W/err" &&
	grep -q "^$W/garbage:$((line + 2)): expected pfn=NUMBER" "$W/err" &&
	grep -q "^$W/garbage:8: expected a migratetype" "$W/err" &&
	is "lines that are none are told with their numbers" "$(figure 'lines that could not be read')" 4 &&
	head -n 1 "$W/out" | grep -q '217852 events' && ! grep -q 'ended early' "$W/err" && grep -q '^  after   kernel' "$W/out"
ok "and the others are replayed" || cat "$W/err"

# tiny LINE...: a trace of these events
tiny() {
	for event; do
		echo "a task [1]: x-7 [000] d..2. 1.000001: $event"
	done >"$W/tiny"
	replay 0 "$W/tiny"
}
A='mm_page_alloc: page=1 pfn=0x1000 order=2 migratetype=0 gfp_flags=GFP_KERNEL'
tiny "$A" 'mm_page_free: page=1 pfn=0x1003 order=0' 'mm_page_free: page=1 pfn=0x1000 order=1' 'mm_page_free: page=1 pfn=0x1002 order=0' &&
	is "a chunk that is freed in parts" "$(figure frees) $(figure 'chunks split') $(figure 'pages in use by the trace')" '3 2 0' &&
	[ "$(figure chunks)" = 0 ]
ok "which nobody had before"
tiny "$A" "$A"
is "allocated twice: it was freed in between" "$(figure '  without an event: allocated again')" 1
tiny 'mm_pagevec_free: page=1 pfn=4096 order=0 cold=0' 'mm_page_free_batched: page=1 pfn=0x1001 cold=0'
is "where no mm_page_free was recorded the batched ones free" "$(figure frees) $(figure chunks)" '2 2'
tiny "$A" 'mm_page_alloc: page=(null) pfn=0x0 order=4 migratetype=0 gfp_flags=GFP_ATOMIC' 'sched_switch: prev_comm=x'
is "what the kernel failed is counted, and not tried" "$(figure 'failed by the kernel already') $(figure allocations)" '1 1'
is "other events are counted" "$(figure 'others, which')" 1
# event PFN ORDER TYPE: an allocation
event() {
	echo "mm_page_alloc: page=1 pfn=0x$1 order=$2 migratetype=$3 gfp_flags=GFP_KERNEL"
}
# Two that stay are too large for no-free chunks; one of order 4 is not, one of order 5 is freed, and one can be moved.
tiny "$(event 1000 4 0)" "$(event 2000 5 0)" "$(event 3000 6 0)" "$(event 4000 5 0)" 'mm_page_free: page=1 pfn=0x4000 order=5' "$(event 5000 5 1)"
! grep -q 'not from there' "$W/out"
ok "without --nofree nobody asks what is too large for no-free chunks"
replay 0 --nofree "$W/tiny"
is "what stays and is too large for no-free chunks is counted" \
	"$(figure '  from no-free chunks, pages') $(figure '  not from there: above order 4') $(figure '    with pages')" '16 2 96'
"$PF" replay --nofree --format=json "$W/tiny" >"$W/json" && python3 - "$W/json" <<'PY'
import json, sys
r = json.load(open(sys.argv[1]))["replayed"]
assert (r["nofree_pages"], r["nofree_apart"], r["nofree_large"], r["nofree_large_pages"]) == (16, 0, 2, 96)
PY
ok "and in the JSON document"
tiny 'mm_page_free: page=1 pfn=0xffffffffff order=0'
is "a page that no machine has is served elsewhere" "$(figure '  elsewhere')" 1
{ cat "$W/tiny"; echo 'CPU:0 [LOST 42 EVENTS]'; } >"$W/lost" && replay 0 "$W/lost" && [ ! -s "$W/err" ]
is "events that the tracer lost" "$(figure 'lost by the tracer')" 42

# trace-cmd's own format, where its library was there when the program was built.
python3 tests/truth/trace_dat.py "$W/kmem.dat"
"$PF" replay "$W/kmem.dat" >"$W/out" 2>"$W/err"
if grep -q 'built without libtracecmd: give the output of' "$W/err"; then
	ok "trace.dat: skipped, for libtracecmd is not here"
else
	is "trace.dat: each event" "$(head -n 1 "$W/out" | cut -d: -f2 | cut -d, -f1)" ' 6 events on 2 CPUs'
	is "what they come to" "$(figure allocations) $(figure frees) $(figure chunks) $(figure '  at most')" '2 3 1 9'
	is "and what the kernel failed" "$(figure 'failed by the kernel already')" 1
	head -c 9000 "$W/kmem.dat" >"$W/cut.dat"
	"$PF" replay "$W/cut.dat" >"$W/out" 2>"$W/err"
	[ $? -le 2 ] && [ -s "$W/err" ]
	ok "a trace.dat that is cut is told" || cat "$W/err"
fi

# advises PATTERN ARGUMENT...: exit status 2, nothing on standard output, one line on standard error
advises() {
	pattern=$1
	shift
	"$PF" replay "$@" >"$W/out" 2>"$W/err" </dev/null
	[ $? -eq 2 ] && [ ! -s "$W/out" ] && [ "$(wc -l <"$W/err")" -eq 1 ] && grep -q "^pageframe: $pattern" "$W/err"
	ok "replay $*" || cat "$W/out" "$W/err"
}
: >"$W/empty"
printf '\027\010\104tracing6\000' >"$W/trace.dat"
printf '\050\265\057\375xyz' >"$W/zstd"
printf '\3757zXZ\000rubbish' >"$W/rubbish.xz"
echo '# tracer: nop' >"$W/none"
advises 'replay needs a trace'
advises "'no-such-trace': No such file or directory; give a file, '-', or a bundled trace: .*$NAME" no-such-trace
PAGEFRAME_TRACES=$W/no-such-directory advises "'$NAME': .*PAGEFRAME_TRACES may name their directory" "$NAME"
advises "'/': Is a directory" /
advises '.*empty: it is empty' "$W/empty"
advises 'standard input: it is empty' -
advises '.*trace.dat: ' "$W/trace.dat"
advises '.*zstd: it is compressed with zstd' "$W/zstd"
advises '.*rubbish.xz: ' "$W/rubbish.xz"
advises '.*none: no event of the page allocator in it' "$W/none"
advises "replay has no option '--frobnicate'" --frobnicate "$NAME"
advises "there is no format 'picture'" --format=picture "$NAME"
advises '--machine needs a value' "$NAME" --machine
advises "replay takes one trace, and got 'b' besides" a b
advises 'standard input cannot be read twice' --machine=- -
advises "'no-such-machine'" --machine=no-such-machine "$NAME"
record=$("$PF" replay "$W/none" 2>&1 | sed -n 's/.*; record them with: //p')
"$PF" help replay | sed -e 's/^  *//' -e 's/\\$//' | tr -d '\n' >"$W/help"
[ -n "$record" ] && grep -qF "$record" README.md && grep -qF "$record" docs/replay.md && grep -qF "$record" "$W/help"
ok "README, docs, help and the advice have one way to record" || echo "# $record"
for text in 'PAGEFRAME_TRACES' '# buddyinfo before' '# buddyinfo after'; do
	"$PF" help replay | grep -qF "$text" && grep -qF "$text" docs/replay.md
	ok "help and docs speak of $text"
done
"$PF" help | grep -q '^  replay  *' && "$PF" help replay | grep -q '^usage: pageframe replay '
ok "help"
finish
