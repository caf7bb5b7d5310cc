#!/bin/sh
# What became of a page: for pages all over each recorded machine against what its own kernel said, and in words for
# pages that are known. Catches a page that is told another fate than it had, and texts that lack what people need.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/truth/lib

# A thousand pages of the whole span, holes and what lies behind included; half of them near where something changes.
cat >"$W/pick.awk" <<'EOF'
function border(pfn) { at[n++] = pfn; if (pfn > highest) highest = pfn }
function hex(s,  i, v) { for (i = 1; i <= length(s); i++) v = v * 16 + index("123456789abcdef", substr(s, i, 1)); return v }
FILENAME ~ /kpageflags/ && !/^#/ { border(hex($2)); border(hex($3)) }
FILENAME ~ /iomem/ && /System RAM|Kernel/ {
	split($1, r, "-")
	border(int(hex(r[1]) / 4096))
	border(int(hex(r[2]) / 4096) + 1)
}
END {
	srand(4711)
	for (i = 0; i < 1000; i++) {
		pfn = i % 2 ? int(rand() * highest * 1.02) : at[int(rand() * n)] + int(rand() * 5) - 2
		printf i % 3 ? "pfn:%d\n" : "%.0f\n", pfn < 0 ? 0 : (i % 3 ? pfn : pfn * 4096 + int(rand() * 4096))
	}
}
EOF

