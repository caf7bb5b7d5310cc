#!/bin/sh
# Logs as people have them: with other prefixes, cut off, damaged, or no logs at all.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/truth/lib

log=machines/efi-numa-4g-k61/dmesg.txt
"$PF" boot - <"$log" >"$W/expected" 2>/dev/null

# same DESCRIPTION SED-ARGUMENT...: the log, edited, gives the same summary
same() {
	what=$1
	shift
	sed "$@" "$log" >"$W/edited"
	"$PF" boot - <"$W/edited" >"$W/got" 2>"$W/err"
	cmp -s "$W/expected" "$W/got" && [ ! -s "$W/err" ]
	ok "$what"
}

same "log-level prefixes" -e 's/^/<6>/'
same "no time stamps" -e 's/^\[ *[0-9.]*\] //'
same "carriage returns" -e 's/$/\r/'
same "syslog prefixes" -e 's/^/Nov 21 20:43:01 myhost kernel: /'
same "ISO dates, as journalctl and rsyslog print them" \
	-e 's/^\[ *[0-9.]*\]/2026-11-21T20:43:01.123456+00:00 myhost kernel:/'
same "dmesg -T" -e 's/^\[ *[0-9.]*\]/[Sat Nov 21 20:43:01 2026]/'
same "the printing task" -e 's/^\[ *\([0-9.]*\)\] /[    \1][    T0] /'
same "dmesg -x" -e 's/^/kern  :info  : /'
same "journalctl -o short-monotonic" -e 's/^\(\[ *[0-9.]*\]\) /\1 myhost kernel: /'
same "dmesg --time-format iso" -e 's/^\[ *[0-9.]*\]/2026-11-21T20:43:01,123456+00:00/'
same "dmesg -d" -e 's/^\[ *\([0-9.]*\)\]/[    \1 <    0.000012>]/'
same "/dev/kmsg" -e 's/^\[ *[0-9.]*\] /6,339,5140900,-;/'
same "terminal colours" -e "s/^\\(\\[ *[0-9.]*\\]\\)/$(printf '\033')[32m\\1$(printf '\033')[0m/"
same "quoted in mail" -e 's/^/> /'

tail -n 1 "$W/expected" >"$W/last"
awk '{ print } NR % 3 == 0 { print "[    0.000000] usb 1-1: new device found, idVendor=1d6b" }' "$log" |
	"$PF" boot - 2>/dev/null | tail -n 1 | cmp -s - "$W/last"
ok "lines of others between"

# At 120 places, closer together near the beginning: never a crash, and something said.
size=$(wc -c <"$log")
bad=0
for at in $(awk -v size="$size" 'BEGIN { for (i = 0; i < 120; i++) print int(size * i * i / 14400) }'); do
	head -c "$at" "$log" | "$PF" boot - >"$W/out" 2>"$W/err"
	status=$?
	case $status in
	0) grep -q '^Missing in the log' "$W/out" || bad=1 ;;
	2) grep -q '^pageframe: <stdin>: ' "$W/err" || bad=1 ;;
	*) bad=1 ;;
	esac
	[ $bad -eq 0 ] || { echo "# cut at byte $at: status $status"; cat "$W/err"; break; }
done
[ $bad -eq 0 ]
ok "cut anywhere, it gives what it can and says what is missing"

printf 'BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable\nBIOS-e820: [mem zzz] usable\n' >"$W/bad.log"
"$PF" boot "$W/bad.log" >"$W/out" 2>"$W/err"
[ $? -eq 0 ] && grep -q "^$W/bad.log:2: expected an address range" "$W/err" && grep -q usable "$W/out"
ok "a malformed line is reported with file and line, and the rest is kept"

