/* SPDX-License-Identifier: MIT */
/* A machine whose memory may come and go, and a round on it. */
#include "hotplug.h"

struct pf_mem mem;
struct block_model blocks[BLOCKS];
uint8_t uses[PAGES];
bool marked[PAGES];
struct source source;
const struct pf_memmap_ops *ops;
const char *doing = "nothing";
unsigned nr_cpus;

void begin(const char *what)
{
	doing = what;
	host_forget_output();
	host_refused = 0;
}

/* Descriptors of a block must fill pages for a host to put something behind them. */
static void choose_map(void)
{
	static const struct pf_memmap_ops *const all[] = { NULL, &host_mapped, &host_on_demand };

	ops = DESCRIPTOR_PAGES ? all[below(3)] : NULL;
}

static bool make_memory(void)
{
	const unsigned long chunk = 1ul << (PF_MAX_ORDER - PF_BLOCK_ORDER);
	unsigned long n = 4 + below(20), first = below(3) & (chunk - 1), border = below(n + 1);
	pf_phys base = PF_PFN_PHYS(BASE) + first * PF_BLOCK_SIZE; /* entries are from BASE on */
	pf_phys hole = base + below(n << PF_BLOCK_ORDER) * PF_PAGE_SIZE;

	if (NODES == 1)
		border = n;
	if (border && memblock_add_node(base, border * PF_BLOCK_SIZE, 0, MEMBLOCK_NONE))
		return false;
	if (border < n && memblock_add_node(base + border * PF_BLOCK_SIZE,
					    (n - border) * PF_BLOCK_SIZE, 1, MEMBLOCK_NONE))
		return false;
	if (one_in(2) && memblock_remove(hole, (1 + below(PF_BLOCK_PAGES)) * PF_PAGE_SIZE))
		return false;
	for (unsigned long r = below(4); r--;)
		if (memblock_reserve(base + below(n << PF_BLOCK_ORDER) * PF_PAGE_SIZE,
				     (1 + below(9)) * PF_PAGE_SIZE))
			return false;
	memblock_set_bottom_up(one_in(2)); /* where the map goes, if it has its room there */
	return true;
}

/* That the hand-over is right is another model's to prove. */
static void read_pages(void)
{
	for (unsigned long i = 0; i < PAGES; i++) {
		uint32_t info = pf_page_info(&mem, pfn_of(i));
		struct block_model *b = block_of(i);

		uses[i] = pf_info_state(info) == PF_ABSENT ? HOLE
			  : pf_info_state(info) == PF_FREE ? AVAILABLE
							   : KERNEL;
		if (uses[i] == HOLE)
			continue;
		b->is = ONLINE;
		b->nid = pf_info_node(info);
		b->mixed = pf_block(&mem, pfn_of(i))->info & PF_INFO_MIXED;
	}
}

bool round_begin(void)
{
	struct pf_boot_config config = { .max_possible_pfn = pfn_of(PAGES), .nr_nodes = NODES };

	memset(&mem, 0, sizeof(mem));
	memset(blocks, 0, sizeof(blocks));
	memset(marked, 0, sizeof(marked));
	nr_held = 0;
	plug_begin();
	host_reset();
	doing = "the set-up";
	choose_map();
	memblock_allow_resize();
	movable_node_enabled = one_in(4);
	if (!make_memory())
		return false;
	nr_cpus = 1 + (unsigned)below(3);
	config.memmap = ops;
	config.nr_cpus = nr_cpus;
	config.memory_block_order = PF_BLOCK_ORDER + (unsigned)below(3);
	if (pf_boot(&mem, &config))
		return false;
	memblock_free_all(&mem);
	read_pages();
	compare();
	return true;
}

/* Memory for descriptors is scarce from now on, or not any more. */
static void change_luck(void)
{
	host_luck = one_in(2) ? HOST_LUCKY : (int)below(6);
	host_unlucky_once = one_in(2);
}

void round_op(void)
{
	unsigned what = (unsigned)below(16);

	host_set_cpu((unsigned)below(nr_cpus));
	if (what < 7)
		plug();
	else if (what < 12)
		use();
	else if (what < 15)
		look();
	else
		change_luck();
}

void round_end(void)
{
	host_luck = HOST_LUCKY;
	give_all();
	unplug_devices();
	begin("the last drain");
	if (!pf_drain_all(&mem))
		differ("some CPU cannot be drained");
	compare();
}

void round_close(void)
{
	pf_close(&mem);
	host_reset();
}
