# The tests: programs and scripts that print TAP; tests/run counts what they say.
# Nearly everything that runs here is built with AddressSanitizer and UndefinedBehaviorSanitizer.

SAN := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
T := $(BUILD)/test
FUZZ_SECONDS ?= 600
MODEL_OPS ?= 2000000

# The configurations that tests are built in: chunks of a GiB, blocks of 16 pages and arrays that double all the time,
# one node, 32-bit machines, 32-bit physical addresses, descriptors that are checked, physmem; no-free pages that come one by
# one, or eight at a time with several that stay, or from the smallest blocks with none that stays.
FLAGS_default := -O1 $(SAN)
FLAGS_huge := -O1 $(SAN) -DPF_MAX_ORDER=18
FLAGS_tiny := -O1 $(SAN) -DPF_BLOCK_ORDER=4 -DPF_MAX_ORDER=6 \
	-DPF_MEMBLOCK_MEMORY_REGIONS=4 -DPF_MEMBLOCK_RESERVED_REGIONS=4
FLAGS_flat := -O1 $(SAN) -DPF_NUMA=0
FLAGS_32-64 := -O1 $(SAN) -m32
FLAGS_32-32 := -O1 $(SAN) -m32 -DPF_PHYS_BITS=32
FLAGS_debug := -O1 -fsanitize=undefined -fno-sanitize-recover=all -DPF_DEBUG_MEMMAP=1
FLAGS_physmem := -O1 $(SAN) -DPF_PHYSMEM=1
FLAGS_nofree-0 := -O1 $(SAN) -DPF_NOFREE_ORDER=0
FLAGS_nofree-3 := -O1 $(SAN) -DPF_NOFREE_ORDER=3 -DPF_NOFREE_RESERVE=3
FLAGS_pairs := -O1 $(SAN) -DPF_BLOCK_ORDER=1 -DPF_MAX_ORDER=18 -DPF_NOFREE_RESERVE=0
LIB_SRC_physmem := $(wildcard src/memblock/*.c)
# Threads: what ThreadSanitizer sees, and what the others do. The per-CPU lock is another under ThreadSanitizer: native builds
# have the one that is shipped.
FLAGS_thread := -O2 -pthread -fsanitize=thread
FLAGS_address := -O2 -pthread $(SAN)
FLAGS_native := -O2 -pthread
# Read-side sections by liburcu.
FLAGS_urcu := -O2 -pthread $(SAN) -Iport/posix -DPF_READ_HEADER='"read_urcu.h"'
# The fuzzers need clang. What is packed is for other libraries to read. Another fuzzing engine comes with flags of its own
# (tests/fuzz/oss-fuzz/build.sh).
FUZZ_CC := clang
FUZZ_LD := $(FUZZ_CC)
FUZZ_CFLAGS := -O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
FUZZ_ENGINE := -fsanitize=fuzzer
CC_fuzz := $(FUZZ_CC)
LD_fuzz := $(FUZZ_LD)
FLAGS_fuzz := $(FUZZ_CFLAGS) -UHAVE_LZMA -UHAVE_ZLIB -UHAVE_TRACECMD
LINK_fuzz := $(FUZZ_ENGINE)
# Small machines, so that an input is a matter of a millisecond. Descriptors of a block fill a page: memory can come and go.
# Nothing is compared with what an input says in so many words: operands tell nothing.
CC_fuzz-small := $(FUZZ_CC)
LD_fuzz-small := $(FUZZ_LD)
FLAGS_fuzz-small := $(FLAGS_fuzz) -fno-sanitize-coverage=trace-cmp -DPF_BLOCK_ORDER=8 -DPF_MAX_ORDER=10 -DMAX_PAGES=2048ul \
	-DPF_MEMBLOCK_MEMORY_REGIONS=8 -DPF_MEMBLOCK_RESERVED_REGIONS=8
LINK_fuzz-small := $(FUZZ_ENGINE)
# What the model takes is no discovery, and most of the time that is spent: the fuzzer follows the library.
FUZZ_UNFOLLOWED := -O2 -fno-sanitize=fuzzer-no-link
UNFOLLOWED_fuzz-small := $(FUZZ_UNFOLLOWED)
# What the explorer runs, with the locks and atomics that are shipped.
FLAGS_explored-thread := $(FLAGS_thread) $(EXPLORE_CONFIG) -Iport/explore -Itests/explore \
	-DCODE=explored_library -DNAME='"library"'
CONFIGURATIONS := explored-thread default huge tiny flat 32-64 32-32 debug physmem nofree-0 nofree-3 pairs thread address native urcu fuzz fuzz-small

# Each has objects of its own, of the library, of the workbench and of tests, and an archive of the library.
cfg = $(call obj,cfg/$(1),$(2))
define configuration
$(BUILD)/cfg/$(1)/src/%.o: src/%.c $(BUILD)/flags Makefile tests/tests.mk
	@mkdir -p $$(@D)
	$(or $(CC_$(1)),$(CC)) $(CSTD) $(WARN) -ffreestanding $(CPP) $(DEBUG_INFO) $(FLAGS_$(1)) -c $$< -o $$@
$(BUILD)/cfg/$(1)/%.o: %.c $(BUILD)/flags Makefile tests/tests.mk
	@mkdir -p $$(@D)
	$(or $(CC_$(1)),$(CC)) $(HOSTED) -Itests/host $(DEBUG_INFO) $(FLAGS_$(1)) $(UNFOLLOWED_$(1)) -c $$< -o $$@
$(BUILD)/cfg/$(1)/library.a: $(call cfg,$(1),$(or $(LIB_SRC_$(1)),$(LIB_SRC)))
	@rm -f $$@
	$(AR) rcs $$@ $$^
endef
$(foreach c,$(CONFIGURATIONS),$(eval $(call configuration,$(c))))

# program NAME,CONFIGURATION,SOURCES,LIBRARIES: these with the library
define program
$(T)/$(1): $(call cfg,$(2),$(3)) $(BUILD)/cfg/$(2)/library.a
	@mkdir -p $$(@D)
	$(or $(LD_$(2)),$(CC_$(2)),$(CC)) $(FLAGS_$(2)) $(LINK_$(2)) $$^ $(4) -o $$@
endef
HOST := tests/host/host.c
WORKBENCH := $(SIM_SRC) port/posix/port.c

# Unit tests: of the workbench; of late frees, which has the faults besides; of the library without the workbench, once with small
# blocks.
UNIT := $(basename $(notdir $(wildcard tests/unit/*.c)))
unit = $(eval $(call program,unit/$(1),$(2),tests/unit/$(1).c $(3),-lcmocka $(4)))
$(foreach t,$(filter sim_%,$(UNIT)),$(call unit,$(t),default,$(WORKBENCH),$(OPTIONAL_LIBS)))
$(foreach t,$(filter late_free_%,$(UNIT)),$(call unit,$(t),default,$(WORKBENCH) $(FAULT_SRC),$(OPTIONAL_LIBS)))
$(foreach t,$(filter-out sim_% late_free_% small_blocks,$(UNIT)),$(call unit,$(t),default,$(HOST)))
$(call unit,small_blocks,tiny,$(HOST))

# The same with a fault, in place of one object of the library.
# Those that tests/faults/check has a unit test for; the museum has all.
FAULTS := stale_list on_lists expanded drain_before_mark
$(foreach f,$(FAULTS),$(eval $(call program,isolate-$(f),default,tests/unit/isolate.c tests/faults/isolate/$(f).c $(HOST),-lcmocka)))


# Of hotplug and devices likewise; all but one with the tests of devices.
HOTPLUG_FAULTS := no_wait_for_readers online_by_section pagemap_before_init unmap_without_waiting visible_rewritten
NOTICED_BY_no_wait_for_readers := hotplug
noticed_by = tests/unit/$(or $(NOTICED_BY_$(1)),device).c
$(foreach f,$(HOTPLUG_FAULTS),$(eval $(call program,hotplug-$(f),default,$(call noticed_by,$(f)) tests/faults/hotplug/$(f).c $(HOST),-lcmocka)))

# The models: of memblock, of what is between it and the page allocator, and of that.
MODELS := $(addprefix model-,default tiny flat 32-64 32-32 physmem)
HANDOVERS := $(addprefix handover-,default huge tiny 32-64 32-32 flat debug)
ALLOCS := $(HANDOVERS:handover-%=alloc_model-%)
model = $(foreach p,$(1),$(eval $(call program,$(p),$(patsubst $(2)-%,%,$(p)),$(3) $(HOST))))
ROUNDS_SRC := tests/property/rounds.c
HANDOVER_SRC := $(wildcard tests/property/handover/*.c)
ALLOC_SRC := $(wildcard tests/property/alloc/*.c)
HOTPLUG_SRC := $(wildcard tests/property/hotplug/*.c)
MEMBLOCK_SRC := $(wildcard tests/property/memblock/*.c)
$(call model,$(MODELS),model,tests/property/memblock_model.c $(MEMBLOCK_SRC))
$(call model,$(HANDOVERS),handover,tests/property/handover_model.c tests/property/handover_round.c $(ROUNDS_SRC) $(HANDOVER_SRC))
$(call model,$(ALLOCS),alloc_model,tests/property/alloc_model.c $(ROUNDS_SRC) $(ALLOC_SRC) $(HANDOVER_SRC))

# Memory that comes and goes against its model.
HOTPLUGS := $(addprefix hotplug_model-,default tiny flat 32-64)
$(call model,$(HOTPLUGS),hotplug_model,tests/property/hotplug_model.c $(ROUNDS_SRC) $(HOTPLUG_SRC))

# No-free pages against their model.
NOFREES := $(addprefix nofree_model-,default tiny flat 32-64 nofree-3)
# Only when they are asked for: make nofree-model
MORE_NOFREES := $(addprefix nofree_model-,nofree-0 pairs)
$(call model,$(NOFREES) $(MORE_NOFREES),nofree_model,tests/property/nofree_model.c)

# The explorer against every order there is. It switches stacks under the compiler's nose: both compilers, and no sanitizer.
EXPLORE_MODELS := $(addprefix $(T)/explore_model-,native clang)
EXPLORE_MODEL_SRC := tests/property/explore_model.c tests/property/explore/states.c $(wildcard port/explore/*.c)
$(T)/explore_model-native: CC_explore := $(CC)
$(T)/explore_model-clang: CC_explore := clang
$(EXPLORE_MODELS): $(EXPLORE_MODEL_SRC) $(wildcard port/explore/*.h tests/property/explore/*.h) $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC_explore) $(HOSTED) -O2 -g -Iport/explore -Itests/host $(filter %.c,$^) -o $@

# Races: of late frees, of the page allocator, of two for one CPU's lists, of isolation, of no-free pages, of hotplug.
RACERS := late_free alloc cpu_lock isolate nofree hotplug
RACES := $(foreach r,$(RACERS),$(addprefix $(r)-,thread address native))
race = $(eval $(call program,$(1)-$(2),$(2),tests/races/$(1).c tests/races/machine.c $(HOST),$(3)))
$(foreach r,$(RACERS),$(foreach c,thread address native,$(call race,$(r),$(c))))
RACES += hotplug-urcu
$(call race,hotplug,urcu,-lurcu-bp)
RACES += scenarios-thread
$(eval $(call program,scenarios-thread,explored-thread,tests/races/scenarios.c port/explore/keep.c $(wildcard tests/explore/*.c) $(HOST)))

# The fuzzers: of everything that reads; and of the library against its models, with small blocks where there are any.
READERS := log_fuzz trace_fuzz scenario_fuzz
FUZZERS := $(READERS) memblock_fuzz handover_fuzz alloc_fuzz hotplug_fuzz
FINDING_SRC := tests/fuzz/finding.c
$(foreach f,$(READERS),$(eval $(call program,$(f),fuzz,tests/fuzz/$(f).c $(WORKBENCH))))
$(eval $(call program,memblock_fuzz,fuzz-small,tests/fuzz/memblock_fuzz.c $(MEMBLOCK_SRC) $(HOST)))
$(eval $(call program,handover_fuzz,fuzz-small,tests/fuzz/handover_fuzz.c $(FINDING_SRC) $(HANDOVER_SRC) tests/property/handover_round.c $(HOST)))
$(eval $(call program,hotplug_fuzz,fuzz-small,tests/fuzz/hotplug_fuzz.c $(FINDING_SRC) $(HOTPLUG_SRC) $(HOST)))
$(eval $(call program,alloc_fuzz,fuzz-small,tests/fuzz/alloc_fuzz.c $(FINDING_SRC) $(ALLOC_SRC) $(HANDOVER_SRC) $(HOST)))

# The command.
$(eval $(call program,pageframe,default,$(TOOL_SRC) $(SIM_SRC),$(OPTIONAL_LIBS)))
$(T)/pageframe: $(EXPLORE_OBJ)

# Programs that embed the library in a process.
EXAMPLE_TESTS := $(basename $(wildcard examples/*.c))
$(foreach e,$(EXAMPLE_TESTS),$(eval $(call program,$(e),default,$(e).c port/posix/port.c)))

.PHONY: tests-built model
tests-built: $(addprefix $(T)/,$(UNIT:%=unit/%) $(FAULTS:%=isolate-%) $(HOTPLUG_FAULTS:%=hotplug-%) $(MODELS) $(HANDOVERS) $(ALLOCS) $(HOTPLUGS) $(NOFREES) $(EXPLORE_MODELS:$(T)/%=%) $(RACES) $(FUZZERS) $(EXAMPLE_TESTS) pageframe)

test: all tests-built
	BUILD=$(BUILD) CC='$(CC)' MODEL_OPS=$(MODEL_OPS) tests/run

# The differential test at full length: make model MODEL_OPS=10000000
model: $(T)/model-default
	$(T)/model-default --ops $(MODEL_OPS)

# Races at length, and the models of the hand-over and of the page allocator: make races ROUNDS=10000,
# make alloc-races SECONDS=600, make handover HANDOVER_OPS=1000000, make alloc-model ALLOC_OPS=10000000
.PHONY: races alloc-races nofree-races handover alloc-model nofree-model
ROUNDS ?= 10000
SECONDS ?= 600
HANDOVER_OPS ?= 200000
ALLOC_OPS ?= 1000000
races: $(RACES:%=$(T)/%)
	$(T)/late_free-address --rounds $(ROUNDS)
	$(T)/late_free-thread --rounds $(ROUNDS)
alloc-races: $(RACES:%=$(T)/%)
	$(T)/cpu_lock-native --rounds 10000000
	for s in address thread native; do $(T)/alloc-$$s --seconds $(SECONDS) || exit 1; done
	for s in address thread native; do $(T)/isolate-$$s --seconds $(SECONDS) || exit 1; done
	for s in address thread native; do $(T)/hotplug-$$s --seconds $(SECONDS) || exit 1; done
nofree-races: $(RACES:%=$(T)/%)
	for s in address thread native; do $(T)/nofree-$$s --seconds $(SECONDS) || exit 1; done
nofree-model: $(NOFREES:%=$(T)/%) $(MORE_NOFREES:%=$(T)/%)
	for m in $^; do $$m --ops $(ALLOC_OPS) || exit 1; done
alloc-model: $(ALLOCS:%=$(T)/%)
	for m in $^; do $$m --ops $(ALLOC_OPS) || exit 1; done
handover: $(HANDOVERS:%=$(T)/%)
	for m in $^; do $$m --ops $(HANDOVER_OPS) || exit 1; done

fuzz: $(FUZZERS:%=$(T)/%)
	for f in $^; do tests/fuzz/run $$f $(FUZZ_SECONDS) || exit 1; done

# The same under AFL++, for FUZZ_SECONDS each.
.PHONY: fuzz-afl
fuzz-afl:
	BUILD=$(BUILD) tests/fuzz/afl $(FUZZ_SECONDS)

# The memblock simulator: silent when all is well. How many small errors it finds, and other tests in other rooms, is a matter of
# an hour each: docs/coverage.md.
.PHONY: simulator mutate
MUTANTS ?= 400
simulator:
	$(MAKE) -C tests/memblock NUMA=1
	tests/memblock/main
mutate:
	BUILD='$(BUILD)' CC='$(CC)' tests/memblock/mutate --jobs 2
	BUILD='$(BUILD)' CC='$(CC)' tests/mutate/rooms --jobs 2 --sample $(MUTANTS)

# Linux's own tests of memblock, on our library and on Linux's memblock.c, from Debian's source packages.
.PHONY: conformance
conformance:
	BUILD=$(BUILD) CC='$(CC)' tests/conformance/run

# Branch coverage of src/ by the tests: docs/coverage.md.
coverage:
	BUILD=$(BUILD) CC='$(CC)' tests/coverage
