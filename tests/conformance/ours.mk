# SPDX-License-Identifier: MIT
# Linux's tests of memblock linked with our library, as $(OUT)/main. From the repository root, with
#   SUITE  where main.c and tests/ are
#   OUT    where to build
#   CONFIG options of include/pageframe/config.h, and -m32
MAKEFLAGS += --no-builtin-rules
.DELETE_ON_ERROR:

HERE := tests/conformance
# Objects are made anew when what they are made with changes.
RULES := $(HERE)/ours.mk $(HERE)/run
CSTD := -std=gnu11
SAN := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
# -fcommon: the tests define movable_node_enabled too, and mean the library's.
OPT := -g -MMD -MP $(SAN) -fcommon $(CONFIG)
OURS := $(CSTD) -O1 -Wall -Wextra -Wconversion -Werror -Iinclude $(OPT)
# The tests are as they are, and long: -O0 compiles them in a quarter of the time.
LINUX := $(CSTD) -O0 -w -I$(SUITE) -I$(HERE)/include -Iinclude $(OPT)

# memblock needs nothing of the floors above it.
LIB_O := $(patsubst %.c,$(OUT)/%.o,$(wildcard src/memblock/*.c))
PORT_O := $(OUT)/$(HERE)/port.o
SUITE_O := $(patsubst $(SUITE)/%.c,$(OUT)/suite/%.o,$(SUITE)/main.c $(wildcard $(SUITE)/tests/*.c))

$(OUT)/main: $(SUITE_O) $(PORT_O) $(LIB_O)
	$(CC) $(SAN) $(filter -m32,$(CONFIG)) $^ -o $@

$(OUT)/suite/%.o: $(SUITE)/%.c $(RULES)
	@mkdir -p $(@D)
	$(CC) $(LINUX) -c $< -o $@
$(OUT)/src/%.o: src/%.c $(RULES)
	@mkdir -p $(@D)
	$(CC) $(OURS) -ffreestanding -c $< -o $@
$(PORT_O): $(HERE)/port.c $(RULES)
	@mkdir -p $(@D)
	$(CC) $(OURS) -c $< -o $@

-include $(patsubst %.o,%.d,$(LIB_O) $(PORT_O) $(SUITE_O))
