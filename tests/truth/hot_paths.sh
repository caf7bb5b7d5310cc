#!/bin/sh
# The hottest paths, allocation and free of small chunks, pay nothing for isolation and damaged pages: built with what they
# look for and without, their machine code is the same but for a constant. With valgrind the instructions of a pair are
# counted, too.
set -u
cd "$(dirname "$0")/../.." || exit 2
BUILD=${BUILD:-build}
out=$BUILD/test/hot_paths
without=0x05fffe00u # PF_INFO_PLACE | PF_INFO_MIGRATE | PF_INFO_MIXED: what lists need
n=0
status=0
rm -rf "$out"
mkdir -p "$out"

result() { # result STATUS DESCRIPTION
	n=$((n + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		status=1
	fi
}

# Instructions of an object, a line each, without addresses and constants.
instructions() {
	objdump -d --no-show-raw-insn "$1" | sed -n 's/^ *[0-9a-f]*:[[:space:]]*//p' |
		sed -e 's/\$0x[0-9a-f]*/$N/g' -e 's/[0-9a-f]* <[^>]*>//' -e 's/#.*//' -e 's/[[:space:]]*$//'
}

for cc in gcc clang; do
	for check in 0 1; do
		flags="-std=c11 -O2 -ffreestanding -fno-stack-protector -Iinclude -DPF_CHECK_FREE=$check"
		for how in with without; do
			kind=
			[ $how = with ] || kind=-DPCP_KIND=$without
			# shellcheck disable=SC2086
			$cc $flags $kind -c src/page_alloc/fast.c -o "$out/$how.o" || exit 2
			instructions "$out/$how.o" >"$out/$how"
		done
		count=$(grep -c . "$out/with")
		cmp -s "$out/with" "$out/without" && [ "$count" -gt 100 ]
		result $? "$cc, PF_CHECK_FREE=$check: $count instructions of fast.c are the same without isolation"
		cmp -s "$out/with.o" "$out/without.o" && different=1 || different=0
		result $different "$cc, PF_CHECK_FREE=$check: the two are not one file"
	done
done

# pair HOW OPTION: instructions of a pair of allocation and free of a page
pair() {
	make -s "CC=${CC:-gcc}" "BUILD=$out/$1-lib" "CONFIG=-DPF_CHECK_FREE=0 -DPF_CPU_TLS=host_cpu $2" CFLAGS=-O2 \
		"$out/$1-lib/libpageframe.a" || exit 2
	${CC:-gcc} -std=gnu11 -D_GNU_SOURCE -O2 -Iinclude -Itests/host -Ibench -pthread -DALLOCATOR='"pageframe.h"' -DPF_CHECK_FREE=0 \
		-DPF_CPU_TLS=host_cpu bench/alloc_bench.c tests/host/host.c "$out/$1-lib/libpageframe.a" -o "$out/$1-bench" || exit 2
	for f in pf_alloc_pages pf_free_pages; do
		valgrind --tool=callgrind --callgrind-out-file="$out/$1.$f" --toggle-collect=$f \
			"$out/$1-bench" --quick --only turn-0 >/dev/null 2>"$out/$1.$f.log"
		sed -n 's/^summary: //p' "$out/$1.$f"
	done | awk '{ sum += $1 } END { print sum }'
}
if command -v valgrind >/dev/null; then
	with=$(pair with '')
	without=$(pair without "-DPCP_KIND=$without")
	[ "${with:-0}" -gt 10000 ] && [ "$with" -eq "$without" ]
	result $? "2000 pairs of order 0: ${with:-no} instructions with, ${without:-no} without"
fi
echo "1..$n"
exit $status