head -n 300 machines/bios-8g-k612/dmesg.txt | sed -e '0,/memblock_reserve: \[0x000000027edcf680/s/0x000000027edcf680-0x000000027edd367f/0x000000027edcf640-0x000000027edd363f/' >"$W/moved.log"
line=$(grep -n '0x000000027edcf640' "$W/moved.log" | cut -d: -f1)
"$PF" boot --check "$W/moved.log" >"$W/out" 2>/dev/null
[ $? -eq 1 ] && grep -q "^$W/moved.log:$((line - 1)): sparse_init: the kernel's allocation is at 0x27edcf640, ours at 0x27edcf680" "$W/out"
ok "--check finds an allocation that is elsewhere, and its line"
! "$PF" boot "$W/moved.log" 2>/dev/null | grep -q '^\([0-9]*\) of \1 allocations landed'
ok "and the summary does not count it as landed"

sed -e 's/on node 1 flags: 0x0/on node 0 flags: 0x0/' "$log" | "$PF" boot --check - >"$W/out" 2>/dev/null
[ $? -eq 1 ] && grep -q 'dump: memory\[0x' "$W/out"
ok "--check finds a dump with other nodes"

cp -r machines/efi-numa-4g-k61 "$W/machine"
sed -i -e 's/present  260808/present  260807/' "$W/machine/zoneinfo.txt"
"$PF" boot --check "$W/machine" >"$W/out" 2>/dev/null
[ $? -eq 1 ] && grep -q 'zoneinfo.txt:[0-9]*: node 1, zone DMA32: .*present 260808' "$W/out"
ok "--check finds a zone with another number of present pages"

sed -e 's/Memory: 1316276K\/4187604K/Memory: 1316276K\/4187608K/' "$log" | "$PF" boot --check - >"$W/out" 2>/dev/null
[ $? -eq 1 ] && grep -q 'memory is 4187604K here, 4187608K in the kernel' "$W/out"
ok "--check finds another total"

sed -e 's/DMA32    \[mem 0x0000000001000000-0x00000000ffffffff\]/DMA32    [mem 0x0000000001000000-0x00000000fffffffe]/' "$log" | "$PF" boot --check - >"$W/out" 2>/dev/null
[ $? -eq 1 ] && grep -q 'zone DMA32 is' "$W/out"
ok "--check finds another zone range"

{
	head -n 400 machines/bios-8g-k612/dmesg.txt
	cat "$log"
} | "$PF" boot --check - >"$W/out" 2>/dev/null
[ $? -eq 0 ] && grep -q '72 of 72 allocations' "$W/out"
ok "of two boots in one file the last is used"

efi=machines/efi-1g-k61/dmesg.txt
for first in 2 100 200 400 600; do
	{
		tail -n "+$first" "$efi"
		cat "$efi"
	} | "$PF" boot --check - 2>/dev/null
done >"$W/out"
[ "$(grep -c 'no difference from the kernel: 64 of 64 allocations' "$W/out")" -eq 5 ]
ok "and so it is if the first lacks its beginning"

tail -c 40000 "$log" >"$W/tail.log"
"$PF" boot "$W/tail.log" >"$W/out" 2>/dev/null
[ $? -eq 0 ] && grep -q 'its beginning (is log_buf_len= too small?): allocations, dumps, managed and reserved pages are not compared' "$W/out" &&
	! grep -q '^Different' "$W/out"
ok "a log without its beginning is no reason to find differences"

