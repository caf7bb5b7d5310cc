#!/bin/sh
# Device memory beside RAM: the recorded machines with figures worked out by hand and with what their own kernel says, and
# what the verb cannot take. Catches figures that are another machine's, a finding without an exit status or the other way
# round, and half of an input that passes for all of it.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/truth/lib

# lints STATUS ARGUMENT...: with nothing on standard error
lints() {
	want=$1
	shift
	"$PF" lint "$@" >"$W/out" 2>"$W/err" </dev/null
	[ $? -eq "$want" ] && [ ! -s "$W/err" ]
}

# advises WORDS ARGUMENT...: exit status 2, nothing on standard output, one line with these words on standard error
advises() {
	words=$1
	shift
	"$PF" lint "$@" >"$W/out" 2>"$W/err" </dev/null
	[ $? -eq 2 ] && [ ! -s "$W/out" ] && [ "$(wc -l <"$W/err")" -eq 1 ] && grep -q "^pageframe: .*$words" "$W/err"
}

# says: standard input is the answer, but for spaces
says() {
	tr -s ' ' <"$W/out" >"$W/got"
	tr -s ' ' | cmp -s - "$W/got"
}

# 62 MiB from 0x41200000 on, 18 MiB into section 0x40000000, which has 18 + 48 MiB of RAM. Each border is one of 2 MiB, but
# 0x41200000 is none of 4 MiB.
lints 1 e820-pmem-shared-section-k612 && says <<'EOT'
e820-pmem-shared-section-k612: Linux 6.12.107+deb12-cloud-amd64

Device memory
 62 MiB [0x41200000-0x44ffffff] Persistent Memory (legacy) (iomem.txt:11)

Granules with RAM and device memory RAM device
 section of 128 MiB [0x40000000-0x47ffffff] 66 MiB 62 MiB
 decoder of 64 MiB [0x40000000-0x43ffffff] 18 MiB 46 MiB
 decoder of 64 MiB [0x44000000-0x47ffffff] 48 MiB 16 MiB
 pageblock of 2 MiB none
 sub-section of 2 MiB none

Ends of device memory inside a granule after border before next
 section of 128 MiB start 0x41200000 18 MiB 110 MiB with RAM
 section of 128 MiB end 0x45000000 80 MiB 48 MiB with RAM
 decoder of 64 MiB start 0x41200000 18 MiB 46 MiB with RAM
 decoder of 64 MiB end 0x45000000 16 MiB 48 MiB with RAM

What each answer would cost RAM lost device lost wrong look-ups
 no answer: sub-sections are added all the same 0 0 15872
 a get_dev_pagemap() first, by walkers that ask it 0 0 0
 by a walker that does not 0 0 15872
 b a map of sub-sections that are online 0 0 0
 c zone checks, once descriptors are written 0 0 0
 until then: they race 0 0 15872
 d no section of both: its RAM is given up 66 MiB 0 0
 its device memory is given up 0 62 MiB 0
 RAM is given up before devices are known 66 MiB 0 0
 e sections of 4 MiB, and no sub-sections 0 2 MiB 0
 sections of 512 MiB, and no sub-sections 0 62 MiB 0
 pageframe: blocks of 2 MiB 0 0 0
 the map of b has 128 bytes, for sections with RAM

Wrong look-ups: pfn_to_online_page() takes pages of a driver for RAM
 pfn 0x41200-0x44fff

found: 3 granules with RAM and device memory
EOT
ok "persistent memory in a section of RAM" || cat "$W/out" "$W/err"

# Its kernel: ZONE_DEVICE spans these pages, and their section is online.
zone() {
	awk '/zone +Device/ { device = 1 } device && $1 == "spanned" { print $2; exit }' "$1/zoneinfo.txt"
}
m=machines/e820-pmem-shared-section-k612
[ "$(zone $m)" -eq 15872 ] && grep -q '^memory8 00000008 online' $m/memory_blocks.txt
ok "and its kernel has as many in ZONE_DEVICE, in a block that is online"

# 1022 MiB from 4 GiB on, with no RAM above 2 GiB: 255 chunks of 4 MiB and 2 MiB, one of 512 MiB and 510 MiB.
lints 0 nvdimm-2g-k612 && says <<'EOT'
nvdimm-2g-k612: Linux 6.12.107+deb12-cloud-amd64

