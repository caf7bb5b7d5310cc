/* SPDX-License-Identifier: MIT */
#include "replay.h"

#include <stdarg.h>
#include <string.h>

#include <pageframe/memblock.h>

#include "../port/posix/port.h"
#include "compare.h"
#include "firmware.h"
#include "numa.h"
#include "requests.h"
#include "unlogged.h"

#define RAM_DISK  "initial RAM disk"
#define MAX_ALIGN 0x40000000 /* the largest huge page */
#define ISA_END	  0x100000   /* x86: what is mapped before the direct map is (ISA_END_ADDRESS) */

/* The log as it is being replayed. */
struct player {
	struct replay *r;
	const struct boot_log *log;
	struct numa numa;
	bool x86;
	size_t next; /* event */
};

static void remark(struct remark *to, size_t line, const char *format, va_list args)
{
	to->line = line;
	if (vasprintf(&to->text, format, args) < 0)
		to->text = NULL;
}

void replay_differs(struct replay *r, size_t line, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	remark(vec_add(&r->differences), line, format, args);
	va_end(args);
}

__attribute__((format(printf, 3, 4))) static void inferred(struct replay *r, size_t line,
							   const char *format, ...)
{
	va_list args;

	va_start(args, format);
	remark(vec_add(&r->inferred), line, format, args);
	va_end(args);
}

void replay_lacks(struct replay *r, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	remark(vec_add(&r->missing), 0, format, args);
	va_end(args);
}

static void own_as(struct replay *r, struct range range, const char *who)
{
	owners_take(&r->owners, range, who, strlen(who), 0);
}

static void own(struct replay *r, struct range range, const char *who, size_t line)
{
	const struct range *disk = &r->machine->log.new_ramdisk;

	if (disk->size && range.base == disk->base)
		owners_take(&r->owners, range, RAM_DISK, strlen(RAM_DISK), line);
	else
		owners_take(&r->owners, range, who, caller_length(who), line);
}

/* --- before the first line --- */

static uint64_t highest_address(const struct boot_log *log)
{
	uint64_t high = 0;

	for (size_t i = 0; i < log->events.n; i++)
		if (log->events.at[i].kind == EVENT_ADD &&
		    range_end(log->events.at[i].range) > high)
			high = range_end(log->events.at[i].range);
	for (size_t i = 0; i < log->nodes.n; i++)
		if (range_end(log->nodes.at[i].range) > high)
			high = range_end(log->nodes.at[i].range);
	return high;
}

static void *array_alloc(size_t size)
{
	return malloc(size);
}

static void array_free(void *array, size_t size)
{
	(void)size;
	free(array);
}

/*
 * Room for region arrays in simulated memory; a log of more memory than fits gets them from
 * malloc(). What memblock says of a log that makes no sense is not for who reads the report.
 */
static void prepare_memory(struct player *p)
{
	static const struct memblock_array_ops from_malloc = { array_alloc, array_free };

	posix_port_output = NULL;
	posix_port_clears = false;
	memblock_reset();
	memblock_allow_resize();
	if (p->r->blind || !p->log->operations) { /* it is not known what an array doubled into */
		memblock_set_array_ops(&from_malloc);
	} else if (!posix_port_memory(highest_address(p->log))) {
		memblock_set_array_ops(&from_malloc);
		inferred(p->r, 0,
			 "memory reaches too high to simulate: region arrays lie elsewhere");
	}
}

/*
 * From the first byte of what iomem.txt calls the kernel to the last: gaps between its parts are
 * kept too.
 */
static struct range kernel_image(const struct machine *m)
{
	uint64_t start = UINT64_MAX, end = 0;

	for (size_t i = 0; i < m->iomem.n; i++) {
		const struct resource *res = &m->iomem.at[i];

		if (strncmp(res->name, "Kernel ", 7))
			continue;
		start = res->range.base < start ? res->range.base : start;
		end = range_end(res->range) > end ? range_end(res->range) : end;
	}
	return (struct range){ start, end > start ? end - start : 0 };
}

