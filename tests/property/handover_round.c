/* SPDX-License-Identifier: MIT */
/*
 * A round of the hand-over's model: a machine boots and is handed over, pages are given back late,
 * taken and freed, and in the end memblock's own arrays go. Whoever plays it chooses the numbers.
 */
#include "handover/round.h"

#include "buddy.h"

#define MAX_CHUNKS 4096

const char *doing = "nothing";
static struct pf_mem mem;

static const char *take_output(void)
{
	static char text[4096];

	snprintf(text, sizeof(text), "%s", host_output());
	host_forget_output();
	return text;
}

static void expect_output(const char *want)
{
	const char *is = take_output();

	if (strcmp(is, want))
		differ("it prints '%s', not '%s'", is, want);
}

/* --- what the released hook is told --- */

static enum pf_release expected_how;
static unsigned long told; /* pages, by the operation that runs */

static void promise(unsigned long i)
{
	states[i] |= PROMISED;
}

static void released(struct pf_mem *m, pf_pfn start, unsigned long pages, enum pf_release how)
{
	struct zone_model *z;

	if (m != &mem || how != expected_how)
		differ("the hook is told of page %#lx the wrong way", start);
	if (!pages || !in_window(start) || !in_window(start + pages - 1))
		differ("the hook is told of %lu pages at %#lx", pages, start);
	z = &nodes[page_nid(start - machine.base)].zone[zones[start - machine.base]];
	if (m->nodes[page_nid(start - machine.base)]->zone[zones[start - machine.base]].nr_free !=
	    z->nr_free)
		differ("page %#lx was free before the hook was told of it", start);
	for (unsigned long i = start - machine.base; pages; i++, pages--, told++) {
		if (!(states[i] & PROMISED))
			differ("the hook is told of page %#lx, which is not to be freed",
			       pfn_of(i));
		if (page_nid(i) < 0 || &nodes[page_nid(i)].zone[zones[i]] != z)
			differ("the hook is told of two zones at once, at page %#lx", pfn_of(i));
		z->nr_free++;
		states[i] = PF_FREE;
	}
}

/*
 * Memory for the descriptors lacked once; another range of the same block may have come later, when
 * there was some. Then only the library knows which pages were first.
 */
static bool is_left(unsigned long i, enum pf_state from)
{
	return map_failed_at(&mem, i) && pf_info_state(pf_page_info(&mem, pfn_of(i))) == from;
}

/* What an operation left as it was; without a hook, promises count as kept unless memory lacked. */
static unsigned long settle(enum pf_state from, unsigned long *first)
{
	unsigned long left = 0;

	for (unsigned long i = 0; i < machine.pages; i++) {
		if (!(states[i] & PROMISED))
			continue;
		if (is_left(i, from) || machine.reports) {
			if (!is_left(i, from))
				differ("the hook is not told of page %#lx", pfn_of(i));
			states[i] = (uint8_t)from;
			*first = left++ ? *first : i;
		} else {
			states[i] = PF_FREE;
			told++;
		}
	}
	return left;
}

static void begin(const char *what, enum pf_release how)
{
	doing = what;
	expected_how = how;
	told = 0;
	memmap_forget();
	recount();
}

/* --- boot --- */

static bool line_begins(const char *text, const char *begin)
{
	for (; text; text = strchr(text, '\n')) {
		text += *text == '\n';
		if (!strncmp(text, begin, strlen(begin)))
			return true;
	}
	return false;
}

/* Longer than anything that pf_boot() may want at once. */
static bool has_much_memory(void)
{
	unsigned long n = 0, most = 0;

	for (unsigned long h = 0; h < 2 * machine.pages; h++) {
		bool good = cells[h] && !reserved[h] && !(CELL_FLAGS(cells[h]) & (NOMAP | HOTPLUG));

		n = good ? n + 1 : 0;
		most = n > most ? n : most;
	}
	return most * HALF > (4 * machine.pages + 8 * CHUNK) * sizeof(struct pf_page) +
				     2 * MAX_NODES * sizeof(struct pf_node);
}

