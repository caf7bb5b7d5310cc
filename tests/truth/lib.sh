# Shared by the scripts beside it; they run from the repository's root and print TAP.
# shellcheck shell=sh
T=${BUILD:-build}/test
PF=$T/pageframe
PAGEFRAME_MACHINES=machines
export PAGEFRAME_MACHINES
unset NO_COLOR
W=$(mktemp -d)
trap 'rm -rf "$W"' EXIT
n=0
failed=0

# ok DESCRIPTION: tells how the command before it ended
ok() {
	status=$?
	n=$((n + 1))
	if [ $status -eq 0 ]; then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		failed=1
	fi
}

finish() {
	echo "1..$n"
	exit $failed
}
