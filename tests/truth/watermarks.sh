#!/bin/sh
# Watermarks and protection of every recorded machine: what --check says of them, and the same by an awk that shares no code
# with it. What was managed when the kernel computed them lies between zoneinfo's managed and that less all that the log frees.
set -u
export LC_ALL=C
cd "$(dirname "$0")/../.." || exit 2
. tests/truth/lib

# plausible WHOSE KIB ZONEINFO DMESG: is that min_free_kbytes what these figures and no others come from?
plausible() {
	# shellcheck disable=SC2016
	awk -v whose="$1" -v kib="$2" '
		function fail(why) { print "# " FILENAME ": node " nid[z] ", zone " name[z] ": " why; bad = 1 }
		function apart(z) { return name[z] == "Movable" ? !old || high_memory : name[z] == "HighMem" }
		function near(a, b, percent) { return a > b * (1 - percent / 100) && a < b * (1 + percent / 100) }
		FILENAME ~ /dmesg/ && /Linux version/ { split($0, v, /version |[.]/); for (i = 1; v[i] !~ /Linux/; i++); old = v[i + 1] == 6 && v[i + 2] < 6
			block = /-686 / ? 1024 : 512 }
		FILENAME ~ /dmesg/ && /Freeing .* memory: [0-9]*K$/ { sub(/K$/, "", $NF); freed += $NF / 4 }
		FILENAME ~ /dmesg/ && /HugeTLB: registered .* GiB page size/ { freed += $(NF - 1) * 262144 }
		FILENAME ~ /dmesg/ { next }
		/^Node/ { z++; nid[z] = $2 + 0; name[z] = $4 }
		$1 == "min" || $1 == "low" || $1 == "high" || $1 == "promo" || $1 == "present" || $1 == "managed" { f[z, $1] = $2 }
		/protection:/ { gsub(/[^0-9 ]/, ""); f[z, "protection"] = $0 }
		END {
			n = z
			for (z = 1; z <= n; z++) high_memory = high_memory || (name[z] == "HighMem" && f[z, "present"])
			for (z = 1; z <= n; z++) {
				if (!apart(z)) { low += f[z, "managed"]; min += f[z, "min"]; zones++ }
				if (name[z] ~ /DMA|Normal/) { usable += f[z, "managed"]; populated += f[z, "present"] > 0 }
			}
			z = 1
			# All that is asked for is divided, but for what is cut off in each zone.
			if (min > kib / 4 || min <= kib / 4 - zones) fail("min is " min " in all, of " kib / 4)
			asked = populated * block * 11
			# All of it, or a twentieth of what was usable then.
			if (whose == "khugepaged" && kib != asked * 4 && (kib > asked * 4 || !near(kib / 4, usable / 20, 3)))
				fail(kib " KiB is not what khugepaged asks for")
			if (whose == "boot" && !near(kib, sqrt(16 * 4 * usable), 3)) fail(kib " KiB is not what boot computes")
			for (z = 1; z <= n; z++) {
				managed = f[z, "managed"]
				step = f[z, "low"] - f[z, "min"]
				if (f[z, "high"] - f[z, "low"] != step || (f[z, "promo"] != "" && f[z, "promo"] - f[z, "high"] != step))
					fail("unequal distances")
				least = int((managed - (managed > freed ? freed : managed)) / 1000)
				if (apart(z)) {
					want = int(managed / 1024)
					want = want < 32 ? 32 : want > 128 ? 128 : want
					if (f[z, "min"] != want && managed == f[z, "present"]) fail("min is not " want)
					if (step < least) fail("a distance of " step)
				} else if (step != int(f[z, "min"] / 4) && (step < least || step > int(managed / 1000)))
					fail("a distance of " step)
				k = split(f[z, "protection"], p, " ")
				for (first = z; nid[first - 1] == nid[z] && first > 1; first--);
				above = 0
				ratio = name[z] ~ /DMA/ ? 256 : name[z] == "Normal" ? 32 : 0
				for (i = first; nid[i] == nid[z] && i <= n; i++) {
					above += i > z ? f[i, "managed"] : 0
					most = ratio && managed && i > z ? int(above / ratio) : 0
					least = most ? int((above - freed) / ratio) : 0
					if (p[i - first + 1] > most || p[i - first + 1] < least)
						fail("protection from " name[i] " is " p[i - first + 1] ", not " least " to " most)
					k--
				}
				if (k) fail("protections: " k " too many")
			}
			exit bad
		}' "$4" "$3"
}

