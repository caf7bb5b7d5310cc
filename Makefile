# pageframe: `make help` lists the targets. Objects go to build/; nothing else is written.
MAKEFLAGS += --no-builtin-rules
.DELETE_ON_ERROR:

ifeq ($(origin CC),default)
CC := gcc
endif
AR ?= ar
VERSION := 0.1.0
PREFIX ?= /usr/local
BUILD ?= build

# What the library is built for, e.g. CONFIG="-DPF_NUMA=0"; see include/pageframe/config.h.
CONFIG ?=
CFLAGS ?= -O2 -g
WARN := -Wall -Wextra -Wconversion -Werror
CSTD := -std=c11
CPP := -Iinclude -MMD -MP
FREESTANDING := -ffreestanding -fno-stack-protector

LIB_SRC := $(wildcard src/*/*.c)
SIM_SRC := $(wildcard sim/*.c)
# The historic faults are the workbench's to show; neither library has them.
FAULT_SRC := $(wildcard tests/faults/*.c)
TOOL_SRC := $(wildcard tools/pageframe/*.c port/posix/*.c) $(FAULT_SRC)
EXAMPLES := $(patsubst %.c,$(BUILD)/%,$(wildcard examples/*.c))
DATADIR := $(PREFIX)/share/pageframe

# Libraries that traces may need; without one the command says its name when it is asked for it.
have = $(shell printf '\043include <$(1)>\nint main(void) { return 0; }\n' | \
	$(CC) $(3) -x c - $(2) -o /dev/null 2>/dev/null && echo 1)
TRACECMD_CFLAGS := $(shell pkg-config --cflags libtracecmd libtraceevent libtracefs 2>/dev/null)
TRACECMD_LIBS := $(shell pkg-config --libs libtracecmd libtraceevent libtracefs 2>/dev/null)
OPTIONAL :=
OPTIONAL_LIBS :=
ifeq ($(call have,lzma.h,-llzma),1)
OPTIONAL += -DHAVE_LZMA=1
OPTIONAL_LIBS += -llzma
endif
ifeq ($(call have,zlib.h,-lz),1)
OPTIONAL += -DHAVE_ZLIB=1
OPTIONAL_LIBS += -lz
endif
ifneq ($(TRACECMD_LIBS),)
ifeq ($(call have,trace-cmd.h,$(TRACECMD_LIBS),$(TRACECMD_CFLAGS)),1)
OPTIONAL += -DHAVE_TRACECMD=1 $(TRACECMD_CFLAGS)
OPTIONAL_LIBS += $(TRACECMD_LIBS)
endif
endif

HOSTED := $(CSTD) $(WARN) $(CPP) -D_GNU_SOURCE -DVERSION='"$(VERSION)"' \
	-DMACHINES_DIR='"$(DATADIR)/machines"' -DTRACES_DIR='"$(DATADIR)/traces"' \
	-DSCENARIOS_DIR='"$(DATADIR)/scenarios"' $(OPTIONAL)

obj = $(patsubst %.c,$(BUILD)/$(1)/%.o,$(2))

.PHONY: all run test bench fuzz coverage FORCE format install clean help
all: $(BUILD)/libpageframe.a $(BUILD)/pageframe $(EXAMPLES)

# What the explorer runs: the library with small blocks and a word before each access to what is shared, and
# scenarios. Once as it is, and once with each of tests/faults/*/*.c in place of one object; nothing but
# explored_NAME of it is seen from outside.
X := $(BUILD)/x
OBJCOPY ?= objcopy
# Of tests and of what is explored, lines for a debugger and no more, for there is so much of it: DEBUG_INFO=-g shows
# variables, too.
DEBUG_INFO ?= -g1
EXPLORE_CONFIG := -DPF_BLOCK_ORDER=2 -DPF_MAX_ORDER=4 -DPF_MAX_NUMNODES=2 -DPF_MAX_PAGEMAPS=2 -DPF_DEBUG_MEMMAP=1 \
	-DPF_FEW_ROUNDS=2
EXPLORED := $(CSTD) $(WARN) $(CPP) -Iport/explore -Itests/explore -DPF_SYNC_HEADER='"explore_sync.h"' $(EXPLORE_CONFIG)
EXPLORE_FAULT_SRC := $(wildcard tests/faults/*/*.c)
EXPLORE_COMMON := $(call obj,x,$(filter-out tests/explore/code.c,$(wildcard tests/explore/*.c)) port/explore/port.c)
EXPLORE_OBJ := $(call obj,x,$(filter-out port/explore/port.c,$(wildcard port/explore/*.c))) \
	$(patsubst %,$(X)/explored_%.o,library $(notdir $(basename $(EXPLORE_FAULT_SRC))))
$(X)/src/%.o: src/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(EXPLORED) $(FREESTANDING) $(CFLAGS) $(DEBUG_INFO) -c $< -o $@
$(X)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(EXPLORED) -D_GNU_SOURCE $(CFLAGS) $(DEBUG_INFO) -c $< -o $@
$(X)/library.a: $(call obj,x,$(LIB_SRC))
	@rm -f $@
	$(AR) rcs $@ $^
$(X)/code/%.o: tests/explore/code.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(EXPLORED) -DCODE=explored_$* -DNAME='"$*"' $(CFLAGS) $(DEBUG_INFO) -c $< -o $@
$(X)/explored_%.o: $(X)/code/%.o $(EXPLORE_COMMON) $(X)/library.a
	$(CC) -r -nostdlib $(filter-out %.a,$^) $(X)/library.a -o $@.all
	$(OBJCOPY) --keep-global-symbol=explored_$* $@.all $@
	@rm -f $@.all
# What the fault defines is not looked for in the library.
.SECONDARY: $(EXPLORE_COMMON) $(call obj,x,$(EXPLORE_FAULT_SRC)) \
	$(patsubst %,$(X)/code/%.o,library $(notdir $(basename $(EXPLORE_FAULT_SRC))))
$(foreach f,$(EXPLORE_FAULT_SRC),$(eval \
	$(X)/explored_$(notdir $(basename $f)).o: $(call obj,x,$f)))
$(BUILD)/pageframe: $(EXPLORE_OBJ)

include tests/tests.mk

# Objects are made anew when what they are made with changes.
FLAGS := $(CC) $(CFLAGS) $(DEBUG_INFO) $(CONFIG) $(PREFIX) $(OPTIONAL)
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(FLAGS)' | cmp -s - $@ || echo '$(FLAGS)' > $@
FORCE:

# The library: freestanding, whatever it is built on.
$(BUILD)/o/src/%.o: src/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(CSTD) $(WARN) $(FREESTANDING) $(CPP) $(CONFIG) $(CFLAGS) -c $< -o $@
$(BUILD)/libpageframe.a: $(call obj,o,$(LIB_SRC))
	@rm -f $@
	$(AR) rcs $@ $^

# The workbench, with a library of its own: recorded machines have nodes, whatever CONFIG says.
$(BUILD)/w/src/%.o: src/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(CSTD) $(WARN) $(FREESTANDING) $(CPP) $(CFLAGS) -c $< -o $@
$(BUILD)/w/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(HOSTED) $(CFLAGS) -c $< -o $@
$(BUILD)/libpfsim.a: $(call obj,w,$(SIM_SRC) $(LIB_SRC))
	@rm -f $@
	$(AR) rcs $@ $^
$(BUILD)/pageframe: $(call obj,w,$(TOOL_SRC)) $(BUILD)/libpfsim.a
	$(CC) $(CFLAGS) $(LDFLAGS) $^ $(OPTIONAL_LIBS) -o $@

# With the workbench's library: CONFIG may be another machine's.
$(EXAMPLES): $(BUILD)/examples/%: $(BUILD)/w/examples/%.o $(call obj,w,port/posix/port.c $(LIB_SRC))
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) $^ -o $@

run: $(BUILD)/pageframe
	$(BUILD)/pageframe boot bios-8g-k612

format:
	clang-format -i $$(git ls-files '*.c' '*.h')

bench: all
	CC='$(CC)' BUILD=$(BUILD) bench/memblock
	CC='$(CC)' BUILD=$(BUILD) bench/handover
	CC='$(CC)' BUILD=$(BUILD) bench/isolate
	CC='$(CC)' BUILD=$(BUILD) bench/online_page
	CC='$(CC)' BUILD=$(BUILD) LLFREE='$(LLFREE)' bench/alloc
	CC='$(CC)' BUILD=$(BUILD) LLFREE='$(LLFREE)' bench/fragmentation

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib/pkgconfig \
		$(DESTDIR)$(PREFIX)/include/pageframe $(DESTDIR)$(DATADIR)
	install -m 755 $(BUILD)/pageframe $(DESTDIR)$(PREFIX)/bin/
	install -m 644 $(BUILD)/libpageframe.a $(DESTDIR)$(PREFIX)/lib/
	install -m 644 include/pageframe/*.h $(DESTDIR)$(PREFIX)/include/pageframe/
	cp -R machines traces scenarios $(DESTDIR)$(DATADIR)/
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(VERSION)|' -e 's|@CONFIG@|$(CONFIG)|' \
		pageframe.pc.in > $(DESTDIR)$(PREFIX)/lib/pkgconfig/pageframe.pc

clean:
	rm -rf $(BUILD)

help:
	@echo 'make            the library (build/libpageframe.a), the command (build/pageframe)'
	@echo '                and what is in examples/ (build/examples/)'
	@echo 'make run        boot a bundled machine and say where its memory went'
	@echo 'make test       all tests; the last line counts them (see ./bootstrap)'
	@echo 'make simulator  the memblock simulator (tests/memblock/ has more to say)'
	@echo 'make conformance  Linux'\''s own tests of memblock, on ours and on its own'
	@echo 'make model      the differential test of memblock, MODEL_OPS operations long'
	@echo 'make handover   the differential test of what comes after, HANDOVER_OPS operations long'
	@echo 'make alloc-model  the differential test of the page allocator, ALLOC_OPS operations long'
	@echo 'make alloc-races  the page allocator on many threads, SECONDS seconds each'
	@echo 'make races      late frees from several threads, ROUNDS rounds'
	@echo 'make bench      benchmarks, as ratios against a yardstick of the same run'
	@echo '                with LLFREE=DIR beside LLFree, too (bench/allocators says how)'
	@echo 'make coverage   branch coverage of src/ by the tests'
	@echo 'make mutate     small errors in src/, one at a time: do tests notice? MUTANTS of those above memblock'
	@echo 'make fuzz       fuzz readers and library for FUZZ_SECONDS each (default 600)'
	@echo 'make fuzz-afl   the same with AFL++'
	@echo 'make format     clang-format over everything'
	@echo 'make install    to PREFIX (default /usr/local), under DESTDIR; with a pkg-config file'
	@echo 'make clean      remove build/'
	@echo
	@echo 'CC=clang        another compiler          CFLAGS="-O2 -g"   optimisation'
	@echo 'CONFIG="-D..."  the library with other options of include/pageframe/config.h'

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