# lacks FIRST-LINE WHAT: said to be missing, and no difference follows from it
mkdir "$W/tail"
cp machines/efi-1g-k61/*.txt "$W/tail"
lacks() {
	tail -n "+$1" "$efi" >"$W/tail/dmesg.txt"
	"$PF" boot --check "$W/tail" >"$W/out" 2>&1
	[ $? -eq 0 ] && grep -q "^not compared.* its beginning" "$W/out" && grep -q "^not compared.*$2" "$W/out"
	ok "--check: a log from its line $1 on differs in nothing, and lacks $2"
}

for first in 2 5 20 40 58 62 63 66 70 250; do
	lacks $first "which pages are reserved"
done
lacks 100 "where all of 'EFI boot services memory' was (line 420): 35856 of 50452 KiB"
lacks 200 "where 'EFI boot services memory' was"
lacks 280 "the zone ranges"

for lines in 70 71 73 78 85; do
	head -n $lines "$efi" | "$PF" boot --check - 2>&1
	[ $? -eq 0 ] || echo "status of $lines: not 0"
done >"$W/out"
[ "$(grep -c '^not compared.*the end of the dump in line 70' "$W/out")" -eq 5 ] && ! grep -q status "$W/out"
ok "--check: a dump that the log ends in is not compared"
head -n 87 "$efi" | "$PF" boot --check - >"$W/out" 2>&1
[ $? -eq 0 ] && ! grep -q 'the end of the dump' "$W/out"
ok "but it is when it has its end"

# ends LAST-LINE WHAT: a log that ends there differs in nothing, and WHAT is said to be missing
ends() {
	head -n "$1" "$log" | "$PF" boot --check - >"$W/out" 2>&1
	status=$?
	[ $status -ne 1 ] && { [ $status -eq 2 ] || grep -q "^not compared.*$2" "$W/out"; }
	ok "--check: a log up to its line $1 differs in nothing"
}

ends 65 "memblock_add in line 65"
ends 259 "what the last allocation was for"
ends 317 "what follows the zone ranges"
ends 323 "what follows the node ranges"
ends 326 "what follows the node ranges"

# says MACHINE WHAT: --check compares, or cannot compare, WHAT
says() {
	"$PF" boot --check "$1" >"$W/out" 2>&1
	[ $? -eq 0 ] && grep -q "$2" "$W/out"
	ok "--check $1 says: $2"
}

says efi-numa-4g-k61 '10 zones of zoneinfo.txt with managed, 10 zones with watermarks and protection, 1046901 pages of kpageflags.txt$'
says "$log" "^not compared: there is no zoneinfo.txt$"
says "$log" "^not compared: there is no kpageflags.txt$"
says nodebug-8g-k612 'zoneinfo.txt with the sum of managed'
says nodebug-8g-k612 '^not compared: managed of each zone, but its sum is'

cp -r machines/efi-numa-4g-k61 "$W/pages"
grep -v '^#' "$W/pages/kpageflags.txt" | head -n 3 >"$W/few"
cp "$W/few" "$W/pages/kpageflags.txt"
"$PF" boot --check "$W/pages" >"$W/out" 2>&1
[ $? -eq 1 ] && grep -q 'kpageflags.txt: pages 0x.* no line of it has them' "$W/out" && ! grep -q 'kpageflags.txt:0' "$W/out"
ok "--check: a kpageflags.txt that ends early differs, and on no line"

sed -e 's/DMA32    \[mem 0x0000000001000000-0x00000000ffffffff\]/DMA32    [mem 0x0000000001000000-0x00000000fffffffe]/' "$log" | "$PF" boot --check - 2>&1 |
	grep -q '^1 difference from the kernel'
ok "one difference is one"

head -n 5 "$log" | "$PF" boot --check - >"$W/out" 2>"$W/err"
[ $? -eq 2 ] && [ ! -s "$W/out" ] && grep -q 'nothing in it to compare with' "$W/err"
ok "--check does not pass when there is nothing to compare"

cp -r machines/efi-1g-k61 "$W/user"
sed -i -e 's/[0-9a-f]*-[0-9a-f]* :/00000000-00000000 :/' "$W/user/iomem.txt"
"$PF" boot "$W/user" >"$W/out" 2>"$W/err"
[ $? -eq 0 ] && grep -q 'iomem.txt:1: all addresses are 0: read /proc/iomem as root' "$W/err" &&
	grep -q 'kernel image, \.\.\.' "$W/out"
ok "iomem.txt read without privileges is told, and not used"

echo "nothing" >"$W/user/zoneinfo.txt"
"$PF" boot --check "$W/user" >"$W/out" 2>/dev/null
[ $? -eq 1 ] && grep -q 'zoneinfo.txt: no zone in it' "$W/out"
ok "--check does not pass over a zoneinfo.txt without zones"

# damaged DESCRIPTION MESSAGE FILE SED-ARGUMENT...: the file beside the log, edited, is said to be
# damaged, and --check does not pass, but finds no difference
damaged() {
	what=$1
	message=$2
	file=$3
	shift 3
	rm -rf "$W/beside"
	cp -r machines/efi-1g-k61 "$W/beside"
	sed "$@" "machines/efi-1g-k61/$file" >"$W/beside/$file"
	"$PF" boot --check "$W/beside" >"$W/out" 2>"$W/err"
	[ $? -eq 1 ] && grep -q "$file:$message" "$W/err" && grep -q '^not compared.*damaged: [0-9]* line' "$W/out" &&
		grep -q '^no difference from the kernel in the rest' "$W/out"
	ok "--check: $what"
}

damaged "a figure of zoneinfo.txt that is none" '[0-9]*: expected a number' zoneinfo.txt -e '/present/{s/[0-9][0-9]*/x/;:a;n;ba}'
damaged "a figure with something behind it" '[0-9]*: expected a number' zoneinfo.txt -e '/managed/s/$/x/'
damaged "a zoneinfo.txt that ends within a zone" '86: .* is missing' zoneinfo.txt -e '87q'
damaged "a resource that ends before it begins" '2: FIRST is above LAST' iomem.txt -e '2s/.*/00001000-00000000 : Reserved/'
damaged "a resource that is none" '2: expected .FIRST-LAST : NAME' iomem.txt -e '2s/-/_/'
damaged "a memory block that is none" '3: expected .memoryN INDEX STATE ZONES' memory_blocks.txt -e '3s/ online.*//'
damaged "a memory block without a state" '3: STATE is neither' memory_blocks.txt -e '3s/online//'
damaged "a memory block of two minds" '3: N is not INDEX' memory_blocks.txt -e '3s/memory[0-9]*/memory77/'
damaged "a memory block that has two lines" '4: memory[0-9]* has line 3 already' memory_blocks.txt -e '3p'
damaged "memory blocks of no size" '1: no block_size_bytes' memory_blocks.txt -e '1s/0x.*/0x1000/'
damaged "a class of pages that is none" '2: expected .CLASS START END' kpageflags.txt -e '2i R nothing'

