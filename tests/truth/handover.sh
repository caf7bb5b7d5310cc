#!/bin/sh
# From memblock to the page allocator: each page of each recorded machine as its own kernel had it, our own boot of it, the
# historic ways to free late, and machines that nobody has.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/truth/lib

# zone FILE: "node zone spanned present managed" of each populated zone, as numbers
zones() {
	awk '/^Node/ { node = $2; sub(",", "", node); zone = $4 } $1 == "spanned" { s = $2 } $1 == "present" { p = $2 }
		$1 == "managed" { m = $2 } $1 == "start_pfn:" && p { print node, zone, s, p, m }' "$@" | grep -v Device
}

for m in machines/*/; do
	m=${m%/}
	name=$(basename "$m")

	# The log alone must do: zoneinfo.txt beside it is what it is compared with. Memory plugged in later is in iomem.txt only.
	case $name in
	dimm-boot-*) ;;
	*)
		rm -rf "$W/alone"
		mkdir "$W/alone"
		cp "$m/dmesg.txt" "$W/alone/"
		"$PF" boot --format=zoneinfo "$W/alone" 2>/dev/null | zones >"$W/ours"
		zones "$m/zoneinfo.txt" | cmp -s - "$W/ours"
		ok "$name: managed of every zone, from the log alone"
		;;
	esac

	# R of --format=pages against R of kpageflags.txt, by an awk that shares no code with --check.
	if [ -e "$m/kpageflags.txt" ] && grep -q 'memblock_reserve:' "$m/dmesg.txt"; then
		"$PF" boot --format=pages "$name" >"$W/pages" 2>/dev/null
		awk '
		function dec(h,   i, n) {
			for (i = 1; i <= length(h); i++) n = n * 16 + index("0123456789abcdef", substr(h, i, 1)) - 1
			return n
		}
		function put(line) { print line | "cmp -s - /dev/fd/3" }
		FNR == NR { if ($1 == "R") { a[++n] = dec($2); b[n] = dec($3) } next }
		{
			from = dec($2); to = dec($3)
			while (k < n && b[k + 1] <= from) k++
			for (i = k + 1; i <= n && a[i] < to; i++) {
				s = a[i] > from ? a[i] : from; e = b[i] < to ? b[i] : to
				if (s < e) { theirs += e - s; if ($1 == "R") both += e - s }
			}
			if ($1 == "R") ours += to - from
		}
		END { printf "%d %d %d\n", ours, theirs, both; exit !(ours > 0 && ours == theirs && ours == both) }' \
			"$m/kpageflags.txt" "$W/pages" >"$W/out"
		ok "$name: the pages never handed over are kpageflags' reserved ones" || cat "$W/out"
	fi

	# Booted by pageframe alone: the same zones, and more of them managed where the kernel's memory map was in the log.
	"$PF" boot --as=native --format=zoneinfo "$name" 2>/dev/null | zones >"$W/native"
	"$PF" boot --format=zoneinfo "$name" 2>/dev/null | zones >"$W/recorded"
	awk 'FNR == NR { present[$1 $2] = $3 " " $4; a += $5; next } present[$1 $2] != $3 " " $4 { bad = 1 } { b += $5 } END { exit bad || b < a }' \
		"$W/recorded" "$W/native" && [ -s "$W/native" ]
	ok "$name: a native boot has the same zones, and keeps less for itself"
	"$PF" boot --as=native "$name" >"$W/out" && grep -q '^Memory map' "$W/out" && ! grep -qE "^Different from|where the kernel's did" "$W/out"
	ok "$name: and is not compared with the kernel's"
done

"$PF" boot --as=native nodebug-8g-k612 | grep -q "the kernel's, not in this boot (a guess)  *128.00  *32768$"
ok "without memblock=debug the kernel's memory map is a guess, and said to be one"

# Huge pages give back parts of the kernel's memory map, which a native boot does not have.
sed -e 's/hugepages=/hugetlb_free_vmemmap=on &/' machines/hugepages-k612/dmesg.txt >"$W/hvo.log"
"$PF" boot "$W/hvo.log" | grep -q "later: huge pages' memory map  *16.00 " &&
	"$PF" boot --as=native "$W/hvo.log" >"$W/out" && ! grep -qE "Different|huge pages' memory map" "$W/out"
ok "a native boot gives nothing back of the kernel's memory map"

# Every historic fault shows itself on every UEFI machine that frees in the deferred range; ours never does.
for m in machines/efi-* machines/t3.micro-*; do
	name=$(basename "$m")
	for way in lost early redux flag discard caller blocks; do
		"$PF" boot --late-free=$way "$name" >"$W/$way" 2>"$W/err" && [ ! -s "$W/err" ]
		ok "$name: --late-free=$way"
	done
	deferred=$("$PF" boot --compare-late-free "$name" | sed -n '1s/.* \([0-9]*\) of them where.*/\1/p')
	case $deferred in
	'' | 0)
		! grep -qE '^    [0-9]+ ' "$W/lost" "$W/early" "$W/redux" "$W/flag"
		ok "$name: frees nothing in the deferred range, and no way but discard harms it"
		;;
	*)
		grep -q "^    $deferred pages lost" "$W/lost"
		ok "$name: lost loses the $deferred pages of the deferred range"
		grep -q 'reads of descriptors not yet initialised' "$W/early"
		ok "$name: early reads descriptors too early"
		grep -q "^    $deferred descriptors initialised twice" "$W/redux"
		ok "$name: redux initialises them twice"
		grep -q 'reads of descriptors not yet initialised' "$W/flag"
		ok "$name: flag reads descriptors too early"
		;;
	esac
	[ "$(grep -c 'no page lost, no descriptor' "$W/blocks")" -eq 3 ] && [ "$(grep -c 'no page lost, no descriptor' "$W/caller")" -eq 3 ]
	ok "$name: blocks and caller are right at all three times"
