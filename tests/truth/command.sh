#!/bin/sh
# The command as people use and misuse it.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/truth/lib

# advises ARGUMENT...: exit status 2, nothing on standard output, one line on standard error
advises() {
	"$PF" "$@" >"$W/out" 2>"$W/err" </dev/null
	[ $? -eq 2 ] && [ ! -s "$W/out" ] && [ "$(wc -l <"$W/err")" -eq 1 ] && grep -q '^pageframe: ' "$W/err"
}

advises
ok "no verb"
advises frobnicate
ok "an unknown verb"
advises boot
ok "boot without a machine"
advises boot bios-8g-k612 bios-512m-k61
ok "boot with two machines"
advises boot --frobnicate bios-8g-k612
ok "an unknown option"
advises boot --format=picture bios-8g-k612
ok "an unknown format"
for options in --format=pages --format=json --check --late-free=lost; do
	advises boot --compare-late-free $options efi-1g-k61
	ok "$options --compare-late-free, which would be ignored"
done
advises boot no-such-machine
ok "a machine that is not there"
grep -q 'bios-8g-k612' "$W/err"
ok "which lists those that are"
advises help frobnicate
ok "help on an unknown verb"
advises machines please
ok "machines with an argument"
advises traces please
ok "traces with an argument"
: >"$W/empty"
advises boot "$W/empty"
ok "an empty file"
head -c 100000 /dev/urandom >"$W/noise"
advises boot "$W/noise"
ok "a file of noise"
echo 'Dear diary' >"$W/text"
advises boot "$W/text"
ok "a text that is no log"
mkdir "$W/dir"
advises boot "$W/dir"
ok "a directory without a log"
advises boot -
ok "nothing on standard input"
PAGEFRAME_MACHINES=$W/dir advises machines
ok "no bundled machines"
PAGEFRAME_TRACES=$W/dir advises traces
ok "no bundled traces"

for args in help --help -h 'help boot' 'boot --help' 'machines --help' --version machines 'traces --help' traces; do
	# shellcheck disable=SC2086
	"$PF" $args >"$W/out" 2>"$W/err" && [ -s "$W/out" ] && [ ! -s "$W/err" ]
	ok "$args"
done
"$PF" machines | cmp -s - /dev/fd/3 3<<EOF
$(cd machines && ls -d -- */ | tr -d /)
EOF
ok "machines lists what is in machines/"
"$PF" traces | cmp -s - /dev/fd/3 3<<EOF
$(cd traces && ls | sed -n 's/\.trace\.xz$//p')
EOF
ok "traces lists what is in traces/"
touch "$W/dir/b.trace.xz" "$W/dir/a.dat" "$W/dir/a.trace" "$W/dir/notes" "$W/dir/.trace"
[ "$(PAGEFRAME_TRACES=$W/dir "$PF" traces | tr '\n' ' ')" = 'a b ' ]
ok "each once, and nothing else"
"$PF" boot --check -- bios-8g-k612 >/dev/null
ok "-- ends the options"
"$PF" boot bios-8g-k612 >/dev/full 2>"$W/err"
[ $? -eq 2 ] && grep -q 'standard output' "$W/err"
ok "a full disk is told"
! "$PF" boot bios-8g-k612 | grep -q "$(printf '\033')"
ok "no colour into a pipe"
if script -qec true /dev/null >/dev/null 2>&1 </dev/null; then # a terminal can be had here
	script -qec "$PF boot bios-8g-k612" /dev/null </dev/null | grep -q "$(printf '\033')"
	ok "colour on a terminal"
	! NO_COLOR=1 script -qec "$PF boot bios-8g-k612" /dev/null </dev/null | grep -q "$(printf '\033')"
	ok "but not with NO_COLOR"
fi

# What the README shows is what one sees.
sed -n '/^    \$ build\/pageframe boot efi-numa-4g-k61$/,/^Nothing of that/p' README.md | sed -e '1d;$d' -e 's/^    //' >"$W/readme"
"$PF" boot efi-numa-4g-k61 >"$W/out" && echo >>"$W/out" && cmp -s "$W/readme" "$W/out"
ok "the README's picture of a run"
sed -n '/^    \$ pageframe boot t3.micro-v6.2 --compare-late-free$/,/^`pageframe/p' docs/late-frees.md | sed -e '1d;$d' -e 's/^    //' >"$W/doc"
"$PF" boot t3.micro-v6.2 --compare-late-free >"$W/out" && echo >>"$W/out" && cmp -s "$W/doc" "$W/out"
ok "the table of docs/late-frees.md"
finish