static void reserve_hidden(struct player *p, struct range range)
{
	/* Whole pages of it: the loader gives bytes, the kernel reserves pages. */
	struct range disk = p->log->ramdisk;
	uint64_t disk_end = (range_end(disk) + PF_PAGE_SIZE - 1) & ~(PF_PAGE_SIZE - 1);
	struct range kernel = kernel_image(p->r->machine);

	memblock_reserve(range.base, range.size);
	if (disk.size && disk.base >= range.base && disk_end <= range_end(range))
		own_as(p->r, (struct range){ disk.base, disk_end - disk.base }, RAM_DISK);
	if (kernel.size && kernel.base >= range.base && range_end(kernel) <= range_end(range))
		own_as(p->r, kernel, "kernel image");
	if (kernel.size)
		own_as(p->r, range, "before memblock=debug");
	else
		own_as(p->r, range, "before memblock=debug: kernel image, ...");
}

/*
 * What the first dump has reserved and no line before it explains was reserved before
 * memblock=debug was parsed: the kernel image, the initial RAM disk, what firmware keeps low.
 */
static void infer_hidden_reservations(struct player *p)
{
	struct owners rest = { 0 };
	const struct dump *d = p->log->dumps.n ? &p->log->dumps.at[0] : NULL;
	uint64_t bytes = 0;

	if (!d)
		return;
	for (size_t i = 0; i < d->reserved.n; i++)
		owners_take(&rest, d->reserved.at[i].range, "", 0, 0);
	for (size_t i = 0; i < p->log->events.n && p->log->events.at[i].line < d->line; i++)
		if (p->log->events.at[i].kind == EVENT_RESERVE)
			owners_drop(&rest, p->log->events.at[i].range);
	for (size_t i = 0; i < rest.list.n; i++) {
		reserve_hidden(p, rest.list.at[i].range);
		bytes += rest.list.at[i].range.size;
	}
	if (rest.list.n)
		inferred(p->r, d->line, "%zu reservations (%.1f MiB) are older than memblock=debug",
			 rest.list.n, (double)bytes / 1048576);
	owners_free(&rest);
}

/*
 * The kernel's first line has its version. Without it, or with operations but no memory that was
 * ever added, the kernel's log buffer has overflowed, or the file is cut: then nobody knows what
 * else stood before the first line.
 */
static bool lacks_beginning(const struct boot_log *log)
{
	if (!log->version)
		return true;
	for (size_t i = 0; i < log->events.n; i++)
		if (log->events.at[i].kind == EVENT_ADD)
			return false;
	return log->operations;
}

static void infer_start(struct player *p)
{
	p->x86 = p->log->e820.n || p->log->user.n;
	movable_node_enabled = log_option(p->log, "movable_node");
	mirrored_kernelcore = log_option(p->log, "kernelcore=mirror");
	p->numa.from_dram = p->log->major > 6 || (p->log->major == 6 && p->log->minor >= 12);
	if (p->x86) {
		memblock_set_current_limit(ISA_END);
		inferred(p->r, 0, "allocations stay below 1 MiB until the direct map is up (x86)");
	}
	if (p->x86 && movable_node_enabled) {
		memblock_set_bottom_up(true);
		inferred(p->r, 0,
			 "allocations go from low addresses up until nodes are known "
			 "(movable_node)");
	}
}

/* --- allocations --- */

static const struct event *event_at(const struct player *p, size_t i)
{
	return i < p->log->events.n ? &p->log->events.at[i] : NULL;
}

