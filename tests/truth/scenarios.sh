#!/bin/sh
# Every bundled scenario, and every recorded machine as a scenario: zones and memory blocks are the kernel's. A wrong
# expectation is noticed, and what cannot be understood is told. Catches an expectation that anything meets, and an
# exit status that hides a failure.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/truth/lib
PAGEFRAME_SCENARIOS=scenarios
export PAGEFRAME_SCENARIOS

# run STATUS ARGUMENT...: what it says is in out and err
run() {
	expected=$1
	shift
	"$PF" run "$@" >"$W/out" 2>"$W/err"
	[ $? -eq "$expected" ]
}

names=$("$PF" scenarios)
[ "$(echo "$names" | wc -l)" -eq "$(ls scenarios/*.pf | wc -l)" ]
ok "each scenario of the folder is listed"
for name in $names; do
	run 0 "$name" && [ ! -s "$W/err" ] && grep -q "^$name: .*: all as it should be\$" "$W/out"
	ok "$name" || cat "$W/out" "$W/err"
done
# shellcheck disable=SC2086 # a name each
run 0 $names && tail -n 1 "$W/out" | grep -q "^$(echo "$names" | wc -l) scenarios: .*: all as it should be\$"
ok "all of them in one run, and summed up" || cat "$W/out" "$W/err"

# --- each recorded machine; what came after boot has its own scenario ---

