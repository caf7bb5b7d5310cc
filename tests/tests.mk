# The tests: programs and scripts that print TAP; tests/run counts what they say.
# Everything that runs here is built with AddressSanitizer and UndefinedBehaviorSanitizer.

SAN := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
T := $(BUILD)/test
FUZZ_SECONDS ?= 600
MODEL_OPS ?= 2000000

UNIT_SRC := $(wildcard tests/unit/*.c)
UNIT := $(patsubst tests/unit/%.c,$(T)/unit/%,$(UNIT_SRC))

$(BUILD)/san/src/%.o: src/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(CSTD) $(WARN) -ffreestanding $(CPP) -O1 -g $(SAN) -c $< -o $@
$(BUILD)/san/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(HOSTED) -Itests/host -O1 -g $(SAN) -c $< -o $@

SAN_LIB := $(call obj,san,$(LIB_SRC))
SAN_SIM := $(call obj,san,$(SIM_SRC))

$(T)/pageframe: $(call obj,san,$(TOOL_SRC)) $(SAN_SIM) $(SAN_LIB)
	@mkdir -p $(@D)
	$(CC) $(SAN) $^ $(OPTIONAL_LIBS) -o $@

$(T)/unit/sim_%: $(BUILD)/san/tests/unit/sim_%.o $(SAN_SIM) $(BUILD)/san/port/posix/port.o $(SAN_LIB)
	@mkdir -p $(@D)
	$(CC) $(SAN) $^ -lcmocka $(OPTIONAL_LIBS) -o $@

$(T)/unit/late_free_%: $(BUILD)/san/tests/unit/late_free_%.o $(call obj,san,$(FAULT_SRC)) $(SAN_SIM) \
		$(BUILD)/san/port/posix/port.o $(SAN_LIB)
	@mkdir -p $(@D)
	$(CC) $(SAN) $^ -lcmocka $(OPTIONAL_LIBS) -o $@

# The model again for other configurations: arrays that double all the time, no nodes, 32-bit machines, 32-bit physical addresses, physmem.
MODEL_SRC := tests/property/memblock_model.c tests/host/host.c $(LIB_SRC)
MODELS := $(addprefix $(T)/model-,numa small flat 32-64 32-32 physmem)
$(T)/model-numa: MODEL_CONFIG :=
$(T)/model-small: MODEL_CONFIG := -DPF_MEMBLOCK_MEMORY_REGIONS=4 -DPF_MEMBLOCK_RESERVED_REGIONS=4
$(T)/model-flat: MODEL_CONFIG := -DPF_NUMA=0
$(T)/model-32-64: MODEL_CONFIG := -m32
$(T)/model-32-32: MODEL_CONFIG := -m32 -DPF_PHYS_BITS=32
$(T)/model-physmem: MODEL_CONFIG := -DPF_PHYSMEM=1
$(MODELS): $(MODEL_SRC) $(wildcard src/*/*.h include/pageframe/*.h tests/host/*.h) Makefile tests/tests.mk
	@mkdir -p $(@D)
	$(CC) $(CSTD) $(WARN) -D_GNU_SOURCE -Iinclude -Itests/host -O1 -g $(SAN) $(MODEL_CONFIG) \
		$(MODEL_SRC) -o $@

# Tests of the library without the workbench.
LIB_TESTS := $(patsubst %,$(T)/unit/%,alloc_fail boot page_alloc reserves scarce show states verify watermark)
$(LIB_TESTS): $(T)/unit/%: $(BUILD)/san/tests/unit/%.o $(BUILD)/san/tests/host/host.o $(SAN_LIB)
	@mkdir -p $(@D)
	$(CC) $(SAN) $^ -lcmocka -o $@

# And one of a library with small blocks.
SMALL_BLOCKS := tests/unit/small_blocks.c tests/host/host.c $(LIB_SRC)
$(T)/unit/small_blocks: $(SMALL_BLOCKS) $(wildcard src/*/*.h include/pageframe/*.h tests/host/*.h) Makefile tests/tests.mk
	@mkdir -p $(@D)
	$(CC) $(CSTD) $(WARN) -D_GNU_SOURCE -Iinclude -Itests/host -O1 -g $(SAN) -DPF_BLOCK_ORDER=4 -DPF_MAX_ORDER=6 \
		$(SMALL_BLOCKS) -lcmocka -o $@

# From memblock to the page allocator: chunks of a GiB, blocks of 16 pages, arrays that double, 32 bits, one node, descriptors that are checked.
HANDOVER_SRC := tests/property/handover_model.c $(wildcard tests/property/handover/*.c) tests/host/host.c $(LIB_SRC)
HANDOVERS := $(addprefix $(T)/handover-,default huge tiny 32-64 32-32 flat debug)
$(T)/handover-default $(T)/alloc_model-default: HANDOVER_CONFIG := $(SAN)
$(T)/handover-huge $(T)/alloc_model-huge: HANDOVER_CONFIG := $(SAN) -DPF_MAX_ORDER=18
$(T)/handover-tiny $(T)/alloc_model-tiny: HANDOVER_CONFIG := $(SAN) -DPF_BLOCK_ORDER=4 -DPF_MAX_ORDER=6 \
	-DPF_MEMBLOCK_MEMORY_REGIONS=4 -DPF_MEMBLOCK_RESERVED_REGIONS=4
$(T)/handover-32-64 $(T)/alloc_model-32-64: HANDOVER_CONFIG := $(SAN) -m32
$(T)/handover-32-32 $(T)/alloc_model-32-32: HANDOVER_CONFIG := $(SAN) -m32 -DPF_PHYS_BITS=32
$(T)/handover-flat $(T)/alloc_model-flat: HANDOVER_CONFIG := $(SAN) -DPF_NUMA=0
$(T)/handover-debug $(T)/alloc_model-debug: HANDOVER_CONFIG := -fsanitize=undefined -fno-sanitize-recover=all -DPF_DEBUG_MEMMAP=1
$(HANDOVERS): $(HANDOVER_SRC) $(wildcard src/*/*.h include/pageframe/*.h tests/host/*.h tests/property/handover/*.h) Makefile tests/tests.mk
	@mkdir -p $(@D)
	$(CC) $(CSTD) $(WARN) -D_GNU_SOURCE -Iinclude -Itests/host -O1 -g $(HANDOVER_CONFIG) $(HANDOVER_SRC) -o $@

# The page allocator, in the same configurations.
ALLOC_SRC := tests/property/alloc_model.c $(wildcard tests/property/alloc/*.c tests/property/handover/*.c) \
	tests/host/host.c $(LIB_SRC)
ALLOCS := $(subst /handover-,/alloc_model-,$(HANDOVERS))
$(ALLOCS): $(ALLOC_SRC) $(wildcard src/*/*.h include/pageframe/*.h tests/host/*.h tests/property/*/*.h) Makefile tests/tests.mk
	@mkdir -p $(@D)
	$(CC) $(CSTD) $(WARN) -D_GNU_SOURCE -Iinclude -Itests/host -O1 -g $(HANDOVER_CONFIG) $(ALLOC_SRC) -o $@