: >"$W/table"
for m in machines/*/; do
	m=${m%/}
	name=$(basename "$m")
	grep -q protection "$m/zoneinfo.txt" || continue
	"$PF" boot "$name" --check >"$W/out" 2>&1
	ok "$name: --check finds no difference" || cat "$W/out"
	for file in "$m"/zoneinfo.*txt; do
		file=$(basename "$file")
		said=$(sed -n "s/^$file: watermarks of min_free_kbytes \([0-9]*\), as \(boot\|khugepaged\) .*/\1 \2/p" "$W/out")
		[ -n "$said" ]
		ok "$name: $file has the watermarks that boot or khugepaged asks for" || continue
		echo "| \`$name\` | \`$file\` | ${said% *} | ${said#* } |" >>"$W/table"
		plausible "${said#* }" "${said% *}" "$m/$file" "$m/dmesg.txt"
		ok "$name: $file: an awk agrees"
	done
done
grep '^| `.*zoneinfo' docs/watermarks.md | sort >"$W/documented"
sort "$W/table" | cmp -s - "$W/documented"
ok "docs/watermarks.md has this table" || sort "$W/table" | diff - "$W/documented"

# edited FILE DESCRIPTION EXIT PATTERN SED-ARGUMENT...: a machine whose zoneinfo is edited makes --check say so
edited() {
	file=$1 what=$2 want=$3 pattern=$4
	shift 4
	rm -rf "$W/machine"
	cp -r "machines/$base" "$W/machine"
	chmod -R u+w "$W/machine"
	sed "$@" "machines/$base/$file" >"$W/machine/$file"
	"$PF" boot --check "$W/machine" >"$W/out" 2>&1
	[ $? -eq "$want" ] && grep -q "$pattern" "$W/out"
	ok "--check: $what" || cat "$W/out"
}
base=bios-8g-k612
edited zoneinfo.txt "another min" 1 ':1: node 0, zone DMA: min 31, .* here; 32, 38, 45, 52 in' -e 's/^        min      31$/        min      32/'
edited zoneinfo.txt "another low" 1 'zone Normal: .* here; 12763, 15954, ' -e 's/^        low      15953$/        low      15954/'
edited zoneinfo.txt "another high" 1 'zone Normal: .* here; .* 19142, ' -e 's/^        high     19143$/        high     19142/'
edited zoneinfo.txt "another promo" 1 'zone DMA: .* 52 here; .* 53 in' -e 's/^        promo    52$/        promo    53/'
edited zoneinfo.txt "another protection" 1 'zone DMA32: protection is' -e 's/protection: (0, 0, 5984/protection: (0, 0, 5985/'
edited zoneinfo.txt "a protection too many" 1 'zone DMA32: protection is' -e 's/protection: (0, 0, 5984/protection: (0, 0, 5984, 5984/'
edited zoneinfo.txt "a boost is on top for the moment" 0 'as khugepaged' \
	-e '/zone   Normal/,/zone  Movable/ { s/min      12763/min      12863/; s/low      15953/low      16053/; s/high     19143/high     19243/; s/promo    22333/promo    22433/; }' \
	-e '/zone   Normal/,/zone  Movable/ s/boost    0/boost    100/'
edited zoneinfo.txt "without protection there is nothing to compare" 0 'with managed, 2097021' -e '/protection/d'
edited zoneinfo.txt "a protection that is no list" 1 'no difference from the kernel in the rest' -e 's/protection: (0, 0, 5984/protection: (0, 0; 5984/'
edited zoneinfo.txt "a watermark that is no number" 1 'no difference from the kernel in the rest' -e 's/^        min      31$/        min      x/'
base=bios-512m-k61
edited zoneinfo.txt "what somebody asked for" 0 'min_free_kbytes 8000, which neither' \
	-e 's/min      22$/min      66/; s/low      27$/low      82/; s/high     32$/high     98/' \
	-e 's/min      649$/min      1933/; s/low      811$/low      2416/; s/high     973$/high     2899/'
base=dimm-hotplug-k612
edited zoneinfo.hotplugged.txt "another min once memory was plugged in" 1 'hotplugged.txt:[0-9]*: node 0, zone Normal: min 6191' -e 's/min      6191/min      6195/'
base=bios-offline-k612
edited zoneinfo.offlined.txt "another protection once memory was offline" 1 'offlined.txt:[0-9]*: node 0, zone DMA: protection' -e 's/3633/3634/'
finish