# changed DESCRIPTION MACHINE FILE SED MESSAGE: what came after boot is compared
changed() {
	rm -rf "$W/beside"
	cp -r "machines/$2" "$W/beside"
	sed -i -e "$4" "$W/beside/$3"
	"$PF" boot --check "$W/beside" >"$W/out" 2>/dev/null
	[ $? -eq 1 ] && grep -q "$5" "$W/out"
	ok "--check: $1"
}
changed "another state of a memory block" efi-1g-k61 memory_blocks.txt '3s/online/offline/' 'memory1 is online DMA32 here, offline DMA32 in the kernel'
changed "a memory block too few" efi-1g-k61 memory_blocks.txt '$d' '8 memory blocks here, 7 in the kernel'
changed "other zones of an offline one" bios-offline-k612 memory_blocks.offlined.txt 's/Movable,Normal/Normal,Movable/' 'memory33 is offline Movable,Normal here'
changed "what is left when blocks are offline" bios-offline-k612 zoneinfo.offlined.txt '/zone  Movable/,$s/present  .*/present  1/' 'zoneinfo.offlined.txt:[0-9]*: node 0, zone Movable'
changed "what there is when memory came" dimm-hotplug-k612 zoneinfo.hotplugged.txt '/zone   Normal/,$s/spanned  .*/spanned  1/' 'zoneinfo.hotplugged.txt:[0-9]*: node 0, zone Normal: spanned 131072'
changed "what zone Device spans" e820-pmem-shared-section-k612 zoneinfo.txt '/zone   Device/,$s/spanned  .*/spanned  1/' 'node 0, zone Device: spanned 15872'
changed "what is RAM" e820-pmem-shared-section-k612 iomem.txt 's/^41200000-44ffffff.*/41200000-44ffffff : System RAM/' 'iomem.txt: 15872 pages are online here and no System RAM'