static uint64_t perform(const struct event *rq)
{
	void *virt = NULL;

	switch (rq->api) {
	case API_PHYS_ALLOC_RANGE:
		return memblock_phys_alloc_range(rq->size, rq->align, rq->from, rq->max_addr);
	case API_ALLOC_TRY_NID:
		virt = memblock_alloc_try_nid(rq->size, rq->align, rq->from, rq->max_addr, rq->nid);
		break;
	case API_ALLOC_TRY_NID_RAW:
		virt = memblock_alloc_try_nid_raw(rq->size, rq->align, rq->from, rq->max_addr,
						  rq->nid);
		break;
	case API_ALLOC_EXACT_NID_RAW:
		virt = memblock_alloc_exact_nid_raw(rq->size, rq->align, rq->from, rq->max_addr,
						    rq->nid);
		break;
	}
	return virt ? pf_port_virt_to_phys(virt) : 0;
}

static bool uses_current_limit(const struct event *rq)
{
	return rq->api != API_PHYS_ALLOC_RANGE || rq->max_addr <= 1;
}

/* The direct map is up by the time that something lies above the low limit. */
static void infer_limit(struct player *p, const struct event *rq, uint64_t address)
{
	uint64_t limit = log_mapped_end(p->log);

	if (!uses_current_limit(rq) || address + rq->size <= memblock_get_current_limit())
		return;
	memblock_set_current_limit(limit);
	inferred(p->r, rq->line, "from here on they may lie anywhere in %smemory",
		 limit == MEMBLOCK_ALLOC_ANYWHERE ? "" : "low ");
}

/*
 * What direction a machine starts with is known for x86; for others its first allocation shows it.
 * If ours lands where the kernel's did with the other one, that is it. If not, nothing has changed.
 */
static bool infer_direction(struct player *p, const struct event *rq, uint64_t address)
{
	bool up = !memblock_bottom_up();
	uint64_t ours;

	if (p->x86 || p->r->allocations > 1)
		return false;
	memblock_set_bottom_up(up);
	ours = perform(rq);
	if (ours == address) {
		inferred(p->r, rq->line, "allocations go from %s addresses on",
			 up ? "low" : "high");
		return true;
	}
	if (ours)
		memblock_phys_free(ours, rq->size);
	memblock_set_bottom_up(!up);
	return false;
}

/* Ours, and where it is not the kernel's, the kernel's after all. */
static bool allocate_as(struct player *p, const struct event *rq, uint64_t address)
{
	uint64_t ours;

	if (address)
		infer_limit(p, rq, address);
	ours = perform(rq);
	if (ours == address)
		return true;
	if (ours)
		memblock_phys_free(ours, rq->size);
	if (address && infer_direction(p, rq, address))
		return true;
	if (address)
		memblock_reserve(address, rq->size);
	if (address && ours)
		replay_differs(p->r, rq->line,
			       "%.*s: the kernel's allocation is at 0x%llx, ours at 0x%llx",
			       (int)caller_length(rq->caller), rq->caller,
			       (unsigned long long)address, (unsigned long long)ours);
	else
		replay_differs(p->r, rq->line, "%.*s: the allocation of %llu bytes %s",
			       (int)caller_length(rq->caller), rq->caller,
			       (unsigned long long)rq->size,
			       address ? "fails here, and did not in the kernel"
				       : "succeeds here, and failed in the kernel");
	return false;
}

static void play_request(struct player *p, const struct event *rq)
{
	bool known;
	const struct event *got = request_outcome(p->log, p->next, &known);

	if (!known) {
		replay_lacks(p->r, "what became of the last allocation (line %zu)", rq->line);
		return;
	}
	if (!p->r->blind) {
		p->r->allocations++;
		p->r->landed += allocate_as(p, rq, got ? got->range.base : 0);
	} else if (got) {
		memblock_reserve(got->range.base, got->range.size);
	}
	if (got) {
		p->next = (size_t)(got - p->log->events.at);
		own(p->r, got->range, rq->caller, rq->line);
	}
}

/*
 * Does a request with this alignment, on any node, get what the kernel got? If not, nothing
 * changed.
 */
static bool explains(const struct event *rq, uint64_t address)
{
	uint64_t ours = perform(rq);

	if (ours == address)
		return true;
	if (ours)
		memblock_phys_free(ours, rq->size);
	return false;
}