static bool boot(void)
{
	pf_phys before;
	int ret;

	doing = "pf_boot()";
	machine_read_reserved();
	rules_apply();
	machine.config.released = machine.reports ? released : NULL;
	memset(&mem, 0, sizeof(mem));
	memmap_forget();
	host_forget_output();
	before = memblock.reserved.total_size;
	ret = pf_boot(&mem, &machine.config);
	if (ret == -PF_ENOMEM) {
		if (!line_begins(take_output(), "memory map: no room"))
			differ("pf_boot() has no memory, and does not say so");
		if (has_much_memory() && !map_failures)
			differ("pf_boot() finds no memory where there is much: %s", host_output());
		return false;
	}
	if (ret)
		differ("pf_boot() returns %d: %s", ret, host_output());
	if (machine.place == FROM_ALLOC && memblock.reserved.total_size != before)
		differ("pf_boot() takes from memblock what config.alloc should give");
	if (machine.place != FROM_ALLOC && memblock.reserved.total_size - before < mem.memmap_bytes)
		differ("memmap_bytes is more than was taken from memblock");
	if (line_begins(host_output(), "kernelcore=mirror: no memory is mirrored, ignored") !=
	    (mirrored_kernelcore && !movable_node_enabled && !machine.has_mirror))
		differ("pf_boot() says '%s'", host_output());
	for (unsigned long i = 0; i < machine.pages; i++)
		states[i] = page_nid(i) < 0		       ? PF_ABSENT
			    : CELL_FLAGS(cells[2 * i]) & NOMAP ? PF_NOMAP
							       : PF_RESERVED;
	host_forget_output();
	return true;
}

/* --- hand-over --- */

static bool is_free_in_memblock(unsigned long i)
{
	return page_nid(i) >= 0 && !(CELL_FLAGS(cells[2 * i]) & NOMAP) && !reserved[2 * i] &&
	       !reserved[2 * i + 1];
}

/* Free throughout, of one region and one zone. */
static bool is_whole_block(unsigned long i)
{
	for (unsigned long j = i; j < i + PF_BLOCK_PAGES; j++)
		if (!is_free_in_memblock(j) || cells[2 * j] != cells[2 * i] || zones[j] != zones[i])
			return false;
	return true;
}

static bool is_last_zone(unsigned long i)
{
	for (int z = zones[i] + 1; z < PF_ZONES; z++)
		if (nodes[page_nid(i)].zone[z].present)
			return false;
	return true;
}

/* Returns the pages that are to be free now. */
static unsigned long promise_boot(void)
{
	unsigned long managed[MAX_NODES] = { 0 }, pages = 0; /* of each node's last zone */

	for (unsigned long i = 0; i < machine.pages; i++) {
		int nid = page_nid(i);

		if (machine.config.pages_at_once && i % PF_BLOCK_PAGES == 0 && is_whole_block(i) &&
		    is_last_zone(i) && managed[nid] >= machine.config.pages_at_once) {
			memset(&states[i], PF_DEFERRED, PF_BLOCK_PAGES);
			i += PF_BLOCK_PAGES - 1;
		} else if (is_free_in_memblock(i)) {
			promise(i);
			managed[nid] += is_last_zone(i);
			pages++;
		}
	}
	return pages;
}

static void free_all(void)
{
	unsigned long pages, left, first, ret;

	/* Which blocks are deferred depends on what could be freed. */
	if (machine.config.pages_at_once && machine.place == ON_DEMAND)
		machine.fail_one_in = 0;
	machine_read_reserved();
	begin("memblock_free_all()", PF_RELEASE_BOOT);
	pages = promise_boot();
	ret = memblock_free_all(&mem);
	left = settle(PF_RESERVED, &first);
	if (ret != pages - left || told != ret)
		differ("it returns %#lx, for %#lx pages", ret, pages - left);
	expect_output("");
	compare_all(&mem);
	compare_watermarks(&mem);
	if (machine.fail_later)
		machine.fail_one_in = machine.fail_later;
}

/* --- late frees --- */

struct late {
	pf_phys base, size;
	unsigned long refused, first; /* pages; the first of them as a pfn */
	enum pf_state state;	      /* what it was */
};

/* Pages that lie in the range: its first, and the one behind its last. */
static pf_pfn late_start(const struct late *l)
{
	return (pf_pfn)(l->base / PF_PAGE_SIZE) + (l->base % PF_PAGE_SIZE != 0);
}

static pf_pfn late_end(const struct late *l)
{
	pf_phys end = l->size > PF_PHYS_MAX - l->base ? PF_PHYS_MAX : l->base + l->size;

	return (pf_pfn)(end / PF_PAGE_SIZE);
}