# In a damaged recording only what is left is compared; each thing that is wrong is told once, with its line.
changed "a block that had no line before it went offline" bios-offline-k612 memory_blocks.txt '/^memory33 /d' \
	'memory_blocks.txt: memory33 is online Movable here, and has no line: 32 memory blocks here, 31 in the kernel'
grep -q '^1 difference from the kernel' "$W/out"
ok "and nothing follows from it" || cat "$W/out"
changed "a block that is nowhere" bios-offline-k612 memory_blocks.txt '$s/^memory[0-9]* [0-9a-f]*/memory99 00000063/' \
	'memory99 is absent here, online DMA32 in the kernel'
changed "a device that is there twice" e820-pmem-shared-section-k612 iomem.txt '/namespace0.0/p' \
	'iomem.txt:[0-9]*: a device.s memory at 0x41200000 does not come here: something is there already'

# empty DESCRIPTION MACHINE FILE STATUS PATTERN: FILE is emptied
empty() {
	rm -rf "$W/beside"
	cp -r "machines/$2" "$W/beside"
	: >"$W/beside/$3"
	"$PF" boot --check "$W/beside" >"$W/out" 2>"$W/err"
	[ $? -eq "$4" ] && grep -q "^not compared: $3 is empty\$" "$W/out" && cat "$W/out" "$W/err" | grep -q "$5"
	ok "--check: $1" || cat "$W/out" "$W/err"
}
empty "an empty memory_blocks.txt, as of a kernel without hotplug" efi-1g-k61 memory_blocks.txt 0 '^no difference from the kernel: '
empty "no block later" bios-offline-k612 memory_blocks.offlined.txt 1 'memory_blocks.offlined.txt:1: it is empty: no memory block in it'
empty "no block when memory came" dimm-hotplug-k612 memory_blocks.hotplugged.txt 1 'memory_blocks.hotplugged.txt:1: it is empty'
empty "no block before some went" bios-offline-k612 memory_blocks.txt 1 'memory_blocks.txt:1: it is empty, and what is recorded of later has'
rm -rf "$W/beside"
cp -r machines/bios-offline-k612 "$W/beside"
: >"$W/beside/zoneinfo.offlined.txt"
"$PF" boot --check "$W/beside" >"$W/out" 2>"$W/err"
[ $? -eq 1 ] && grep -q 'zoneinfo.offlined.txt:1: no zone in it' "$W/err" && grep -q 'damaged: 1 line' "$W/out"
ok "--check: an empty zoneinfo.offlined.txt is damaged"
cp machines/bios-offline-k612/zoneinfo.offlined.txt "$W/beside/"
rm "$W/beside/memory_blocks.offlined.txt"
"$PF" boot --check "$W/beside" >"$W/out" 2>"$W/err" && grep -q '^not compared: zones of zoneinfo.offlined.txt, for ' "$W/out"
ok "--check: zones after blocks went offline, and nothing tells which" || cat "$W/out" "$W/err"

yes 'R nothing' | head -n 25 >"$W/beside/kpageflags.txt"
"$PF" boot --check "$W/beside" >"$W/out" 2>"$W/err"
[ $? -eq 1 ] && [ "$(wc -l <"$W/err")" -eq 11 ] && grep -q 'kpageflags.txt: and 15 more$' "$W/err"
ok "of many damaged lines ten are told, and how many more there are"

for file in zoneinfo.txt kpageflags.txt iomem.txt; do
	rm -rf "$W/beside"
	cp -r machines/efi-1g-k61 "$W/beside"
	rm "$W/beside/$file"
	mkdir "$W/beside/$file"
	"$PF" boot --check "$W/beside" >"$W/out" 2>"$W/err"
	[ $? -eq 1 ] && grep -q "$file: Is a directory" "$W/err" && grep -q "cannot be read: $file" "$W/out"
	ok "a directory in place of $file is told"