for m in machines/*/; do
	name=$(basename "$m")
	case $name in dimm-boot-* | *pmem*) continue ;; esac
	grep -q memory0 "$m/memory_blocks.txt" 2>/dev/null && blocks='expect memory-blocks as memory_blocks.txt' || blocks=
	# UEFI's memory has pages that the kernel calls reserved once they are memory.
	{ [ -e "$m/iomem.txt" ] && ! grep -q 'efi: EFI v' "$m/dmesg.txt"; } && pages='expect online-pages as iomem.txt' || pages=
	printf 'machine %s\nexpect zones as zoneinfo.txt\n%s\n%s\n' "$name" "$blocks" "$pages" >"$W/machine.pf"
	run 0 "$W/machine.pf" && [ ! -s "$W/err" ]
	ok "$name: zones${blocks:+, memory blocks}${pages:+, each page that is online} are the kernel's" || cat "$W/err"
done

# --- a wrong expectation, in place of each right one, is noticed, and the others still are right ---

for name in $names; do
	for number in $(grep -n '^expect [^#]*[a-z] [0-9][0-9]*\( *#.*\)*$' "scenarios/$name.pf" | cut -d: -f1); do
		sed -e "$number s/ \([0-9][0-9]*\)\( *#.*\)*\$/ 1\1/" "scenarios/$name.pf" >"$W/wrong.pf"
		run 1 "$W/wrong.pf" && [ "$(grep -c '' "$W/err")" -eq 1 ] && grep -q "^$W/wrong.pf:$number: expected '" "$W/err" ||
			echo "$name:$number" >>"$W/unnoticed"
	done
	for number in $(grep -n ' fails "' "scenarios/$name.pf" | cut -d: -f1); do
		sed -e "$number s/fails \"/fails \"!/" "scenarios/$name.pf" >"$W/wrong.pf"
		run 1 "$W/wrong.pf" && grep -q "^$W/wrong.pf:$number: expected '.* to fail with \"!" "$W/err" || echo "$name:$number" >>"$W/unnoticed"
	done
done
[ ! -e "$W/unnoticed" ]
ok "a figure or a reason that is wrong is noticed, with its line" || cat "$W/unnoticed"

cat >"$W/wrong.pf" <<'EOF'
machine bios-offline-k612
expect zones as zoneinfo.offlined.txt
expect memory-blocks as memory_blocks.offlined.txt
offline 0x108000000 + 128M
expect lookup 0x108000000 is offline
EOF
run 1 "$W/wrong.pf"
ok "a state that is not the recorded one ends with 1"
cat >"$W/expected" <<EOF
$W/wrong.pf:2: expected 'zones as zoneinfo.offlined.txt', and found zone 0 Movable present 524288, not 458752 as in zoneinfo.offlined.txt:$(grep -n Movable machines/bios-offline-k612/zoneinfo.offlined.txt | cut -d: -f1); zone 0 Movable managed 491962, not 426426 as in zoneinfo.offlined.txt:$(grep -n Movable machines/bios-offline-k612/zoneinfo.offlined.txt | cut -d: -f1)
$W/wrong.pf:3: expected 'memory-blocks as memory_blocks.offlined.txt', and found 'memory33 00000021 online Movable', not 'memory33 00000021 offline Movable,Normal removable=1' as in memory_blocks.offlined.txt:$(grep -n memory33 machines/bios-offline-k612/memory_blocks.offlined.txt | cut -d: -f1); 'memory40 00000028 online Movable', not 'memory40 00000028 offline Movable,Normal removable=1' as in memory_blocks.offlined.txt:$(grep -n memory40 machines/bios-offline-k612/memory_blocks.offlined.txt | cut -d: -f1)
EOF
cmp -s "$W/err" "$W/expected"
ok "each difference is told, with the lines of both files" || cat "$W/err"
grep -q ': 5 statements, 3 of them expectations: 2 not as it should be$' "$W/out"
ok "the others still run, and all are counted" || cat "$W/out"

# --- several, standard input, and what cannot be run ---

run 1 dimm-hotplug "$W/wrong.pf" dimm-at-boot && tail -n 1 "$W/out" | grep -q '^3 scenarios: .*: 2 not as it should be$'
ok "one wrong one of several"
echo 'frobnicate' >"$W/none.pf"
run 2 dimm-hotplug "$W/none.pf" "$W/wrong.pf" && tail -n 1 "$W/out" | grep -q ': 2 not as it should be, and 1 could not be run$' && [ "$(wc -l <"$W/out")" -eq 4 ]
ok "one that cannot be understood: the others run" || cat "$W/out"
"$PF" run - <scenarios/dimm-hotplug.pf >"$W/out" 2>"$W/err" && [ ! -s "$W/err" ]
ok "standard input"
run 0 --verbose dimm-hotplug && [ "$(grep -c 'dimm-hotplug.pf:[0-9]*: ' "$W/out")" -eq "$(($(grep -c '^[a-z]' scenarios/dimm-hotplug.pf) + 1))" ]
ok "--verbose tells each statement"
printf 'machine no-such-machine\nverify\n' >"$W/none.pf"
run 2 "$W/none.pf" && grep -q "'no-such-machine': No such file" "$W/err" && grep -q "^$W/none.pf:1: there is no machine to go on with" "$W/err"
ok "a machine that there is not" || cat "$W/err"
head -n 1 "$W/err" | grep -q "^$W/none.pf:1: 'no-such-machine': " && [ "$(cat "$W/out")" = "$W/none.pf: could not be run" ]
ok "the first line says where, and nothing is called as it should be" || cat "$W/out" "$W/err"
printf 'memory 1G + 1G\nmemory 1000000T + 1G\nexpect alloc order 0 fails\n' >"$W/high.pf"
run 2 "$W/high.pf" dimm-at-boot && grep -q "^$W/high.pf: could not be run\$" "$W/out" && tail -n 1 "$W/out" | grep -q ': 1 could not be run$'
ok "a machine that cannot boot is no failure that was expected" || cat "$W/out" "$W/err"
printf 'machine dimm-hotplug-k612\nexpect zones as %s\nexpect memory-blocks as %s\nexpect online-pages as %s\n' "$W/junk" "$W/junk" "$W/junk" >"$W/none.pf"
head -c 2000 "$PF" >"$W/junk"
run 1 "$W/none.pf" && grep -q ': 4 statements, 3 of them expectations: 3 not' "$W/out"
ok "texts that are none"

# advises PATTERN ARGUMENT...: exit status 2, nothing on standard output, one line on standard error
advises() {
	pattern=$1
	shift
	"$PF" run "$@" >"$W/out" 2>"$W/err" </dev/null
	[ $? -eq 2 ] && [ ! -s "$W/out" ] && [ "$(wc -l <"$W/err")" -eq 1 ] && grep -q "^$pattern" "$W/err"
	ok "run $*" || cat "$W/out" "$W/err"
}
: >"$W/empty"
advises 'pageframe: run needs a scenario'
advises "pageframe: run has no option '--frobnicate'" --frobnicate
advises "pageframe: 'no-such': No such file or directory; give a file, '-', or a bundled scenario: .*dimm-hotplug" no-such
advises "pageframe: 'bios-8g-k612': No such file or directory; it is a machine; a scenario that begins with 'machine bios-8g-k612' has it" bios-8g-k612
advises "pageframe: 'dimm-at-boot.pf': No such file or directory; there is a bundled scenario 'dimm-at-boot'" dimm-at-boot.pf
advises "pageframe: '/': Is a directory" /
advises "$W/empty: there is no statement in it" "$W/empty"
advises '<stdin>: there is no statement in it' -

# --- what is documented is what there is ---

for usage in $(sed -n 's/.*\.words = "\([^"]*\)".*/\1/p' sim/scenario_verbs.c | tr ' ' '_'); do
	grep -q "^| \`[^|]*\b$(echo "$usage" | tr '_' ' ')" docs/scenarios.md || echo "$usage" >>"$W/undocumented"
done
[ ! -e "$W/undocumented" ]
ok "docs/scenarios.md has each statement" || cat "$W/undocumented"
awk '/^```pf/ { in_it = 1; next } /^```/ { if (in_it) print "---"; in_it = 0 } in_it' docs/scenarios.md >"$W/examples"
awk -v w="$W" 'BEGIN { n = 1 } /^---$/ { n++; next } { print > (w "/example" n ".pf") }' "$W/examples"
run 0 "$W"/example*.pf
ok "its examples run, and are as they should be" || cat "$W/out" "$W/err"
awk '/cat example.pf/ { in_it = 1; next } /run example.pf/ { in_it = 0 } in_it' README.md >"$W/readme.pf"
[ "$(wc -l <"$W/readme.pf")" -ge 4 ] && run 0 "$W/readme.pf"
ok "so does the README's" || cat "$W/readme.pf" "$W/out" "$W/err"
"$PF" help | grep -q '^  run  *' && "$PF" help run | grep -q '^usage: pageframe run '
ok "help"
finish
