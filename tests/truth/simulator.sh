#!/bin/sh
# The memblock simulator as its user meets it: in its own folder, silent unless asked or something is wrong.
set -u
cd "$(dirname "$0")/../memblock" || exit 2
W=$(mktemp -d)
trap 'rm -rf "$W"; MAKEFLAGS="" make -s NUMA=1 "BUILD=$B" >/dev/null 2>&1' EXIT
case ${BUILD:-build} in
/*) B=$BUILD ;;
*) B=../../${BUILD:-build} ;;
esac
n=0
failed=0

ok() { # ok DESCRIPTION: tells how the command before it ended
	status=$?
	n=$((n + 1))
	[ $status -eq 0 ] || {
		printf 'not '
		failed=1
	}
	echo "ok $n - $1"
	return $status
}

for config in '' NUMA=1 32BIT_PHYS_ADDR_T=1 'NUMA=1 32BIT_PHYS_ADDR_T=1' 'NUMA=1 PHYSMEM=1'; do
	# shellcheck disable=SC2086 # several settings
	MAKEFLAGS='' make -s "BUILD=$B" $config >"$W/make" 2>&1 && [ ! -s "$W/make" ]
	ok "make $config"
	for option in '' -m; do
		# shellcheck disable=SC2086 # an option or none
		./main $option >"$W/out" 2>&1 && [ ! -s "$W/out" ]
		ok "make $config && ./main $option: silent, and exit status 0" || head -n 20 "$W/out"
	done
done
MAKEFLAGS='' make -s "BUILD=$B" MEMBLOCK_DEBUG=1 >"$W/make" 2>&1 && ./main >"$W/out" 2>&1 &&
	grep -q '^memblock_reserve: \[0x' "$W/out"
ok "make MEMBLOCK_DEBUG=1 && ./main: what memblock does"
MAKEFLAGS='' make -s help >"$W/out" && grep -q NUMA=1 "$W/out"
ok "make help"
MAKEFLAGS='' make -s "BUILD=$B" NUMA=1
./main --help | grep -q -e --run
ok "./main --help"
[ "$(./main --list | wc -l)" -gt 300 ]
ok "./main --list"
matches=$(./main --list | grep -c '^alloc_nid\..*numa')
[ "$matches" -gt 10 ] && [ "$(./main -v --run 'alloc_nid.*numa*' | grep -c '^ok ')" -eq "$matches" ]
ok "./main --run 'alloc_nid.*numa*'"
./main --run 'no.such' >"$W/out" 2>"$W/err"
[ $? -eq 2 ] && [ "$(wc -l <"$W/err")" -eq 1 ]
ok "a pattern that nothing matches is told"
./main --frobnicate >"$W/out" 2>"$W/err"
[ $? -eq 2 ]
ok "an unknown option is told"
./main --seed 5 --iterations 20000 --run 'random.*' >"$W/out" 2>&1 && [ ! -s "$W/out" ]
ok "./main --seed 5 --iterations 20000"
./main -v --run 'basic.*' >"$W/out" && grep -q '^ok 1 - memblock[a-z_]*: ' "$W/out" && grep -q '^# [0-9]* of [0-9]* cases passed$' "$W/out"
ok "./main -v names the function, the case and the count"
for option in --verbose --movable-node --list --run --seed --iterations --help; do
	./main --help | grep -q -e "$option"
	ok "./main --help tells of $option"
done

# A library with a fault: regions that touch are merged whatever their flags.
mkdir "$W/tree"
cp -r ../../include ../../src ../../tests "$W/tree/"
sed -i 's/r->flags == next->flags/r->flags >= next->flags/' "$W/tree/src/memblock/array.c"
MAKEFLAGS='' make -s -C "$W/tree/tests/memblock" NUMA=1 "BUILD=$W/tree/build" >"$W/make" 2>&1
"$W/tree/tests/memblock/main" >"$W/out" 2>&1
[ $? -eq 1 ]
ok "a fault in the library makes the exit status 1" || cat "$W/make"
grep -q '^# [a-z]*\.[a-z_0-9]* failed at [a-z_]*\.c:[0-9]*: ' "$W/out" && grep -q '^#   expected: ' "$W/out" &&
	grep -q '^#   seen: ' "$W/out"
ok "a failing check says which, expected and seen"
[ "$(grep -c ' failed at ' "$W/out")" -gt 3 ] && grep -q '^[0-9]* of [0-9]* cases failed$' "$W/out"
ok "the run goes on, and counts"
grep -q '^# seed 1, ' "$W/out" && grep -q '^	host_reset();$' "$W/out" && grep -q '^	memblock_' "$W/out"
ok "the randomised group prints its seed, and operations to paste into a test"
[ "$("$W/tree/tests/memblock/main" -x 2>&1 | grep -c ' failed at ')" -eq 1 ]
ok "-x stops at the first"
echo "1..$n"
exit $failed