done

# differs DESCRIPTION PATTERN SED-ARGUMENT...: the log, edited, makes --check say so and exit with 1
differs() {
	what=$1
	pattern=$2
	shift 2
	sed "$@" "$log" >"$W/edited"
	"$PF" boot --check - <"$W/edited" >"$W/out" 2>/dev/null
	[ $? -eq 1 ] && grep -q "$pattern" "$W/out"
	ok "--check: $what"
}

differs "a damaged line" 'damaged: 1 line$' -e 's/DMA32    \[mem/DMA32    [mme/'
differs "a zone without a line" 'zone DMA32 has no line' -e '/  DMA32    \[mem/d'
differs "reservations that nobody asks for" 'no usual request explains it' -e '/bytes align=/d'
differs "another map of firmware's" 'not what firmware.s map calls usable' \
	-e 's/BIOS-e820: \[mem 0x0000000100000000-0x000000017fffffff\]/BIOS-e820: [mem 0x0000000100000000-0x000000017effffff]/'
differs "another span of a node" 'node 1 is \[0x40000000-0x180000000) here' \
	-e 's/Initmem setup node 1 \[mem 0x0000000040000000/Initmem setup node 1 [mem 0x0000000040001000/'
differs "a dump whose lines changed places" 'damaged' -e 's/reserved\[0x3\]/reserved[0x9]/'

sed -i -e '/Node 1, zone   Normal/,/start_pfn/d' "$W/machine/zoneinfo.txt"
"$PF" boot --check "$W/machine" >"$W/out" 2>/dev/null
[ $? -eq 1 ] && grep -q 'node 1, zone Normal is not in it' "$W/out"
ok "--check: a zone that zoneinfo.txt lacks"

# The direction is x86's, not whatever makes the addresses fit.
awk 'BEGIN {
	print "Linux version 6.12.0"
	print "BIOS-e820: [mem 0x0000000000000000-0x000000003fffffff] usable"
	print "memblock_add: [0x0000000000000000-0x000000003fffffff] e820__memblock_setup+0x1/0x2"
	print "memblock_reserve: [0x0000000000000000-0x000000000000ffff] setup_arch+0x1/0x2"
	n = split("3ffff 00010 3fffe 00011", page)
	for (i = 1; i <= n; i++) {
		print "memblock_alloc_try_nid: 4096 bytes align=0x1000 nid=-1 from=0x0 max_addr=0x0 f+0x1/0x2"
		print "memblock_reserve: [0x00000000" page[i] "000-0x00000000" page[i] "fff] memblock_alloc_range_nid+0x1/0x2"
	}
}' | "$PF" boot --check - >"$W/out" 2>/dev/null
[ $? -eq 1 ] && grep -q "the kernel's allocation is at 0x10000, ours at" "$W/out"
ok "--check: allocations from both ends"

# Newer kernels mark what memblock itself reserves; that is no difference.
sed -e 's/memblock_reserve: \(\[[^]]*\]\) memblock_alloc/__memblock_reserve: \1 nid=-1 flags=20 memblock_alloc/' \
	-e '/reserved\[0x/s/flags: 0x0/flags: 0x20/' "$log" | "$PF" boot --check - >"$W/out" 2>/dev/null
[ $? -eq 0 ] && grep -q 'as 6.12 has them: not compared' "$W/out"
ok "a dump of a newer kernel is not compared, and that is said"

awk 'BEGIN { for (i = 0; i < 50000; i++) printf "memblock_reserve: [0x%x000-0x%xfff] f+0x1/0x2\n", (i * 7919) % 65536, (i * 7919) % 65536 }' >"$W/long"
timeout 60 "$PF" boot "$W/long" >/dev/null 2>&1
ok "50,000 operations are no problem"
finish