static void promise_late(struct late *l)
{
	pf_pfn start = late_start(l), end = late_end(l);
	pf_pfn from = start > machine.base ? start : machine.base;
	pf_pfn to = end < pfn_of(machine.pages) ? end : pfn_of(machine.pages);

	l->refused = 0;
	if (start >= end)
		return;
	l->refused = end - start;
	l->first = start;
	l->state = PF_ABSENT;
	if (from >= to)
		return;
	for (pf_pfn pfn = from; pfn < to; pfn++) {
		unsigned long i = pfn - machine.base;

		if (states[i] == PF_RESERVED) {
			promise(i);
			l->refused--;
			l->first += l->first == pfn;
		} else if (l->first == pfn) {
			l->state = (enum pf_state)states[i];
		}
	}
}

static bool is_state_named(enum pf_state state, const char *name)
{
	switch (state) {
	case PF_ABSENT:
		return !strcmp(name, "no memory\n");
	case PF_DEFERRED:
		return !strcmp(name, "free already\n");
	case PF_FREE: /* inside a chunk it may say less */
		return !strcmp(name, "free already\n") ||
		       !strcmp(name, "in use, or free already\n");
	case PF_RESERVED:
		return !strcmp(name, "still reserved\n");
	case PF_NOMAP:
		return !strcmp(name, "not in the direct map\n");
	default:
		return !strcmp(name, "in use, or free already\n");
	}
}

static void expect_report(const struct late *l, bool no_memory)
{
	pf_phys size = l->size > PF_PHYS_MAX - l->base ? PF_PHYS_MAX - l->base : l->size;
	const char *is = take_output();
	char want[200];
	int digits = PF_PHYS_BITS / 4, len;

	len = snprintf(
		want, sizeof(want),
		"memblock_free_late: [0x%0*llx-0x%0*llx]: %s %lu pages; the first, pfn 0x%lx, is ",
		digits, (unsigned long long)l->base, digits,
		(unsigned long long)(l->base + size - 1),
		no_memory ? "no memory to describe" : "not reserved:", l->refused, l->first);
	if (strncmp(is, want, (size_t)len) || !is_state_named(l->state, is + len))
		differ("it prints '%s', not '%s...' (state %d)", is, want, (int)l->state);
}

/* @early: by memblock_free_late(), which frees to the machine that was handed over last. */
static void free_late(struct late *l)
{
	bool by_mem = one_in(2);
	unsigned long left, first = 0;
	int ret, want;

	begin("a late free", PF_RELEASE_LATE);
	promise_late(l);
	ret = by_mem ? pf_free_late(&mem, l->base, l->size) : memblock_free_late(l->base, l->size);
	left = settle(PF_RESERVED, &first);
	if (left) {
		if (!l->refused || pfn_of(first) < l->first) {
			l->first = pfn_of(first);
			l->state = PF_RESERVED;
		}
		l->refused += left;
	}
	want = left ? -PF_ENOMEM : l->refused ? -PF_EINVAL : 0;
	if (ret != want)
		differ("a late free of [%#llx, + %#llx) returns %d, not %d",
		       (unsigned long long)l->base, (unsigned long long)l->size, ret, want);
	if (want)
		expect_report(l, left > 0);
	else
		expect_output("");
}

/* A page in that state, or any if there is none. */
static unsigned long find_state(enum pf_state state)
{
	unsigned long start = below(machine.pages);

	for (unsigned long n = 0; n < machine.pages; n++) {
		unsigned long i = (start + n) % machine.pages;

		if (states[i] == state)
			return i;
	}
	return start;
}

/* Pages like this one, from here on or around it. */
static void range_of_run(struct late *l, unsigned long i, bool around)
{
	unsigned long a = i, b = i + 1;

	while (around && a && states[a - 1] == states[i])
		a--;
	while (b < machine.pages && states[b] == states[i])
		b++;
	if (!one_in(3)) /* a part of it */
		b = a + 1 + below(b - a);
	l->base = PF_PFN_PHYS(pfn_of(a));
	l->size = (b - a) * PF_PAGE_SIZE;
}

static void range_outside(struct late *l)
{
	l->base = one_in(2) ? PF_PFN_PHYS(pfn_of(machine.pages)) - below(9) * PF_PAGE_SIZE
			    : PF_PFN_PHYS(machine.base - below(machine.base < 9 ? 1 : 9));
	l->size = below(64) * PF_PAGE_SIZE;
	if (one_in(4))
		l->size = PF_PHYS_MAX - below(2);
	if (one_in(8) && sizeof(pf_pfn) * 8 >= PF_PHYS_BITS) /* else no pfn tells where it is */
		l->base = PF_PHYS_MAX - below(PF_PAGE_SIZE);
}