/* The smallest alignment that does. */
static bool explained(struct player *p, struct event *rq, uint64_t address)
{
	infer_limit(p, rq, address);
	for (rq->align = PF_SMP_CACHE_BYTES; rq->align <= MAX_ALIGN && !(address & (rq->align - 1));
	     rq->align *= 2)
		if (explains(rq, address))
			return true;
	return false;
}

/*
 * The allocator reserved, but no line asks for it: memblock_phys_alloc_try_nid() and some others do
 * not print. For a node's data the line behind tells the node, and the kernel's source the rest;
 * for others there must be some usual request that would have got it.
 */
static void play_silent_request(struct player *p, const struct event *e)
{
	const struct event *after = event_at(p, p->next + 1);
	struct event rq = { .kind = EVENT_REQUEST,
			    .line = e->line,
			    .size = e->range.size,
			    .align = PF_SMP_CACHE_BYTES,
			    .nid = NUMA_NO_NODE,
			    .caller = e->caller,
			    .api = API_ALLOC_TRY_NID_RAW };

	if (p->r->blind) {
		memblock_reserve(e->range.base, e->range.size);
	} else if (after && after->kind == EVENT_NODE_DATA && after->range.base == e->range.base) {
		rq.nid = after->nid;
		rq.caller = "alloc_node_data";
		allocate_as(p, &rq, e->range.base);
	} else if (e->line == p->log->last_line) { /* the next one would tell a node's data */
		memblock_reserve(e->range.base, e->range.size);
		replay_lacks(p->r, "what the last allocation was for (line %zu)", e->line);
	} else if (explained(p, &rq, e->range.base)) {
		inferred(p->r, e->line,
			 "nobody asks for this allocation; alignment 0x%llx explains it",
			 (unsigned long long)rq.align);
	} else {
		memblock_reserve(e->range.base, e->range.size);
		replay_differs(
			p->r, e->line,
			"no line asks for this allocation, and no usual request explains it");
	}
	own(p->r, e->range, rq.caller, e->line);
}

/* --- everything else --- */

static void play_doubled(struct player *p, const struct event *e)
{
	const struct memblock_type *type =
		!strcmp(e->array, "memory") ? &memblock.memory : &memblock.reserved;
	uint64_t ours = pf_port_virt_to_phys(type->regions);

	if (type->max < e->array_count)
		replay_differs(p->r, e->line,
			       "the %s array has room for %lu regions here, for %llu there",
			       e->array, type->max, (unsigned long long)e->array_count);
	else if (type->max == e->array_count && ours != e->range.base)
		replay_differs(p->r, e->line,
			       "the doubled %s array is at 0x%llx here, at 0x%llx there", e->array,
			       (unsigned long long)ours, (unsigned long long)e->range.base);
}

/*
 * UEFI's mirrored ranges are marked without a line each; the next dump has them, and so has
 * efi=debug.
 */
static void play_mirror(struct player *p, const struct event *e)
{
	size_t marked = 0;

	for (size_t i = 0; i < p->log->efi.n; i++)
		if (p->log->efi.at[i].mirrored) {
			memblock_mark_mirror(p->log->efi.at[i].range.base,
					     p->log->efi.at[i].range.size);
			marked++;
		}
	for (size_t d = 0; d < p->log->dumps.n && !marked; d++) {
		const struct dump *dump = &p->log->dumps.at[d];

		for (size_t i = 0; dump->line > e->line && i < dump->memory.n; i++)
			if (dump->memory.at[i].flags & MEMBLOCK_MIRROR) {
				memblock_mark_mirror(dump->memory.at[i].range.base,
						     dump->memory.at[i].range.size);
				marked++;
			}
	}
	if (marked)
		inferred(p->r, e->line,
			 "%zu ranges are mirrored, says the firmware's map or the next dump",
			 marked);
}

/* x86 trims memory to pages without a line, right before its first dump (e820__memblock_setup()).
 */
