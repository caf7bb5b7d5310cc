# SPDX-License-Identifier: MIT
"""Small errors that somebody could make in a line of C: a comparison that is off by one, a condition that is turned round, a
statement that is not there. One change in one line each."""
import re
from collections import namedtuple

# What becomes of what, wherever it stands in a line.
SWAPS = (
    (" < ", " > "),
    (" < ", " >= "),
    (" <= ", " < "),
    (" <= ", " > "),
    (" > ", " < "),
    (" > ", " <= "),
    (" >= ", " > "),
    (" >= ", " < "),
    (" == ", " != "),
    (" != ", " == "),
    (" && ", " || "),
    (" || ", " && "),
    (" + ", " - "),
    (" - ", " + "),
    (" + 1", ""),
    (" - 1", ""),
    (" += ", " -= "),
    (" -= ", " += "),
    ("(!", "("),
    (" !", " "),
    ("return !", "return "),
    ("true", "false"),
    ("false", "true"),
    (" = 0;", " = 1;"),
    ("return 0;", "return 1;"),
    (" 2 ", " 3 "),
    (" 2;", " 1;"),
    ("? ", "? !"),
    (" | ", " & "),
    (" & ", " | "),
    ("++", "--"),
    ("--", "++"),
    ("max_phys(", "min_phys("),
    ("min_phys(", "max_phys("),
    ("MEMBLOCK_NONE", "MEMBLOCK_HOTPLUG"),
    ("NUMA_NO_NODE", "0"),
    ("PHYS_ADDR_MAX", "0"),
)
# In "a < b ? a : b" it makes no difference which of two equal values is taken.
EQUAL_SWAPS = ((" < ", " <= "), (" > ", " >= "))
CHOICE = re.compile(r" [<>] [^?]*[?] ")
# A statement that can be left out. Declarations have no such shape, or do not compile.
STATEMENT = re.compile(r"(\t+)[a-z_*(][^{}]*;[ \t]*$")
DECLARATION = re.compile(r"\t+(return|const|static|struct|int|bool|unsigned|long|void|phys_addr_t|size_t|uint)")


class Mutant(namedtuple("Mutant", "file line original mutated")):
    """@mutated is what line @line of @file becomes."""

    def change(self):
        """What is changed, wherever it has moved to."""
        return f"{self.file}: {self.original.strip()} => {self.mutated.strip()}"

    def __str__(self):
        return f"{self.file}:{self.line}: {self.original.strip()} => {self.mutated.strip()}"

    def apply(self, text):
        lines = text.split("\n")
        lines[self.line - 1] = self.mutated
        return "\n".join(lines)


def changes(line):
    """What may become of a line of code."""
    at = line.find("/*")
    code, tail = (line[:at], line[at:]) if at >= 0 else (line, "")
    for old, new in (() if CHOICE.search(code) else EQUAL_SWAPS) + SWAPS:
        at = code.find(old)
        while at >= 0:
            yield code[:at] + new + code[at + len(old):] + tail
            at = code.find(old, at + 1)
    if STATEMENT.match(code) and not DECLARATION.match(code):
        yield STATEMENT.match(code)[1] + ";" + tail


def code_lines(text):
    """Comments, the preprocessor, macros, what is not compiled, prototypes and texts stay as they are."""
    numa = off = comment = False
    for n, line in enumerate(text.split("\n"), 1):
        if line.startswith("#if PF_NUMA"):
            numa = True
        if line.startswith("#else") and numa:
            off = True
        if line.startswith("#endif"):
            numa = off = False
        if line.startswith("#") or line.endswith("\\") or off:
            continue
        if comment or re.match(r"[ \t]*/\*", line):
            comment = "*/" not in line
            continue
        if '"' in line and not re.search("report|debug", line) or re.match(r"[a-z].*\);$", line):
            continue
        yield n, line


def mutants_of(name, text):
    """All of a file, each once."""
    found = {}
    for n, line in code_lines(text):
        for changed in changes(line):
            if changed != line:
                found[Mutant(name, n, line, changed)] = True
    return list(found)
