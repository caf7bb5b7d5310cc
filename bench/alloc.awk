# Lines of alloc_bench, each behind its allocator: tables of medians.
function median(a, w, t, f,   i, j, k, v, x) {
	k = count[a, w, t]
	for (i = 1; i <= k; i++) v[i] = value[a, w, t, f, i]
	for (i = 1; i <= k; i++) for (j = i + 1; j <= k; j++) if (v[j] < v[i]) { x = v[i]; v[i] = v[j]; v[j] = x }
	return k ? v[int((k + 1) / 2)] : 0
}
# malloc() meets pages for the first time, which the system has to find: not an allocator's figure.
function figure(a, w, t) { return a == "malloc" && w == "first-0" ? 0 : median(a, w, t, 4) }
function number(format, width, x) { return x ? sprintf(format, x) : sprintf("%" width "s", "-") }
function table(t,   i, w, a, m, l) {
	printf "%-58s %8s %8s %11s %8s %11s", t == 1 ? "1 thread" : t " threads, half of memory each", "ours, ns", "malloc", \
		"malloc/ours", "LLFree", "LLFree/ours"
	print t == 1 ? "" : "   more than 1 thread: ours  malloc  LLFree"
	for (i = 1; i <= n; i++) {
		w = order[i]
		if (!(w in says)) continue
		a = figure("pageframe", w, t); m = figure("malloc", w, t); l = figure("llfree", w, t)
		printf "%-58s %s %s %s %s %s", says[w], number("%8.1f", 8, a), number("%8.1f", 8, m), \
			number("%11.2f", 11, a ? m / a : 0), number("%8.1f", 8, l), number("%11.2f", 11, a ? l / a : 0)
		if (t > 1) printf "%*s%s %s %s", 19, "", loss("pageframe", w, t), loss("malloc", w, t), loss("llfree", w, t)
		print ""
	}
	print ""
}
function loss(a, w, t,   one) {
	one = figure(a, w, 1)
	return one ? sprintf("%6.1f%%", 100 * (figure(a, w, t) / one - 1)) : sprintf("%7s", "-")
}
{
	k = ++count[$1, $2, $3]
	value[$1, $2, $3, 4, k] = $4
	value[$1, $2, $3, 5, k] = $5
	if (!($2 in seen)) { seen[$2]; order[++n] = $2 }
	has[$3]
}
END {
	says["first-0"] = "order 0, nine tenths of memory right after boot, a page"
	says["turn-0"] = "order 0, allocate and free in turn, a pair"
	says["fill-0"] = "order 0, nine tenths of memory, then free it, a page"
	says["fill-0-get"] = "  of that, to allocate"
	says["fill-0-put"] = "  of that, to free"
	says["random-0"] = "order 0, half full, replace a random one, a pair"
	says["bulk-0"] = "order 0, half full, replace 1000 random ones, a pair"
	says["turn-9"] = "order 9, allocate and free in turn, a pair"
	says["random-9"] = "order 9, half full, replace a random one, a pair"
	says["bulk-9"] = "order 9, half full, replace 100 random ones, a pair"
	table(1)
	if (2 in has) table(2)
	if (count["pageframe", "turn-0", 1]) {
		printf "%-58s %8s %9s\n", "the zone's lock is taken, for 1000 allocations or frees", "1 thread", "2 threads"
		for (i = 1; i <= n; i++)
			if (order[i] in says && order[i] !~ /-..t$/)
				printf "%-58s %8.2f %9.2f\n", says[order[i]], 1000 * median("pageframe", order[i], 1, 5), \
					1000 * median("pageframe", order[i], 2, 5)
		print ""
	}
	printf "bytes of metadata for each page, beside descriptors: ours %.3f, LLFree %.3f (it has no descriptors)\n", \
		figure("pageframe", "metadata", 1), figure("llfree", "metadata", 1)
}
