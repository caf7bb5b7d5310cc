# SPDX-License-Identifier: MIT
"""How make would make programs anew if a source file changed, said by make itself, so that a changed file can be compiled and linked
elsewhere without it."""
import filecmp
import os
import shlex
import shutil
import subprocess

COPIED = ("src", "include", "port")


class Plan:
    """What make -n says in @directory (of @root). Objects and programs have absolute names; sources have not."""

    def __init__(self, root, directory):
        self.root = root
        self.directory = directory
        self.environment = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL")}
        self.compile = {}  # source: {object: words}
        self.link = {}  # what is made: words

    def add(self, sources, targets, variables):
        """Makes @targets, and learns how they would be made if @sources changed."""
        make = ["make", "-s", "-C", os.path.join(self.root, self.directory), *variables]
        jobs = f"-j{os.cpu_count()}"
        subprocess.run([*make, jobs, *targets], check=True, env=self.environment)
        there = os.path.relpath(".", self.directory)
        changed = [w for s in sources for w in ("-W", os.path.normpath(os.path.join(there, s)))]
        said = subprocess.run([*make, "-n", *changed, *targets], check=True, env=self.environment, text=True,
                              stdout=subprocess.PIPE).stdout
        for line in said.splitlines():
            words = shlex.split(line) if " -o " in line or "objcopy" in line else []
            if "-c" in words:
                source = os.path.normpath(os.path.join(self.directory, words[words.index("-c") + 1]))
                self.compile.setdefault(source, {})[words[words.index("-o") + 1]] = words
            elif "-o" in words:
                self.link[words[words.index("-o") + 1]] = words
            elif words:
                self.link[words[-1]] = words

    def made_with(self, program, source):
        """The object of @source that is in @program, and what is made of it one after the other: [OBJECT, ..., PROGRAM]."""
        for word in self.link[program]:
            if word in self.compile[source]:
                return [word, program]
            if word.endswith("library.a"):
                return [os.path.join(os.path.dirname(word), source[:-2] + ".o"), program]
            if word in self.link and word != program:
                chain = self.made_with(word, source)
                if chain:
                    return [*chain, program]
        return None


class Place:
    """A directory where one changed file at a time is compiled, and linked with what is there already. Sources are copies: what is
    being tested may change meanwhile."""

    def __init__(self, plan, directory):
        self.plan = plan
        self.directory = directory
        for name in COPIED:
            shutil.copytree(os.path.join(plan.root, name), os.path.join(directory, name))
        self.inside = os.path.join(directory, plan.directory)
        os.makedirs(self.inside, exist_ok=True)
        self.source = None

    def text(self, source):
        with open(os.path.join(self.directory, source), encoding="utf-8") as f:
            return f.read()

    def change(self, source, text):
        """From now on @source is @text."""
        self.source = source
        self.made = {}
        with open(os.path.join(self.directory, source), "w", encoding="utf-8") as f:
            f.write(text)

    def here(self, path):
        return os.path.join(self.directory, "made-" + path.strip("/").replace("/", "-"))

    def run(self, words):
        done = subprocess.run(words, cwd=self.inside, env=self.plan.environment, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True, check=False)
        self.said = done.stderr
        return done.returncode == 0

    def object(self, path):
        """Compiles: False if it does not, None if it comes to the same code."""
        if path not in self.made:
            words = [self.here(path) if w == path else w for w in self.plan.compile[self.source][path]]
            if not self.run(words):
                self.made[path] = False
            elif filecmp.cmp(self.here(path), path, shallow=False):
                self.made[path] = None
            else:
                self.made[path] = self.here(path)
        return self.made[path]

    def program(self, path):
        """Compiles and links: the program's name here, or False or None as of its object."""
        chain = self.plan.made_with(path, self.source)
        if not self.object(chain[0]):
            return self.object(chain[0])
        for part, made in zip(chain, chain[1:]):
            if made in self.made:
                continue
            words = []
            for word in self.plan.link[made]:
                # Of an archive what is there already is not taken.
                if part == chain[0] and word.endswith("library.a"):
                    words.append(self.here(part))
                words.append(self.here(word) if word in (part, made) else word)
            self.made[made] = self.run(words) and self.here(made)
            if not self.made[made]:
                raise RuntimeError("does not link: " + " ".join(words) + "\n" + self.said)
        return self.made[path]