Device memory
 1022 MiB [0x100000000-0x13fdfffff] Persistent Memory (iomem.txt:42)

Granules with RAM and device memory RAM device
 section of 128 MiB none
 decoder of 64 MiB none
 pageblock of 2 MiB none
 sub-section of 2 MiB none

Ends of device memory inside a granule after border before next
 section of 128 MiB end 0x13fe00000 126 MiB 2 MiB
 decoder of 64 MiB end 0x13fe00000 62 MiB 2 MiB

What each answer would cost RAM lost device lost wrong look-ups
 no answer: sub-sections are added all the same 0 0 0
 a get_dev_pagemap() first, by walkers that ask it 0 0 0
 by a walker that does not 0 0 0
 b a map of sub-sections that are online 0 0 0
 c zone checks, once descriptors are written 0 0 0
 until then: they race 0 0 0
 d no section of both: its RAM is given up 0 0 0
 its device memory is given up 0 0 0
 RAM is given up before devices are known 0 0 0
 e sections of 4 MiB, and no sub-sections 0 2 MiB 0
 sections of 512 MiB, and no sub-sections 0 510 MiB 0
 pageframe: blocks of 2 MiB 0 0 0
 the map of b has 128 bytes, for sections with RAM

found: nothing
EOT
ok "an NVDIMM behind a hole" || cat "$W/out" "$W/err"