static void play_dump(struct player *p, const struct event *e)
{
	if (p->r->blind)
		return;
	if (p->x86 && e->dump == 0)
		memblock_trim_memory(PF_PAGE_SIZE);
	compare_dump(p->r, &p->log->dumps.at[e->dump]);
}

/* Ours may not refuse what the kernel did. */
static void must(struct player *p, const struct event *e, int ret)
{
	if (ret)
		replay_differs(p->r, e->line, "the operation is refused here, with error %d", -ret);
}

static void play_add(struct player *p, const struct event *e)
{
	if (p->r->blind && p->log->nodes.n)
		return; /* it may not be the first: memory_without_debug() knows better */
	if (e->has_nid)
		must(p, e,
		     memblock_add_node(e->range.base, e->range.size, e->nid,
				       (enum memblock_flags)e->flags));
	else
		must(p, e, memblock_add(e->range.base, e->range.size));
}

static void play_reserve(struct player *p, const struct event *e)
{
	if (by_allocator(e)) {
		play_silent_request(p, e);
		return;
	}
	must(p, e, memblock_reserve(e->range.base, e->range.size));
	own(p->r, e->range, e->caller, e->line);
}

/* Ours has moved its array itself; who has the memory is kept here. */
static void own_array(struct replay *r, const struct event *e)
{
	if (e->kind == EVENT_RESERVE)
		own(r, e->range, e->caller, e->line);
	else if (e->kind == EVENT_FREE)
		owners_drop(&r->owners, e->range);
}

/* Firmware, or numa=fake, tells which memory is on which node; true if this line is about that. */
static bool play_numa(struct player *p, const struct event *e)
{
	switch (e->kind) {
	case EVENT_SRAT:
		if (!p->numa.pending)
			numa_begin(&p->numa);
		numa_tell(&p->numa, e->range, e->nid, e->flags);
		return true;
	case EVENT_NO_NUMA:
		numa_begin(&p->numa);
		numa_tell(&p->numa, e->range, 0, 0);
		return true;
	case EVENT_FAKE_NODE:
		if (p->next == 0 || p->log->events.at[p->next - 1].kind != EVENT_FAKE_NODE)
			p->numa.blocks.n = 0;
		numa_tell(&p->numa, e->range, e->nid, 0);
		p->numa.pending = true;
		return true;
	default:
		/* The table of distances is allocated while firmware still tells. */
		if (p->numa.pending && strncmp(e->caller, "numa_alloc_distance", 19))
			numa_finish(&p->numa);
		return false;
	}
}

static void play(struct player *p, const struct event *e)
{
	if (play_numa(p, e))
		return;
	if (by_doubling(e) && e->kind != EVENT_DOUBLED) {
		own_array(p->r, e);
		return;
	}
	switch (e->kind) {
	case EVENT_ADD:
		play_add(p, e);
		break;
	case EVENT_REMOVE:
		must(p, e, memblock_remove(e->range.base, e->range.size));
		break;
	case EVENT_RESERVE:
		play_reserve(p, e);
		break;
	case EVENT_FREE:
		must(p, e, memblock_phys_free(e->range.base, e->range.size));
		owners_drop(&p->r->owners, e->range);
		break;
	case EVENT_REQUEST:
		play_request(p, e);
		break;
	case EVENT_DOUBLED:
		play_doubled(p, e);
		break;
	case EVENT_DUMP:
		play_dump(p, e);
		break;
	case EVENT_MIRROR:
		play_mirror(p, e);
		break;
	default: /* late frees come after memblock's time; the others were dealt with */
		break;
	}
}

/* What is hot-pluggable stood in memblock; the log tells what followed from it. */
static void mark_movable(const struct boot_log *log)
{
	for (size_t i = 0; i < log->nodes.n; i++)
		for (size_t k = 0; k < log->movable.n; k++) {
			struct range node = log->nodes.at[i].range;
			uint64_t start = log->movable.at[k].range.base;

			start = start > node.base ? start : node.base;
			if (log->movable.at[k].nid == log->nodes.at[i].nid &&
			    start < range_end(node))
				memblock_mark_hotplug(start, range_end(node) - start);
		}
}

