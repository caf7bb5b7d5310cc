#!/usr/bin/env python3
"""Writes a trace.dat (version 6, see trace-cmd.dat.v6(5)) of a few page allocator events on two CPUs."""
import struct
import sys

COMMON = [
	"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;",
	"\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;",
	"\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;",
	"\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;",
	"",
]
ALLOC, FREE = 501, 502
FORMATS = [
	(ALLOC, "mm_page_alloc", COMMON + [
		"\tfield:unsigned long pfn;\toffset:8;\tsize:8;\tsigned:0;",
		"\tfield:unsigned int order;\toffset:16;\tsize:4;\tsigned:0;",
		"\tfield:unsigned long gfp_flags;\toffset:24;\tsize:8;\tsigned:0;",
		"\tfield:int migratetype;\toffset:32;\tsize:4;\tsigned:1;",
	], '"page=%p pfn=0x%lx order=%d migratetype=%d gfp_flags=%s", REC->pfn, REC->pfn, REC->order, '
		'REC->migratetype, (REC->gfp_flags) ? __print_flags(REC->gfp_flags, "|", '
		'{ 0xcc0UL, "GFP_KERNEL" }, { 0x1UL, "GFP_DMA" }) : "none"'),
	(FREE, "mm_page_free", COMMON + [
		"\tfield:unsigned long pfn;\toffset:8;\tsize:8;\tsigned:0;",
		"\tfield:unsigned int order;\toffset:16;\tsize:4;\tsigned:0;",
	], '"page=%p pfn=0x%lx order=%d", REC->pfn, REC->pfn, REC->order'),
]
HEADER_PAGE = b"""\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;
\tfield: local_t commit;\toffset:8;\tsize:8;\tsigned:1;
\tfield: int overwrite;\toffset:8;\tsize:1;\tsigned:1;
\tfield: char data;\toffset:16;\tsize:4080;\tsigned:0;
"""
HEADER_EVENT = b"""# compressed entry header
\ttype_len    :    5 bits
\ttime_delta  :   27 bits
\tarray       :   32 bits

\tpadding     : type == 29
\ttime_extend : type == 30
\ttime_stamp : type == 31
\tdata max type_len  == 28
"""
PAGE = 4096


def event_format(number, name, fields, print_fmt):
	lines = ["name: " + name, "ID: %d" % number, "format:"] + fields + ["", "print fmt: " + print_fmt, ""]
	return "\n".join(lines).encode()


def alloc(pfn, order, gfp, migratetype):
	return struct.pack("<HBBiQIxxxxQi", ALLOC, 0, 0, 7, pfn, order, gfp, migratetype)


def free(pfn, order):
	return struct.pack("<HBBiQI", FREE, 0, 0, 7, pfn, order)


def ring_buffer_page(start, records):
	data = b""
	for record in records:
		record += b"\0" * (-len(record) % 4)
		data += struct.pack("<I", len(record) // 4 | 1000 << 5) + record
	return (struct.pack("<QQ", start, len(data)) + data).ljust(PAGE, b"\0")


def main():
	# a page is 2^64 - 1: the kernel's allocation failed
	pages = [
		ring_buffer_page(1000000000, [alloc(0x100, 0, 0xcc0, 0), alloc(0x200, 3, 0x1, 1), free(0x100, 0)]),
		ring_buffer_page(1000500000, [alloc(2 ** 64 - 1, 4, 0xcc0, 0), free(0x300, 1), free(0x200, 3)]),
	]
	out = b"\x17\x08\x44tracing6\0" + struct.pack("<BBI", 0, 8, PAGE)
	for name, content in ((b"header_page", HEADER_PAGE), (b"header_event", HEADER_EVENT)):
		out += name + b"\0" + struct.pack("<Q", len(content)) + content
	out += struct.pack("<I", 0)  # formats of ftrace's own
	out += struct.pack("<I", 1) + b"kmem\0" + struct.pack("<I", len(FORMATS))
	for f in FORMATS:
		text = event_format(*f)
		out += struct.pack("<Q", len(text)) + text
	cmdlines = b"7 some task\n"
	out += struct.pack("<II", 0, 0) + struct.pack("<Q", len(cmdlines)) + cmdlines
	out += struct.pack("<I", len(pages)) + b"flyrecord\0"
	begin = (len(out) + 16 * len(pages) + PAGE - 1) // PAGE * PAGE
	for i in range(len(pages)):
		out += struct.pack("<QQ", begin + i * PAGE, PAGE)
	out = out.ljust(begin, b"\0") + b"".join(pages)
	with open(sys.argv[1], "wb") as f:
		f.write(out)


main()