static void make_range(struct late *l)
{
	unsigned long i = below(machine.pages);

	switch (below(8)) {
	case 0: /* the same once more */
		return;
	case 1: /* anything */
		l->base = PF_PFN_PHYS(pfn_of(i));
		l->size = below(machine.pages - i + 1) / (1 + below(8)) * PF_PAGE_SIZE;
		break;
	case 2: /* whole blocks */
		i &= ~(PF_BLOCK_PAGES - 1);
		l->base = PF_PFN_PHYS(pfn_of(i));
		l->size = (1 + below(3)) * (PF_PAGE_SIZE << PF_BLOCK_ORDER);
		break;
	case 3:
		range_outside(l);
		return;
	default:
		range_of_run(l, find_state(PF_RESERVED), one_in(2));
	}
	if (one_in(4))
		l->base += below(PF_PAGE_SIZE);
	if (one_in(4))
		l->size += below(PF_PAGE_SIZE);
	if (one_in(8) && l->base >= PF_PAGE_SIZE) {
		l->base -= PF_PAGE_SIZE;
		l->size += 2 * PF_PAGE_SIZE;
	}
}

/* --- the other operations --- */

static unsigned long count_state(enum pf_state state, int nid)
{
	unsigned long n = 0;

	for (unsigned long i = 0; i < machine.pages; i++)
		n += states[i] == state && page_nid(i) == nid;
	return n;
}

/* Without a hook, what was handed over is seen in the block entries. */
static void see_released(void)
{
	for (unsigned long i = 0; i < machine.pages; i += PF_BLOCK_PAGES)
		if (states[i] == (PF_DEFERRED | PROMISED) &&
		    pf_info_state(pf_page_info(&mem, pfn_of(i))) == PF_FREE) {
			memset(&states[i], PF_FREE, PF_BLOCK_PAGES);
			told += PF_BLOCK_PAGES;
		}
}

static void release_deferred(void)
{
	int nid = (int)below(MAX_NODES + 1) - (one_in(9) ? 1 : 0);
	unsigned long pages = one_in(3) ? ~0ul : below(machine.pages / 2), left, ret;

	begin("pf_release_deferred()", PF_RELEASE_BOOT);
	for (unsigned long i = 0; i < machine.pages; i++)
		if (states[i] == PF_DEFERRED && page_nid(i) == nid)
			promise(i);
	ret = pf_release_deferred(&mem, nid, pages);
	if (!machine.reports)
		see_released();
	for (unsigned long i = 0; i < machine.pages; i++)
		states[i] &= (uint8_t)~PROMISED;
	left = nid >= 0 && nid < MAX_NODES ? count_state(PF_DEFERRED, nid) : 0;
	if (ret != told || (ret < pages && left) ||
	    (pages && ret > pages && ret - pages > 256 * PF_BLOCK_PAGES))
		differ("it returns %#lx of %#lx pages, hands over %#lx, and leaves %#lx", ret,
		       pages, told, left);
	expect_output("");
}

/* Not a block without memory, nor one that nobody will ever split, for it is nomap throughout. */
static bool may_be_described(unsigned long i)
{
	unsigned long end = i + PF_BLOCK_PAGES, nomap = 0;

	for (unsigned long j = i; j < end; j++)
		nomap +=
			states[j] == PF_NOMAP && page_nid(j) == page_nid(i) && zones[j] == zones[i];
	while (i < end && page_nid(i) < 0)
		i++;
	return i < end && nomap < PF_BLOCK_PAGES;
}

static void init_descriptors(void)
{
	unsigned long before = pf_described_blocks(&mem), all = 0, ret;
	unsigned long blocks = one_in(3) ? ~0ul : below(20);

	begin("pf_init_descriptors()", PF_RELEASE_BOOT);
	ret = pf_init_descriptors(&mem, blocks);
	if (pf_described_blocks(&mem) != before + ret || ret > blocks)
		differ("it returns %lu, and describes %lu", ret,
		       pf_described_blocks(&mem) - before);
	for (unsigned long i = 0; i < machine.pages; i += PF_BLOCK_PAGES)
		all += may_be_described(i);
	if (ret < blocks && !machine.may_fail && before + ret != all)
		differ("it stops at %lu of %lu blocks", before + ret, all);
	expect_output("");
}

