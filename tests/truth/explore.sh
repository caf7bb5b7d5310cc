#!/bin/sh
# The explorer and the museum, by their commands: the library passes every scenario, every exhibit is caught, a token
# shows the same again, shards together are the whole, and what is wrongly asked for is told. Catches a fault that is
# no longer caught, or a scenario that can no longer be explored to its end.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/truth/lib

# run STATUS ARGUMENT...: what it says is in out and err
run() {
	expected=$1
	shift
	"$PF" "$@" >"$W/out" 2>"$W/err"
	[ $? -eq "$expected" ]
}

# --- the library, in every order with up to two preemptions; the museum goes further ---

scenarios=$("$PF" explore | cut -d' ' -f1)
[ -n "$scenarios" ]
ok "scenarios are listed"
for s in $scenarios; do
	run 0 explore "$s" --bound 2 && [ ! -s "$W/err" ] && grep -q 'that is all there are, and nothing is wrong' "$W/out"
	ok "$s: nothing is wrong with up to two preemptions" || cat "$W/out" "$W/err"
done

# --- the museum ---

exhibits=$("$PF" museum | cut -d' ' -f1)
[ "$(echo "$exhibits" | wc -l)" -eq "$(ls tests/faults/*/*.c | wc -l)" ]
ok "each wrong file of tests/faults is an exhibit" || { echo "$exhibits"; ls tests/faults/*/*.c; }
for e in $exhibits; do
	run 0 museum --check "$e" && grep -q ' ok$' "$W/out"
	ok "$e: the wrong code is caught, the right code passes" || cat "$W/out" "$W/err"
done
first=$(echo "$exhibits" | head -n 1)
run 0 museum "$first" && grep -q '^\*\*\* ' "$W/out" && grep -q 'and nothing is wrong\.$' "$W/out"
ok "one of them is shown: what went wrong, and that the right code passes" || cat "$W/out" "$W/err"

"$PF" museum --catalogue | cmp -s - docs/museum.md
ok "docs/museum.md is what the command prints ('pageframe museum --catalogue >docs/museum.md')"

# --- a token is the same execution again ---

for e in $exhibits; do
	"$PF" museum "$e" >"$W/museum"
	token=$(sed -n 's/^Again: pageframe explore --replay //p' "$W/museum")
	if run 1 explore --replay "$token" && [ "$(sed -n 's/^\*\*\* //p' "$W/out")" = "$(sed -n 's/^\*\*\* //p' "$W/museum")" ]; then
		:
	else
		echo "$e: $token" >>"$W/differs"
	fi
done
[ ! -e "$W/differs" ]
ok "each one's token fails in the same way again" || cat "$W/differs"
run 1 explore isolate-and-free --with stale-list && token=$(sed -n 's/^replay: pageframe explore --replay //p' "$W/out") && cp "$W/out" "$W/first" &&
	run 1 explore --replay "$token" && [ "$(sed '1,2d' "$W/first")" = "$(cat "$W/out")" ]
ok "a failure that was found is told in the same words by its token" || diff "$W/first" "$W/out"
setarch -R env -i PAD="$(printf '%5000s' '')" ASAN_OPTIONS=detect_leaks=0 "$PF" explore --replay "$token" | cmp -s - "$W/out"
ok "and with another environment, and addresses that are not random"
if command -v gdb >/dev/null; then
	ASAN_OPTIONS=detect_leaks=0 gdb -q -nx -batch -ex 'set pagination off' -ex 'break failed' \
		-ex "run explore --replay $token >$W/debugged" -ex backtrace -ex delete -ex continue "$PF" >"$W/gdb" 2>&1
	grep -q '^#0 .*failed ' "$W/gdb" && grep -q '^#.* all_is_right\|^#.* xp_fail ' "$W/gdb" && cmp -s "$W/debugged" "$W/out"
	ok "and under gdb, which stops where it fails" || tail -n 20 "$W/gdb"
	run 1 explore deferred-in-handler --with deferred-waited-for && token=$(sed -n 's/^replay: pageframe explore --replay //p' "$W/out")
	ASAN_OPTIONS=detect_leaks=0 gdb -q -nx -batch -ex 'break failed' -ex "run explore --replay $token >/dev/null" "$PF" >"$W/gdb" 2>&1
	grep -q '^Breakpoint 1, .*failed ' "$W/gdb"
	ok "and where nobody can go on" || tail -n 20 "$W/gdb"
else
	: && ok "and under gdb # SKIP there is none"
	: && ok "and where nobody can go on # SKIP there is no gdb"
fi
run 0 explore --replay isolate-and-free:a20b30 && grep -q 'nothing is wrong at its end' "$W/out"
ok "the right code, in the order that a fault was found in, is right" || cat "$W/out" "$W/err"

# --- shards ---

run 0 explore isolate-and-free --traces "$W/whole"
for shards in 2 5; do
	rm -f "$W/differs"
	: >"$W/parts"
	for k in $(seq $shards); do
		run 0 explore isolate-and-free --shard "$k/$shards" --traces "$W/part" || echo "shard $k/$shards" >>"$W/differs"
		[ -s "$W/part" ] || echo "shard $k/$shards has nothing to do" >>"$W/differs"
		cat "$W/part" >>"$W/parts"
	done
	sort "$W/parts" >"$W/sorted"
	sort "$W/whole" | cmp -s - "$W/sorted" && [ ! -e "$W/differs" ]
	ok "$shards shards are the whole, and nothing twice" || cat "$W/differs"
done
[ "$(sort -u "$W/whole" | wc -l)" -eq "$(wc -l <"$W/whole")" ]
ok "no two executions are alike"
"$PF" explore alloc-and-free --traces "$W/reduced" >/dev/null
"$PF" explore alloc-and-free --time 2 --no-reduction --traces "$W/all" >/dev/null
sort -u "$W/all" >"$W/sorted"
sort -u "$W/reduced" | comm -13 - "$W/sorted" >"$W/missed"
[ "$(wc -l <"$W/all")" -gt "$(wc -l <"$W/reduced")" ] && [ ! -s "$W/missed" ]
ok "without reduction there are more executions, each of them like one of those with"

# --- a limit of time, and of threads ---

run 0 explore isolate-and-free --threads 1 && grep -q '^isolate-and-free: 1 execution ' "$W/out"
ok "one thread alone has one order" || cat "$W/out"
for s in $scenarios; do
	run 0 explore "$s" --threads 1 || echo "$s" >>"$W/fails"
done
[ ! -e "$W/fails" ]
ok "no scenario fails for threads that are left out" || cat "$W/fails"
run 0 explore --replay isolate-and-free/1:a3 && grep -q 'nothing is wrong at its end' "$W/out"
ok "a token says how many threads there are" || cat "$W/out" "$W/err"
run 3 explore isolate-and-free --shard 1/1000000 --time 1
ok "time is up while a shard is looked for, too" || cat "$W/out" "$W/err"
run 0 explore isolate-and-free --with one-flip && grep -q '^one-flip is shown by unmap-and-read$' "$W/out"
ok "it is said where an exhibit shows" || cat "$W/out"

# --- what is wrongly asked for ---

# refused TEXT ARGUMENT...: with exit status 2, and a line that says this
refused() {
	text=$1
	shift
	run 2 "$@" && [ ! -s "$W/out" ] && [ "$(wc -l <"$W/err")" -eq 1 ] && grep -qF -e "$text" "$W/err"
	ok "pageframe $*: $text" || cat "$W/out" "$W/err"
}
refused "there is no scenario 'none'" explore none
refused "there is no exhibit 'none'" explore alloc-and-free --with none
refused "there is no exhibit 'none'" museum none
refused "there is no scenario 'isolate-and-fre', but there is 'isolate-and-free'" explore isolate-and-fre
refused "there is no exhibit 'onflip', but there is 'one-flip'" museum onflip
refused "there is no verb 'expolre', but there is 'explore'" expolre
refused "explore takes one scenario, and got 'two', too" explore one two
refused "--bound is a number of preemptions, not 'x'" explore alloc-and-free --bound x
refused "--threads is 1 to 4, not '5'" explore alloc-and-free --threads 5
refused "--shard is K/N, with K from 1 to N, not '3/2'" explore alloc-and-free --shard 3/2
refused "--shard is K/N, with K from 1 to N, not '0/2'" explore alloc-and-free --shard 0/2
refused "--time is a whole number of seconds, from 1, not '-1'" explore alloc-and-free --time -1
refused "explore has no option '--fast'" explore --fast
refused "--replay needs a value" explore --replay
refused "there is no ':' in it" explore --replay nonsense
refused "there is no such scenario here" explore --replay none:a1
refused "there is no such exhibit here" explore --replay alloc-and-free+none:a1
refused "take turns" explore --replay alloc-and-free:z9
refused "take turns" explore --replay alloc-and-free:a
refused "more steps than an execution can have" explore --replay alloc-and-free:a99999999
refused "there is no name before the ':'" explore --replay :a1
refused "the token does not fit" explore --replay alloc-and-free:d1
refused "it names another execution" explore --replay alloc-and-free:a1.0000
refused "its sum, behind the '.', is cut off" explore --replay alloc-and-free:a1.00
refused "its sum, behind the '.', is cut off" explore --replay alloc-and-free:a1.zzzz
refused "its sum, behind the '.', is cut off" explore --replay alloc-and-free:a1.-001
refused "its sum, behind the '.', is cut off" explore --replay alloc-and-free:a1.0x1f
refused "which scenario?" explore --bound 2
refused "leave out the other options" explore --replay alloc-and-free:a1 --time 3
refused "'one-flip' is no scenario, but an exhibit" explore one-flip
refused "'unmap-and-read' is no exhibit, but a scenario" museum unmap-and-read
refused "a token names its scenario itself: leave out 'alloc-and-free'" explore alloc-and-free --replay alloc-and-free:a1
refused "leave out the other options" explore --with one-flip --replay alloc-and-free:a1
refused "leave out the other options" explore --bound 1 --replay alloc-and-free:a1
refused "what is in it is not all" explore alloc-and-free --traces /dev/full
refused "'/nowhere/file': No such file or directory" explore alloc-and-free --traces /nowhere/file
refused "museum has no option '--fast'" museum --fast
refused "museum takes one exhibit, and got 'b', too" museum stale-list b
finish