# Says each answer that is not the kernel's. Memory is what iomem.txt calls System RAM, in whole pages.
cat >"$W/judge.awk" <<'EOF'
function hex(s,  i, v) { for (i = 1; i <= length(s); i++) v = v * 16 + index("123456789abcdef", substr(s, i, 1)); return v }
function find(from, to, count, pfn,  i) { for (i = 0; i < count; i++) if (from[i] <= pfn && pfn < to[i]) return i; return -1 }
BEGIN { classes = rams = 0 }
FILENAME ~ /kpageflags/ { if (!/^#/) { what[classes] = $1; from[classes] = hex($2); to[classes++] = hex($3) }; next }
FILENAME ~ /iomem/ {
	if (/^[0-9a-f].* : System RAM$/) {
		split($1, r, "-")
		if (rams && end[rams - 1] == hex(r[1])) { end[rams - 1] = hex(r[2]) + 1; next }
		start[rams] = hex(r[1])
		end[rams++] = hex(r[2]) + 1
	}
	next
}
FNR == 1 { for (i = 0; i < rams; i++) { start[i] = int((start[i] + 4095) / 4096); end[i] = int(end[i] / 4096) } }
/^pfn 0x/ {
	pfn = hex(substr($2, 3, length($2) - 3))
	i = find(from, to, classes, pfn)
	reserved = i >= 0 && what[i] == "R"
	memory = find(start, end, rams, pfn) >= 0
	says = !memory ? "no memory" : reserved ? "never handed over: ." : "(handed over (by memblock_free_all|late: .)|plugged in later)"
	if ($0 !~ "^pfn 0x[0-9a-f]+: " says) print $0 ", and the kernel: " says
	n++
	seen[$3 $4 $5]++
}
/: does not agree$/ { print }
END {
	if (n != 1000) print n " answers"
	if (seen["handedoverby"] < 100 || seen["neverhandedover:"] < 10 || seen["nomemory"] < 10) print "pages of too few kinds"
}
EOF

for m in machines/*/; do
	m=${m%/}
	name=$(basename "$m")
	[ -r "$m/kpageflags.txt" ] && grep -q memblock_reserve "$m/dmesg.txt" || continue
	awk -f "$W/pick.awk" "$m/kpageflags.txt" "$m/iomem.txt" >"$W/pages"
	"$PF" why "$name" - <"$W/pages" >"$W/out" 2>"$W/err"
	[ $? -eq 0 ] && [ ! -s "$W/err" ] && [ "$(grep -c '^pfn' "$W/out")" -eq 1000 ] &&
		awk -f "$W/judge.awk" "$m/kpageflags.txt" "$m/iomem.txt" "$W/out" >"$W/wrong" && [ ! -s "$W/wrong" ]
	ok "$name: 1000 pages became what the kernel says" || { cat "$W/err"; head -n 20 "$W/wrong"; }
done

# says WHAT MACHINE PAGE LINE...: the answer is these lines from its second on, where "..." stands for any
says() {
	what=$1
	machine=$2
	page=$3
	shift 3
	"$PF" why "$machine" "$page" >"$W/out" 2>"$W/err"
	status=$?
	printf '%s\n' "$@" >"$W/words"
	tail -n +2 "$W/out" | awk -v words="$W/words" '
		function next_word() { more = (getline want < words) > 0 }
		BEGIN { next_word() }
		more && want == "..." { next_word(); skip = 1 }
		more && $0 == want { next_word(); skip = 0; next }
		!skip { exit wrong = 1 }
		END { exit wrong || more }' && [ $status -eq 0 ] && [ ! -s "$W/err" ]
	ok "$what" || cat "$W/out" "$W/err"
}

says "the first page" efi-1g-k61 0 \
	'  firmware     usable [0x0-0x9ffff] (dmesg.txt:4)' \
	'  changed      to reserved [0x0-0xfff] (dmesg.txt:55)' \
	'  memory       in none' \
	'               next above: [0x1000-0x9ffff], node 0' \
	'  reserved     before memblock=debug [0x0-0xffff]' \
	'  history      of boot, in order:' \
	'               reserved by setup_arch (first MiB, early heap) [0x0-0xfffff] (dmesg.txt:190)' \
	'  iomem.txt    Reserved [0x0-0xfff]' \
	'  kpageflags   reserved (kpageflags.txt:1): agrees' \
	'pfn 0x0: no memory'
says "EFI boot services" efi-1g-k61 pfn:0x3d6ad \
	'...' '  reserved     by efi_reserve_boot_services (UEFI boot services) [0x3d639000-0x3d6d6fff] (dmesg.txt:93)' \
	'  given back   late: EFI boot services [0x3d639000-0x3d6d6fff] (dmesg.txt:519)' \
	'  zone         DMA32 of node 0; in pageframe its block of 512 pages is whole' \
	'...' 'pfn 0x3d6ad: handed over late: EFI boot services'
says "UEFI's own map, with efi=debug" efi-1g-efidebug-k61 0x3eb90000 \
	'  firmware     usable [0x3eb8c000-0x3f4ebfff] (dmesg.txt:11)' \
	'  UEFI         Boot Code [0x3eb8c000-0x3eba1fff] (dmesg.txt:131)' \
	'  UEFI         Boot Code [0x3eb8c000-0x3eba1fff] (dmesg.txt:640)' \
	'...' 'pfn 0x3eb90: never handed over: efi_reserve_boot_services'
says "the initial RAM disk" bios-8g-k612 0x7fe4f000 \
	'...' '  reserved     by initial RAM disk [0x7fe4f000-0x7ffcffff], before memblock=debug' \
	'  given back   late: initrd [0x7fe4f000-0x7ffcffff] (dmesg.txt:456)' \
	'...' 'pfn 0x7fe4f: handed over late: initrd'
says "the kernel image" efi-1g-k61 914M \
	'...' '  reserved     by kernel image [0x36e00000-0x395fffff], before memblock=debug' \
	'...' '                 Kernel bss [0x390b1000-0x395fffff]' \
	'...' 'pfn 0x39200: never handed over: kernel image'
says "a hole" efi-1g-k61 0xa0fff \
	'  firmware     in no entry' \
	'               next below: usable [0x0-0x9ffff] (dmesg.txt:4)' \
	'               next above: usable [0x100000-0x805fff] (dmesg.txt:5)' \
	'...' '  memory       in none' \
	'               next below: [0x1000-0x9ffff], node 0' \
	'               next above: [0x100000-0x805fff], node 0' \
	'...' 'pfn 0xa0: no memory'
says "a page that two share" efi-1g-k61 0x3d36b000 \
	'...' '  reserved     by setup_log_buf (log, see log_buf_len=) [0x3cf6b018-0x3d36b017] (dmesg.txt:194)' \
	'  reserved     before memblock=debug [0x3d36b018-0x3d3a8057]' \
	'...' '  iomem.txt    System RAM [0x900000-0x3d36b017]' \
	'               System RAM [0x3d36b018-0x3d3a8057]' \
	'...' 'pfn 0x3d36b: never handed over: setup_log_buf'
says "reserved and freed again" bios-8g-k612 0x276a80000 \
	'...' '  reserved     by nobody' \
	'  history      of boot, in order:' \
	'               added by e820__memblock_setup [0x100000000-0x27fffffff] (dmesg.txt:30)' \
	'               reserved by pcpu_fc_alloc (per-CPU data) [0x276a00000-0x276bfffff] (dmesg.txt:193)' \
	'               freed by pcpu_embed_first_chunk (per-CPU data) [0x276a42000-0x276afffff] (dmesg.txt:195)' \
	'...' 'pfn 0x276a80: handed over by memblock_free_all'
says "ACPI tables" efi-1g-k61 0x3f770000 \
	'  firmware     ACPI data [0x3f76c000-0x3f77dfff] (dmesg.txt:13)' '  memory       in none' \
	'...' 'pfn 0x3f770: no memory'
says "memory that the command line took" mem-limit-k612 1500M \
	'  firmware     usable [0x100000-0x7ffdefff] (dmesg.txt:7)' \
	'  command line in no entry' \
	'               next below: usable [0x100000-0x5dbfffff] (dmesg.txt:21)' \
	'...' 'pfn 0x5dc00: no memory'
says "memory that was plugged in later" dimm-boot-k612 4608M \
	'  firmware     in no entry' \
	'...' '  memory       not at boot; iomem.txt has it as System RAM' \
	'  zone         Normal of node 0' \
	'...' 'pfn 0x120000: plugged in later'
says "a place that is a guess" nodebug-8g-k612 pfn:0x27ed00 \
	'...' '  kpageflags   reserved (kpageflags.txt:34): not compared, for the log is without memblock=debug' \
	'pfn 0x27ed00: never handed over: all else (the place is a guess)'
says "an address that is a guess" machines/nodebug-8g-k612/dmesg.txt 0x27c66c000 \
	'...' '  reserved     by kernel image (the place is a guess) [0x27c600000-0x27ec347ff]' \
	'  given back   late: decrypted [0x27c60a000-0x27c804fff], but the address is a guess (dmesg.txt:341)' \
	'...' 'pfn 0x27c66c: handed over late: decrypted (a guess)'
# Of the memory map of each of a hundred huge pages 6.12 gives back eight pages; which, no line says.
sed -e 's/hugepagesz=1G hugepagesz=1G hugepages=1/hugepagesz=1G hugepages=1 hugetlb_free_vmemmap=on/' \
	-e 's/2.00 MiB page size, pre-allocated 0 pages/2.00 MiB page size, pre-allocated 100 pages/' \
	machines/hugepages-k612/dmesg.txt >"$W/hvo.log"
mkdir "$W/hvo"
cp "$W/hvo.log" "$W/hvo/dmesg.txt"
cp machines/hugepages-k612/kpageflags.txt "$W/hvo/"
"$PF" boot --format=json "$W/hvo" >"$W/doc"
guess=$(sed -n "s/.*huge pages' memory map\", \"start\": \([0-9]*\), .*\"placed\": false.*/\1/p" "$W/doc")
says "a late free whose place is a guess" "$W/hvo" "${guess:-none}" \
	'...' '  kpageflags   reserved (kpageflags.txt:32): not known, for which pages came back is a guess' \
	"$(printf "pfn 0x%x: handed over late: huge pages' memory map (a guess)" $((${guess:-0} / 4096)))"
says "and its neighbour, which may be the one" "$W/hvo" $((${guess:-0} - 4096)) \
	'...' '  kpageflags   reserved (kpageflags.txt:32): not known, for which pages came back is a guess' \
	"$(printf "pfn 0x%x: never handed over: sparse_init_nid (a guess)" $((${guess:-0} / 4096 - 1)))"
"$PF" why --format=json "$W/hvo" "${guess:-0}" | grep -q '"agrees": null, "guess": true, '
ok "which the document says, too"
"$PF" boot --compare-late-free "$W/hvo" | grep -q '^The place of 800 pages that were given back is a guess'
ok "and so does the table of late frees"
! "$PF" boot --compare-late-free efi-1g-k61 | grep -q guess
ok "where nothing is guessed nothing is said of it"

says "beyond everything" bios-8g-k612 0xffffffffffffffff \
	'  firmware     in no entry' '...' '               next below: [0x100000000-0x27fffffff], node 0' \
	'...' 'pfn 0xfffffffffffff: no memory'

sed -e '/Freeing initrd/d' machines/bios-8g-k612/dmesg.txt | "$PF" why - 0x7fe4f000 | tail -n 1 |
	grep -qx 'pfn 0x7fe4f: never handed over: initial RAM disk'
ok "without the line that gives it back it is not given back"

# The ways to name a page.
"$PF" why bios-8g-k612 0x7fe4f000 2145710080 pfn:0x7fe4f pfn:523855 2095420K 0x7FE4FFFF |
	grep -c '^pfn 0x7fe4f: handed over late: initrd$' | grep -qx 6
ok "an address or a number, hexadecimal, decimal or with a unit"
"$PF" why bios-8g-k612 0x7fe4fabc | head -n 1 | grep -qx 'bios-8g-k612: page 0x7fe4f000, pfn 0x7fe4f, which has 0x7fe4fabc'
ok "an address inside a page"
printf '1M\n\n  \n2M \r\n' | "$PF" why bios-8g-k612 0 - 3m | grep '^pfn' | cut -d: -f1 | tr '\n' ' ' |
	grep -qx 'pfn 0x0 pfn 0x100 pfn 0x200 pfn 0x300 '
ok "several pages, and some from standard input, in order"
"$PF" why - 1M <machines/bios-8g-k612/dmesg.txt | tail -n 1 | grep -qx 'pfn 0x100: handed over by memblock_free_all'
ok "the log from standard input"
printf '# pages of a core dump\n1M # the first\n\n  # and\n2M#\n' | "$PF" why bios-8g-k612 - 2>&1 | grep '^pfn\|^<' | cut -d: -f1 | tr '\n' ' ' |
	grep -qx 'pfn 0x100 pfn 0x200 '
ok "and comments are skipped there"
printf '1M\nrubbish\n2M\n' | "$PF" why bios-8g-k612 - >"$W/out" 2>"$W/err"
[ $? -eq 2 ] && grep -q "^<stdin>:2: 'rubbish' is no page: give an address" "$W/err" && [ "$(grep -c '^pfn' "$W/out")" -eq 2 ]
ok "a line that is no page is told, and the others are answered"

# advises PATTERN ARGUMENT...: exit status 2, nothing on standard output, one line on standard error
advises() {
	pattern=$1
	shift
	"$PF" why "$@" >"$W/out" 2>"$W/err" </dev/null
	[ $? -eq 2 ] && [ ! -s "$W/out" ] && [ "$(wc -l <"$W/err")" -eq 1 ] && grep -q "^pageframe: $pattern" "$W/err"
	ok "why $*" || cat "$W/out" "$W/err"
}
advises 'why needs a machine and a page'
advises "why needs a page of 'bios-8g-k612': an address" bios-8g-k612
for bad in '' x 0x 1X 1KB 1.5G 0x1g0 'pfn:' pfn:x pfn:1K ' 1' '1 2' +1 1e9 pfn:0x; do
	advises "'$bad' is no page: give an address" bios-8g-k612 "$bad"
done
for bad in 0x10000000000000000 18446744073709551616 16777216T 99999999999999999999G pfn:0x10000000000000; do
	advises "'$bad' lies beyond the last address" bios-8g-k612 "$bad"
done
advises "'1X' is no page" bios-8g-k612 1M 1X
advises "why has no option '-1'" bios-8g-k612 -1
advises "why has no option '--frobnicate'" --frobnicate bios-8g-k612 1M
advises "there is no format 'picture'" --format=picture bios-8g-k612 1M
advises '--format needs a value' bios-8g-k612 1M --format
advises 'standard input cannot be read twice' - -
advises 'standard input cannot be read twice' bios-8g-k612 - -
advises "'no-such-machine'" no-such-machine 1M
printf 'BIOS-e820: [mem 0x0-0xfff] usable\nBIOS-e820: [mem 0xf000000000000000-0xf000000000ffffff] usable\n' >"$W/far.log"
advises '.*far.log: its memory reaches too far' "$W/far.log" 1M
printf 'Linux version 6.1.0\n' >"$W/early.log"
advises '.*early.log: no memory in this log' "$W/early.log" 1M
"$PF" help | grep -q '^  why  *' && "$PF" help why | grep -q '^usage: pageframe why '
ok "help"
finish