done
for name in efi-1g-k61 efi-numa-4g-k61 t3.micro-v6.2; do
	grep -q 'pages lost' <<-EOT
		$("$PF" boot --late-free=discard "$name")
	EOT
	ok "$name: discard loses what comes after memblock_discard()"
done

# The table of commit 115d9d77bb0f, both rows.
table() { # table WAY MANAGED
	"$PF" boot --late-free="$1" --format=zoneinfo t3.micro-v6.2 | zones >"$W/out"
	printf '0 DMA 4095 3999 3840\n0 DMA32 246652 245868 %s\n' "$2" | cmp -s - "$W/out"
}
table lost 178867
ok "t3.micro without its 43949 pages"
table early 222816
ok "t3.micro with them, as the patch had it"
table blocks 222816
ok "t3.micro with them"
# A damaged line: a reservation that reaches beyond all memory that there can be.
awk '/efi_reserve_boot_services/ && !n++ { sub(/-0x0000/, "-0x0080") } { print }' machines/efi-1g-k61/dmesg.txt >"$W/far"
grep -q -e '-0x0080' "$W/far" && timeout 5 "$PF" boot --late-free=early "$W/far" >/dev/null 2>&1 &&
	timeout 20 "$PF" boot --compare-late-free "$W/far" >/dev/null 2>&1
ok "ways to free late: a reservation without an end does not hold them up"

"$PF" boot --compare-late-free bios-512m-k61 >"$W/out"
[ "$(grep -c '^Freed' "$W/out")" -eq 1 ] && grep -q '^Freed at any time: there is nothing to free$' "$W/out"
ok "ways to free late: one table says it where nothing is freed"

"$PF" boot --compare-late-free t3.micro-v6.2 | awk '$2 == "DMA32" { exit !($5 == 178867 && $6 == 222816 && $NF == 222816) }'
ok "one command shows both rows"
"$PF" boot t3.micro-v6.2 >"$W/out" && head -n 1 "$W/out" | grep -q ': Linux 6.2.0-rc2 (reconstructed, not recorded)$' &&
	tail -n 1 "$W/out" | grep -qx '54 of 54 allocations landed where the log has them' &&
	! "$PF" boot efi-1g-k61 | grep -q reconstructed
