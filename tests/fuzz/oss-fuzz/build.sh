#!/bin/sh -eu
# Builds all fuzz targets as OSS-Fuzz asks for it: with $CC, $CXX, $CFLAGS and $LIB_FUZZING_ENGINE into $OUT, with what
# each begins with as NAME_seed_corpus.zip, and its words as NAME.dict. $SRC/pageframe is the repository.
cd "$SRC/pageframe"
build=${WORK:-/tmp}/pageframe-fuzz
targets='log trace scenario memblock handover alloc hotplug'

# What the models take is left out of what a fuzzer follows; only libFuzzer's flags can be taken back so simply.
unfollowed=-O2
[ "${FUZZING_ENGINE:-libfuzzer}" != libfuzzer ] || unfollowed='-O2 -fno-sanitize=fuzzer-no-link'
programs=
for t in $targets; do
	programs="$programs $build/test/${t}_fuzz"
done
# Another compiler may know other warnings.
# shellcheck disable=SC2086 # a name each
make -s -j"$(nproc)" BUILD="$build" WARN= FUZZ_CC="$CC" FUZZ_LD="${CXX:-$CC}" FUZZ_CFLAGS="$CFLAGS" \
	FUZZ_ENGINE="$LIB_FUZZING_ENGINE" FUZZ_UNFOLLOWED="$unfollowed" $programs

for t in $targets; do
	cp "$build/test/${t}_fuzz" "$OUT/"
	seeds=$build/seeds/$t
	rm -rf "$seeds"
	tests/fuzz/collect "$t" "$seeds"
	rm -f "$OUT/${t}_fuzz_seed_corpus.zip"
	(cd "$seeds" && python3 -m zipfile -c "$OUT/${t}_fuzz_seed_corpus.zip" ./*)
done
cp tests/fuzz/words "$OUT/log_fuzz.dict"
cp tests/fuzz/trace-words "$OUT/trace_fuzz.dict"
cp tests/fuzz/scenario-words "$OUT/scenario_fuzz.dict"
for t in memblock handover alloc hotplug; do
	printf '[libfuzzer]\nmax_len = 2048\nlen_control = 0\n' >"$OUT/${t}_fuzz.options"
done
