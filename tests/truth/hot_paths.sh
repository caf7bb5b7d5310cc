#!/bin/sh
# The hottest paths, allocation and free of small chunks, pay nothing for isolation and damaged pages: built with what they
# look for and without, their machine code is the same but for a constant. Nor for no-free pages: the page allocator needs
# nothing of src/nofree/, and does the same without it. With valgrind the instructions of a pair are counted, too.
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

# library HOW OPTION: a library to count with
library() {
	make -s "CC=${CC:-gcc}" "BUILD=$out/$1-lib" "CONFIG=-DPF_CHECK_FREE=0 -DPF_CPU_TLS=host_cpu $2" CFLAGS=-O2 \
		"$out/$1-lib/libpageframe.a" || exit 2
}
library with ''
objects=$out/with-lib/o/src

# What the page allocator needs, and src/nofree/ has.
nm -g --defined-only "$objects"/nofree/*.o | awk 'NF == 3 { print $3 }' | sort -u >"$out/has"
nm -g --undefined-only "$objects"/page_alloc/*.o | awk '$1 == "U" { print $2 }' | sort -u >"$out/needs"
[ "$(grep -c . "$out/has")" -gt 10 ] && grep -q '^pf_alloc_nofree$' "$out/has" && grep -q . "$out/needs" &&
	[ -z "$(comm -12 "$out/has" "$out/needs")" ]
result $? "src/page_alloc/ needs nothing of src/nofree/"

# The same library without that room: who asks for such a page gets none.
mkdir -p "$out/bare-lib"
cp "$out/with-lib/libpageframe.a" "$out/bare-lib"
for f in src/nofree/*.c; do
	ar d "$out/bare-lib/libpageframe.a" "$(basename "$f" .c).o" || exit 2
done
cat >"$out/bare-lib/none.c" <<'C'
#include <pageframe/nofree.h>
pf_pfn pf_alloc_nofree(struct pf_mem *mem, int nid, pf_gfp gfp)
{
	return (void)mem, (void)nid, (void)gfp, PF_NO_PFN;
}
unsigned long pf_drain_nofree(struct pf_mem *mem, int nid)
{
	return (void)mem, (void)nid, 0;
}
C

# pair HOW SOURCE...: instructions of a pair of allocation and free of a page, with that library and these
pair() {
	how=$1
	shift
	${CC:-gcc} -std=gnu11 -D_GNU_SOURCE -O2 -Iinclude -Itests/host -Ibench -pthread -DALLOCATOR='"pageframe.h"' -DPF_CHECK_FREE=0 \
		-DPF_CPU_TLS=host_cpu bench/alloc_bench.c tests/host/host.c "$@" "$out/$how-lib/libpageframe.a" -o "$out/$how-bench" || exit 2
	for f in pf_alloc_pages pf_free_pages; do
		valgrind --tool=callgrind --callgrind-out-file="$out/$how.$f" --toggle-collect=$f \
			"$out/$how-bench" --quick --only turn-0 >/dev/null 2>"$out/$how.$f.log"
		sed -n 's/^summary: //p' "$out/$how.$f"
	done | awk '{ sum += $1 } END { print sum }'
}
if command -v valgrind >/dev/null; then
	with=$(pair with)
	library without "-DPCP_KIND=$without"
	without=$(pair without)
	[ "${with:-0}" -gt 10000 ] && [ "$with" -eq "$without" ]
	result $? "2000 pairs of order 0: ${with:-no} instructions with, ${without:-no} without"
	bare=$(pair bare "$out/bare-lib/none.c")
	[ "${with:-0}" -gt 10000 ] && [ "$with" -eq "$bare" ] && nm "$out/with-bench" | grep -q ' pfi_nofree_import$' &&
		! nm "$out/bare-bench" | grep -q pfi_nofree
	result $? "and ${bare:-no} without no-free pages"
fi
echo "1..$n"
exit $status