ok "that no kernel printed its log is said, of it alone"

# sum of --format=pages in pages
sum() {
	awk 'function dec(h,   i, n) { for (i = 1; i <= length(h); i++) n = n * 16 + index("0123456789abcdef", substr(h, i, 1)) - 1; return n }
		{ n += dec($3) - dec($2) } END { printf "%d\n", n }'
}
[ "$("$PF" boot --format=pages synthetic:64G,nodes=4 | sum)" = 16777216 ]
ok "a synthetic machine has the memory it was asked for"
[ "$("$PF" boot --format=zoneinfo synthetic:64G,nodes=4 | grep -c '^Node .*Normal')" = 4 ]
ok "on as many nodes"
"$PF" boot --format=zoneinfo synthetic:64G,nodes=4 | zones >"$W/out"
awk '{ p += $4; m += $5 } END { exit !(p == 16777216 && p - m > 65536 && p - m < 66000) }' "$W/out"
ok "and keeps 16 bytes a page for itself, and hardly more"
case $PF in
*/test/*) ;; # AddressSanitizer's own map of 16 TiB is too large
*)
	sed -e 's/0x0000000100000000-0x000000027fffffff/0x0000000100000000-0x0000210000000fff/' machines/nodebug-8g-k612/dmesg.txt >"$W/wide.log"
	"$PF" boot --as=native "$W/wide.log" >"$W/out" 2>"$W/err"
	[ $? -eq 2 ] && [ ! -s "$W/out" ] && grep -q 'wide.log.* cannot be booted natively: node 0, zone Normal spans more than 2^32 pages' "$W/err"
	ok "what pf_boot() refuses is told in its own words"
	"$PF" boot --format=zoneinfo synthetic:16T,nodes=8 | zones | awk '{ p += $4; m += $5 } END { exit !(p == 4294967296 && p - m < 16820000) }'
	ok "16 TiB on 8 nodes are handed over"
	"$PF" boot --format=zoneinfo synthetic:64T,nodes=4 | zones | awk '{ p += $4 } END { exit p != 17179869184 }'
	ok "64 TiB on 4"
	for size in 17T 64T; do
		"$PF" boot synthetic:$size >"$W/out" 2>"$W/err"
		[ $? -eq 2 ] && [ ! -s "$W/out" ] && grep -q 'too large: node 0, zone Normal spans more' "$W/err"
		ok "$size on one node are too much, and that is said"
	done
	;;
esac

# refuses PATTERN ARGUMENT...: exit status 2, nothing on standard output, one line on standard error
refuses() {
	pattern=$1
	shift
	"$PF" boot "$@" >"$W/out" 2>"$W/err" </dev/null
	[ $? -eq 2 ] && [ ! -s "$W/out" ] && [ "$(wc -l <"$W/err")" -eq 1 ] && grep -q "^pageframe: .*$pattern" "$W/err"
	ok "boot $*" || cat "$W/out" "$W/err"
}
for spec in 1000001 16 1P 16X; do
	refuses 'a size needs a unit: K, M, G or T, such as 512M$' "synthetic:$spec"
done
for spec in 65T 128T,nodes=8 99999999999999999999G; do
	refuses 'that is too large: at most 64T in all$' "synthetic:$spec"
done
refuses 'a synthetic machine has no recording' --as=recorded synthetic:1G
refuses 'a synthetic machine has no kernel to compare with' --check synthetic:1G
refuses 'on a synthetic machine nothing is given back late' --late-free=lost synthetic:1G
refuses 'on a synthetic machine nothing is given back late' --compare-late-free synthetic:1G
for spec in '' 16 16X T 16T,nodes= 16T,nodes=0 16T,nodes=2000 16T,cores=8 1M 9999999999999999999T 16Tx; do
	"$PF" boot "synthetic:$spec" >"$W/out" 2>"$W/err" </dev/null
	[ $? -eq 2 ] && [ ! -s "$W/out" ] && [ "$(wc -l <"$W/err")" -eq 1 ]
	ok "synthetic:$spec is refused"
done
finish