/*
 * A log without memblock=debug still tells memory: where each node's is, or at least the firmware's
 * map.
 */
static void memory_without_debug(struct player *p)
{
	const struct boot_log *log = p->log;

	if (log->nodes.n) {
		for (size_t i = 0; i < log->nodes.n; i++)
			memblock_add_node(log->nodes.at[i].range.base, log->nodes.at[i].range.size,
					  log->nodes.at[i].nid, MEMBLOCK_NONE);
		inferred(p->r, log->nodes.at[0].line, "memory is taken from the node ranges");
		if (movable_node_enabled)
			mark_movable(log);
	} else if (firmware_usable(log)) {
		memblock_trim_memory(PF_PAGE_SIZE);
		inferred(p->r, 0, "memory is what firmware calls usable");
	}
}

static void reservations_without_debug(struct player *p)
{
	uint64_t pages = memblock.memory.cnt ? unlogged_reserve(p->r) : 0;

	if (pages)
		inferred(
			p->r, p->log->memory_line,
			"%llu reserved pages are told by their number only: their place is a guess",
			(unsigned long long)pages);
}

static void say_what_is_missing(struct replay *r, const struct boot_log *log)
{
	if (r->blind)
		replay_lacks(r, "its beginning (is log_buf_len= too small?)%s",
			     log->operations ? ": allocations, dumps, managed and reserved pages "
					       "are not compared"
					     : "");
	if (!log->e820.n && !log->user.n && !log->efi.n)
		replay_lacks(r, "the firmware's memory map");
	if (!log->operations)
		replay_lacks(r, "memblock's operations: boot with memblock=debug to have them");
	else if (!log->dumps.n)
		replay_lacks(
			r, "a memblock dump: what was reserved before memblock=debug is not known");
	if (!log->zones.n)
		replay_lacks(r, "the zone ranges");
	if (!log->nodes.n)
		replay_lacks(r, "the memory ranges of each node");
	if (!log->total_kib)
		replay_lacks(r, "the 'Memory:' line: it ends before the page allocator takes over");
	if (log->text->cut)
		replay_lacks(r, "the end of its last line: it may be cut off there");
}

void replay_run(struct replay *r, const struct machine *m)
{
	struct player p = { .r = r, .log = &m->log };

	*r = (struct replay){ .machine = m, .blind = lacks_beginning(&m->log) };
	prepare_memory(&p);
	infer_start(&p);
	infer_hidden_reservations(&p);
	for (p.next = 0; p.next < p.log->events.n; p.next++)
		play(&p, &p.log->events.at[p.next]);
	if (p.numa.pending)
		numa_finish(&p.numa);
	if (m->log.begins > 1)
		inferred(r, m->log.begins,
			 "another boot begins here; lines before it are not used");
	if (!memblock.memory.cnt)
		memory_without_debug(&p);
	if (!m->log.operations)
		reservations_without_debug(&p);
	r->memory_known = memblock.memory.cnt;
	say_what_is_missing(r, p.log);
	numa_free(&p.numa);
}

struct range replay_outcome(const struct replay *r, const struct event *rq)
{
	for (size_t i = 0; i < r->owners.list.n; i++)
		if (r->owners.list.at[i].line == rq->line)
			return r->owners.list.at[i].range;
	return (struct range){ 0, 0 };
}

void replay_forget_differences(struct replay *r)
{
	for (size_t i = 0; i < r->differences.n; i++)
		free(r->differences.at[i].text);
	vec_free(&r->differences);
}

void replay_free(struct replay *r)
{
	for (size_t i = 0; i < r->inferred.n; i++)
		free(r->inferred.at[i].text);
	replay_forget_differences(r);
	for (size_t i = 0; i < r->missing.n; i++)
		free(r->missing.at[i].text);
	vec_free(&r->inferred);
	vec_free(&r->missing);
	owners_free(&r->owners);
}