static struct chunk {
	pf_pfn pfn;
	unsigned order;
	struct pf_zone *zone;
} chunks[MAX_CHUNKS];
static unsigned long nr_chunks;

static struct pf_zone *some_zone(void)
{
	unsigned long i = find_state(one_in(8) ? PF_RESERVED : PF_FREE);

	if (page_nid(i) < 0)
		return NULL;
	return &mem.nodes[page_nid(i)]->zone[zones[i]];
}

/* The order of the chunk that is to be taken or cut; above PF_MAX_ORDER: there is none. */
static unsigned smallest_fit(const struct pf_zone *z, unsigned order)
{
	unsigned long n[PF_MAX_ORDER + 1];

	count_chunks(z->nid, (int)z->type, n);
	while (order <= PF_MAX_ORDER && !n[order])
		order++;
	return order;
}

static void check_taken(const struct pf_zone *z, pf_pfn pfn, unsigned order, unsigned from)
{
	if (pfn & ((1ul << order) - 1) || !in_window(pfn) ||
	    chunk_order(pfn - machine.base) != from)
		differ("a chunk of order %u is taken at %#lx, from one of order %u and not %u",
		       order, pfn, chunk_order(pfn - machine.base), from);
	for (unsigned long i = pfn - machine.base, n = 1ul << order; n; i++, n--) {
		if (states[i] != PF_FREE || page_nid(i) != z->nid || zones[i] != z->type)
			differ("page %#lx is handed out, but is in state %d of zone %d", pfn_of(i),
			       states[i], zones[i]);
	}
}

static void take(void)
{
	struct pf_zone *z = some_zone();
	unsigned order = (unsigned)below(one_in(2) ? PF_MAX_ORDER + 1 : 4), from;
	pf_irqflags flags;
	pf_pfn pfn = 0;
	bool done;

	if (!z || nr_chunks == MAX_CHUNKS)
		return;
	begin("buddy_take()", PF_RELEASE_BOOT);
	from = smallest_fit(z, order);
	flags = pf_lock_irqsave(&z->lock);
	done = buddy_take(&mem, z, order, PF_MOVABLE, &pfn);
	pf_unlock_irqrestore(&z->lock, flags);
	if (done ? from > PF_MAX_ORDER : from <= PF_MAX_ORDER && !map_failures)
		differ("node %d, zone %d has %s chunk for order %u", z->nid, (int)z->type,
		       done ? "no" : "a", order);
	if (!done)
		return;
	check_taken(z, pfn, order, from);
	memset(&states[pfn - machine.base], PF_ALLOCATED, 1ul << order);
	chunks[nr_chunks++] = (struct chunk){ pfn, order, z };
}

static void take_none_of_other_types(void)
{
	struct pf_zone *z = some_zone();
	pf_pfn pfn;

	if (z && buddy_take(&mem, z, 0, PF_UNMOVABLE, &pfn))
		differ("page %#lx is of a type that nobody asked for", pfn);
}

static bool give_chunk(const struct chunk *c)
{
	pf_irqflags flags = pf_lock_irqsave(&c->zone->lock);
	bool done = buddy_give(&mem, c->zone, c->pfn, c->order);

	pf_unlock_irqrestore(&c->zone->lock, flags);
	return done;
}

/* With another order, from its middle, or twice: refused. */
static void give_wrongly(const struct chunk *c)
{
	struct chunk other = *c;

	if (one_in(2))
		other.order = (unsigned)below(PF_MAX_ORDER + 1);
	else
		other.pfn += below(1ul << c->order);
	if ((other.order != c->order || other.pfn != c->pfn) && give_chunk(&other))
		differ("%#lx, order %u, is taken back as %#lx, order %u", c->pfn, c->order,
		       other.pfn, other.order);
}

static void give(void)
{
	unsigned long n = below(nr_chunks);
	struct chunk c = chunks[n];

	if (!nr_chunks)
		return;
	begin("buddy_give()", PF_RELEASE_BOOT);
	if (one_in(4))
		give_wrongly(&c);
	if (!give_chunk(&c))
		differ("%#lx, order %u, is not taken back", c.pfn, c.order);
	memset(&states[c.pfn - machine.base], PF_FREE, 1ul << c.order);
	chunks[n] = chunks[--nr_chunks];
	if (one_in(4) && give_chunk(&c))
		differ("%#lx, order %u, is taken back twice", c.pfn, c.order);
}