# Threads: what ThreadSanitizer sees, and what the others do. The per-CPU lock is another under ThreadSanitizer: native builds
# have the one that is shipped.
RACES := $(foreach r,late_free alloc cpu_lock,$(addprefix $(T)/$(r)-,thread address native))
$(T)/%-thread: RACES_SAN := -fsanitize=thread
$(T)/%-address: RACES_SAN := $(SAN)
$(T)/%-native: RACES_SAN :=
RACES_WITH := $(wildcard src/*/*.h include/pageframe/*.h tests/host/*.h tests/races/*.h) Makefile tests/tests.mk
define race
$(T)/$(1)-$(2): tests/races/$(1).c tests/races/machine.c tests/host/host.c $(LIB_SRC) $(RACES_WITH)
	@mkdir -p $$(@D)
	$(CC) $(CSTD) $(WARN) -D_GNU_SOURCE -Iinclude -Itests/host -O2 -g -pthread $$(RACES_SAN) \
		$$(filter %.c,$$^) -o $$@
endef
$(foreach r,late_free alloc cpu_lock,$(foreach s,thread address native,$(eval $(call race,$(r),$(s)))))

# The fuzzers of everything that reads; they need clang.
FUZZERS := $(addprefix $(T)/,log_fuzz trace_fuzz)
$(FUZZERS): $(T)/%: tests/fuzz/%.c $(SIM_SRC) port/posix/port.c $(LIB_SRC) $(wildcard sim/*.h src/*/*.h include/pageframe/*.h)
	@mkdir -p $(@D)
	clang $(CSTD) -D_GNU_SOURCE -DVERSION='"fuzz"' -DMACHINES_DIR='""' -DTRACES_DIR='""' -Iinclude -O1 -g \
		-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all $(filter %.c,$^) -o $@

fuzz: $(FUZZERS)
	tests/fuzz/run $(T)/log_fuzz $(FUZZ_SECONDS)
	tests/fuzz/run_trace $(T)/trace_fuzz $(FUZZ_SECONDS)

TESTS_BUILT := $(UNIT) $(MODELS) $(HANDOVERS) $(ALLOCS) $(RACES) $(FUZZERS) $(T)/pageframe

.PHONY: tests-built model
tests-built: $(TESTS_BUILT)

test: all tests-built
	BUILD=$(BUILD) CC='$(CC)' MODEL_OPS=$(MODEL_OPS) tests/run

# The differential test at full length: make model MODEL_OPS=10000000
model: $(T)/model-numa
	$(T)/model-numa --ops $(MODEL_OPS)

# Races at length, and the models of the hand-over and of the page allocator: make races ROUNDS=10000,
# make alloc-races SECONDS=600, make handover HANDOVER_OPS=1000000, make alloc-model ALLOC_OPS=10000000
.PHONY: races alloc-races handover alloc-model
ROUNDS ?= 10000
SECONDS ?= 600
HANDOVER_OPS ?= 200000
ALLOC_OPS ?= 1000000
races: $(RACES)
	$(T)/late_free-address --rounds $(ROUNDS)
	$(T)/late_free-thread --rounds $(ROUNDS)
alloc-races: $(RACES)
	$(T)/cpu_lock-native --rounds 10000000
	for s in address thread native; do $(T)/alloc-$$s --seconds $(SECONDS) || exit 1; done
alloc-model: $(ALLOCS)
	for m in $(ALLOCS); do $$m --ops $(ALLOC_OPS) || exit 1; done
handover: $(HANDOVERS)
	for m in $(HANDOVERS); do $$m --ops $(HANDOVER_OPS) || exit 1; done

# The memblock simulator: silent when all is well. How many small errors it finds is a matter of an hour.
.PHONY: simulator mutate
simulator:
	$(MAKE) -C tests/memblock NUMA=1
	tests/memblock/main
mutate:
	tests/memblock/mutate --jobs 2

# Linux's own tests of memblock, on our library and on Linux's memblock.c, from Debian's source packages.
.PHONY: conformance
conformance:
	BUILD=$(BUILD) CC='$(CC)' tests/conformance/run

# Branch coverage of src/ by the tests: docs/coverage.md.
coverage:
	BUILD=$(BUILD) CC='$(CC)' tests/coverage