for m in machines/*/; do
	name=$(basename "$m")
	case $name in
	e820-pmem-shared-section-k612 | nvdimm-2g-k612) continue ;;
	esac
	lints 0 "$name" && [ "$(sed -n '3p;5p' "$W/out" | tr '\n' '|')" = 'No device memory|found: nothing|' ]
	ok "$name: no device memory"
done
lints 0 synthetic:16T,nodes=8 && grep -q '^No device memory$' "$W/out" && ! grep -q 'may be more' "$W/out"
ok "a synthetic machine"

# Without iomem.txt: firmware's map says the one, the SRAT the other.
for name in e820-pmem-shared-section-k612 nvdimm-2g-k612; do
	"$PF" lint $name | sed '1,4d' >"$W/want"
	"$PF" lint machines/$name/dmesg.txt | sed '1,4d' >"$W/got"
	cmp -s "$W/want" "$W/got"
	ok "$name: the log alone gives the same" || diff "$W/want" "$W/got"
done
"$PF" lint machines/nvdimm-2g-k612/dmesg.txt | grep -qx ' *1022 MiB  \[0x100000000-0x13fdfffff\] non-volatile (dmesg.txt:244)'
ok "and says which line"

# Granules of other machines. arm64 with pages of 64 KiB had sections of 1 GiB; RAM ends 132 KiB below 2 GiB here.
lints 1 --section=1G --chunk=512M e820-pmem-shared-section-k612 &&
	tr -s ' ' <"$W/out" | grep -qx ' section of 1024 MiB \[0x40000000-0x7fffffff\] 984956 KiB 62 MiB' &&
	[ "$(grep -c 'and no sub-sections' "$W/out")" -eq 1 ]
ok "--section and --chunk"
lints 0 --section=2M --decoder=0x200000 e820-pmem-shared-section-k612 && grep -q '^found: nothing$' "$W/out"
ok "sections of 2 MiB have no collision here"
lints 1 --sub-section=32M --section=2M --section=128m e820-pmem-shared-section-k612 &&
	grep -q '^found: 5 granules.*; 30 MiB at ends of device memory, less than a sub-section$' "$W/out"
ok "the last of several counts; sub-sections of 32 MiB: 30 of 62 MiB are lost"

# Text in logs and beside them that is damaged, missing or of another boot.
half=$(($(wc -c <machines/e820-pmem-shared-section-k612/dmesg.txt) / 2))
head -c $half machines/e820-pmem-shared-section-k612/dmesg.txt >"$W/half.log"
"$PF" lint "$W/half.log" >"$W/out" 2>"$W/err"
[ $? -eq 1 ] && grep -q '^found: 3 granules' "$W/out"
ok "half a log that has the map"
head -n 210 machines/nvdimm-2g-k612/dmesg.txt >"$W/early.log"
lints 1 "$W/early.log" && grep -q '^  the log ends before the page allocator takes over$' "$W/out" &&
	grep -q '^found: nothing, but there may be something$' "$W/out"
ok "a log that is cut before anything of NVDIMMs says that there may be more"
tail -n +60 machines/e820-pmem-shared-section-k612/dmesg.txt >"$W/late.log"
lints 1 "$W/late.log" && grep -q '^  the log lacks its beginning' "$W/out"
ok "and so does one without its beginning"
head -n 3 machines/nvdimm-2g-k612/dmesg.txt >"$W/short.log"
advises 'no memory in this log' "$W/short.log"
ok "a log that is cut before memory"
grep -v 'SRAT: Node' machines/nvdimm-2g-k612/dmesg.txt >"$W/untold.log"
advises '/proc/iomem, read as root' "$W/untold.log" && grep -q "^pageframe: $W/untold.log:217: " "$W/err"
ok "NVDIMMs, and nothing says where: what would say it"
cp -r machines/nvdimm-2g-k612 "$W/damaged"
sed -i 's/^100000000-13fdfffff : Persistent/100000000:13fdfffff - Persistent/' "$W/damaged/iomem.txt"
"$PF" lint "$W/damaged" >"$W/out" 2>"$W/err"
[ $? -eq 1 ] && grep -q "^$W/damaged/iomem.txt:42: expected 'FIRST-LAST : NAME'" "$W/err" &&
	grep -q '^  some lines are damaged' "$W/out"
ok "a damaged line may hide something: exit status 1"
rm "$W/damaged/iomem.txt" && mkdir "$W/damaged/iomem.txt"
"$PF" lint "$W/damaged" >"$W/out" 2>"$W/err"
[ $? -eq 1 ] && grep -q "^$W/damaged/iomem.txt: .*; not used" "$W/err" && grep -q '^  a file beside the log could not be read$' "$W/out"
ok "and so may a file that cannot be read"
cp -r machines/bios-8g-k612 "$W/other"
cp machines/e820-pmem-shared-section-k612/iomem.txt "$W/other"
lints 1 "$W/other" && grep -q '^ *62 MiB  \[0x41200000-0x44ffffff\]$' "$W/out" &&
	grep -q '^found: 0 granules with RAM and device memory; 62 MiB told to be both$' "$W/out"
ok "iomem.txt of another boot: told to be both"

: >"$W/empty"
advises 'not a Linux boot log' "$W/empty"
ok "an empty log"
advises 'not a Linux boot log' -
ok "nothing on standard input"
advises 'lint needs a machine'
ok "no machine"
advises 'bundled machine' no-such-machine
ok "a machine that is not there"
advises "got 'bios-8g-k612' and 'bios-512m-k61'" bios-8g-k612 bios-512m-k61
ok "two machines"
advises "no option '--frobnicate'" --frobnicate bios-8g-k612
ok "an unknown option"
advises "no format 'picture'" --format=picture bios-8g-k612
ok "an unknown format"
advises '--section needs a value' --section
ok "an option without its value"
for size in 100M 0 2K 2T 128Q 128MM -4M '' x pfn:16 99999999999999999999 17179869185G 0xg; do
	advises "--section='$size': expected a power of two from 4K to 1T" "--section=$size" bios-8g-k612
	ok "a section of '$size'"
done
advises 'a sub-section is part of a section' --section=1M bios-8g-k612
ok "sections that are smaller than their sub-sections"
advises 'a pageblock lies in one section' --pageblock=256M bios-8g-k612
ok "pageblocks that are larger than sections"
advises '8 times at most' --chunk=4M --chunk=4M --chunk=4M --chunk=4M --chunk=4M --chunk=4M --chunk=4M --chunk=4M --chunk=4M bios-8g-k612
ok "more chunks than are taken"
"$PF" lint --help >"$W/out" 2>"$W/err" && [ ! -s "$W/err" ] && grep -q '^Exit status: 0: nothing found; 1: ' "$W/out" && "$PF" help | grep -q '^  lint '
ok "lint --help, and help lists it"

# What the document shows is what one sees.
sed -n '/^    \$ pageframe lint e820-pmem-shared-section-k612$/,/^##/p' docs/lint.md | sed -e '1d;$d' -e 's/^    //' >"$W/doc"
"$PF" lint e820-pmem-shared-section-k612 >"$W/out"
echo >>"$W/out"
cmp -s "$W/doc" "$W/out"
ok "the picture of docs/lint.md" || diff "$W/doc" "$W/out"
finish