/* --- the end --- */

static bool early_array(const struct memblock_type *type, const struct memblock_region *initial,
			struct late *l)
{
	size_t size = type->max * sizeof(*type->regions);

	if (type->regions == initial || machine.late_arrays)
		return false;
	l->base = pf_port_virt_to_phys(type->regions);
	l->size = (size + PF_PAGE_SIZE - 1) & ~(PF_PAGE_SIZE - 1);
	return true;
}

static const struct memblock_region *initial_memory, *initial_reserved;

/* Each array is a late free; what was given back before is refused. */
static void discard(void)
{
	struct late l[2];
	bool early[2] = { early_array(&memblock.reserved, initial_reserved, &l[0]),
			  early_array(&memblock.memory, initial_memory, &l[1]) };
	unsigned long left = 0, first;
	bool refused = false;

	machine.fail_one_in = 0;
	begin("memblock_discard()", PF_RELEASE_LATE);
	for (int a = 0; a < 2; a++)
		if (early[a]) {
			promise_late(&l[a]);
			refused |= l[a].refused > 0;
		}
	memblock_discard();
	left = settle(PF_RESERVED, &first);
	if (left || refused != (*take_output() != '\0'))
		differ("arrays are not given back");
	if (memblock.memory.cnt > PF_MEMBLOCK_EMPTY_CNT ||
	    memblock.reserved.cnt > PF_MEMBLOCK_EMPTY_CNT || memblock_phys_mem_size() ||
	    late_arrays_out)
		differ("memblock is not empty");
	compare_all(&mem);
}

/* The range of the last late free, which may come again. */
static struct late last_late;

void round_op(void)
{
	switch (below(16)) {
	case 0:
		release_deferred();
		break;
	case 1:
		init_descriptors();
		break;
	case 2:
	case 3:
	case 4:
	case 5:
		take();
		break;
	case 6:
	case 7:
	case 8:
		give();
		break;
	case 9:
		take_none_of_other_types();
		break;
	default:
		make_range(&last_late);
		free_late(&last_late);
	}
}

static bool overlap(const struct late *a, const struct late *b)
{
	return a->base < b->base + b->size && b->base < a->base + a->size;
}

/*
 * Nobody gives back what memblock's arrays are in, or what pf_boot() took: the next array may come
 * to lie there, over what is still in use.
 */
static bool is_librarys(const struct late *l)
{
	unsigned long h = (unsigned long)(l->base - PF_PFN_PHYS(machine.base)) / HALF;
	struct late array;

	if (early_array(&memblock.reserved, initial_reserved, &array) && overlap(l, &array))
		return true;
	if (early_array(&memblock.memory, initial_memory, &array) && overlap(l, &array))
		return true;
	for (pf_phys at = l->base; at < l->base + l->size && h < 2 * machine.pages; at += HALF, h++)
		if (!reserved[h] && memblock_is_reserved(at))
			return true;
	return false;
}

/* Before the hand-over everything is reserved, and what is given back is memblock's. */
static void early_ops(void)
{
	struct late l;
	int ret;

	compare_all(&mem);
	doing = "what comes before memblock_free_all()";
	while (one_in(2)) {
		l.base = PF_PFN_PHYS(pfn_of(below(machine.pages)));
		l.size = below(64) * PF_PAGE_SIZE / 2;
		if (is_librarys(&l))
			continue;
		ret = memblock_free_late(l.base, l.size);
		if (ret && ret != -PF_ENOMEM)
			differ("memblock_free_late() before the hand-over fails");
	}
	host_forget_output(); /* memblock's arrays may have doubled */
	if (one_in(4))
		init_descriptors();
	if (one_in(4) && pf_release_deferred(&mem, 0, ~0ul))
		differ("pf_release_deferred() hands over what is not deferred yet");
	host_forget_output();
}

bool round_begin(void)
{
	nr_chunks = 0;
	last_late = (struct late){ 0 };
	doing = "the set-up";
	host_reset();
	machine_make();
	initial_memory = memblock.memory.regions;
	initial_reserved = memblock.reserved.regions;
	if (!machine_to_memblock() || !boot())
		return false;
	early_ops();
	free_all();
	return true;
}

void round_compare(void)
{
	compare_all(&mem);
}

void round_end(void)
{
	compare_all(&mem);
	discard();
}

void round_close(void)
{
	pf_close(&mem);
	memmap_release();
}
