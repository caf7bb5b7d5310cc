# SPDX-License-Identifier: MIT
"""Puts mutants into sources, one at a time, and runs tests on each until one fails."""
import argparse
import collections
import json
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

from mutants import mutants_of
from plan import Place, Plan

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
GOLDEN = 0.6180339887498949
# How much longer than without a mutant a test may take; by the clock more, for others may be running.
PATIENCE = 4
LEAST_SECONDS = 1
CLOCK = 3
LEAST_CLOCK = 15
# About what a link takes, in seconds.
LINKING = 0.1

COUNTED = ("killed", "survived")

Build = collections.namedtuple("Build", "directory variables")
Test = collections.namedtuple("Test", "name build program arguments")
Result = collections.namedtuple("Result", "verdict by mutant")


class Campaign:
    """@sources, named without @base; tests are of programs that make makes in @directory."""

    def __init__(self, what, base, sources, survivors, least, directory="."):
        self.what = what
        self.base = base
        self.sources = sources
        self.tests = []
        self.survivors = survivors
        self.least = least
        self.directory = directory
        self.build = os.path.join(os.path.abspath(os.environ.get("BUILD", os.path.join(ROOT, "build"))), "mutate")

    def make(self, name, *variables):
        """A build of its own, with these variables of make."""
        directory = os.path.join(self.build, name)
        cc = ["CC=" + os.environ["CC"]] if "CC" in os.environ else []
        return Build(directory, (f"BUILD={directory}", *variables, *cc))

    def test(self, name, build, program, *arguments):
        self.tests.append(Test(name, build, os.path.join(build.directory, program), arguments))

    # --- which mutants ---

    def options(self):
        p = argparse.ArgumentParser(
            description=f"Makes small errors in {self.what}, one at a time, and runs tests on each. A mutant is killed when a test "
            "fails, crashes or does not end in time. One that does not compile, or comes to the same code, is not counted.",
            epilog=f"Equivalent mutants are in {self.survivors}, each with the reason; they count as survivors. The exit status is 0 if "
            f"{self.least} % are killed, and all others are listed there. BUILD and CC as for make.")
        p.add_argument("--jobs", type=number, default=1, metavar="N", help="at a time (default 1)")
        p.add_argument("--every", type=number, default=1, metavar="N", help="only each N-th mutant of the list (default 1: all)")
        p.add_argument("--sample", type=number, metavar="N", help="N mutants that count, spread evenly over the list, the same ones always")
        p.add_argument("--shard", type=shard, default=(1, 1), metavar="K/N", help="of those the K-th of N parts")
        p.add_argument("--again", metavar="FILE", help="only those that have survived, by what an earlier run has printed")
        p.add_argument("--only", action="append", default=[], metavar="FILE", help="a file or a folder of it, as at the end of the line")
        p.add_argument("--list", action="store_true", help="only list the mutants")
        p.add_argument("files", nargs="*", metavar="FILE", help=f"a file or a folder of {self.base}/; default is all")
        return p.parse_args()

    def name(self, source):
        return os.path.relpath(source, self.base)

    def chosen(self, names):
        names = [n[len(self.base) + 1:] if n.startswith(self.base + "/") else n.rstrip("/") for n in names]
        known = {n for s in self.sources for n in (self.name(s), os.path.dirname(self.name(s)))}
        for n in names:
            if n not in known:
                sys.exit(advise(f"no such file in {self.base}: {n}"))
        return [s for s in self.sources if not names or self.name(s) in names or os.path.dirname(self.name(s)) in names]

    def list(self, o):
        mutants = []
        for source in self.chosen(o.files + o.only):
            with open(os.path.join(ROOT, source), encoding="utf-8") as f:
                mutants += mutants_of(self.name(source), f.read())
        mutants = mutants[::o.every]
        if o.again:
            with open(o.again, encoding="utf-8") as f:
                again = {re.sub(r":\d+:", ":", line.split(" ", 1)[1].strip(), count=1) for line in f if line.startswith("survived ")}
            mutants = [m for m in mutants if m.change() in again]
        if o.sample:
            # However many of them are taken from the beginning, they are spread over all.
            order = sorted(range(len(mutants)), key=lambda i: i * GOLDEN % 1)
            mutants = [mutants[i] for i in order]
        k, n = o.shard
        return mutants[k - 1::n]

    # --- judging ---

    def limits(self):
        """Seconds that each test takes as it is; an earlier run may have found out."""
        path = os.path.join(self.build, "seconds-" + os.path.basename(self.base))
        known = {}
        if os.path.exists(path):
            with open(path, encoding="utf-8") as f:
                known = json.load(f)
        self.seconds = {}
        for test in self.tests:
            key = " ".join((str(os.stat(test.program).st_mtime_ns), test.program, *test.arguments))
            begin = time.monotonic()
            if key not in known and not passes(test.program, test.arguments, 600):
                sys.exit(f"mutate: {test.name} fails without any change")
            self.seconds[test] = known.setdefault(key, time.monotonic() - begin)
        with open(path, "w", encoding="utf-8") as f:
            json.dump(known, f)

    def judge(self, place, mutant):
        source = os.path.join(self.base, mutant.file)
        text = place.text(source)
        place.change(source, mutant.apply(text))
        try:
            return self.verdict(place, mutant)
        finally:
            place.change(source, text)

    def verdict(self, place, mutant):
        """('killed', by which test), or another word and nothing."""
        room = os.path.dirname(mutant.file)
        with self.lock:
            # Who kills many in little time is asked first: of this file, of its room, by its name, and the fast before the slow.
            tests = sorted(self.tests, key=lambda t: (-self.kills[mutant.file, t] / (LINKING + self.seconds[t]),
                                                      -self.kills[room, t] / (LINKING + self.seconds[t]),
                                                      room not in t.name or self.seconds[t] > 0.5, self.seconds[t]))
        verdict = "no-compile"
        for test in tests:
            program = place.program(test.program)
            if program is None and verdict == "no-compile":
                verdict = "same"
            if not program:
                continue
            verdict = "survived"
            if not passes(program, test.arguments, LEAST_SECONDS + PATIENCE * self.seconds[test]):
                with self.lock:
                    self.kills[mutant.file, test] += 1
                    self.kills[room, test] += 1
                return "killed", test.name
        return verdict, None

    def work(self, place, enough):
        while True:
            with self.lock:
                if self.counted >= enough:
                    return
                try:
                    n, mutant = self.queue.get_nowait()
                except queue.Empty:
                    return
            begin = time.monotonic()
            try:
                verdict, by = self.judge(place, mutant)
            except (OSError, RuntimeError) as e:
                with self.lock:
                    self.broken = f"{mutant}: {e}"
                    self.counted = enough
                return
            with self.lock:
                self.results[n] = Result(verdict, by, mutant)
                self.counted += verdict in COUNTED
                if verdict == "killed":
                    print(f"killed {mutant} (by {by}, {time.monotonic() - begin:.1f} s)", flush=True)
                elif verdict == "survived":
                    print(f"survived {mutant}", flush=True)

    def run(self):
        o = self.options()
        mutants = self.list(o)
        if o.list:
            try:
                print(*mutants, sep="\n", flush=True)
            except BrokenPipeError:
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        begin = time.monotonic()
        work = os.path.join(self.build, "work-" + os.path.basename(self.base))
        shutil.rmtree(work, ignore_errors=True)
        sources = sorted({os.path.join(self.base, m.file) for m in mutants})
        print("building all tests, twice if with sanitizers: some minutes the first time", flush=True)
        plan = Plan(ROOT, self.directory)
        places = [Place(plan, os.path.join(work, str(i))) for i in range(o.jobs)]
        for build in {t.build: True for t in self.tests}:
            plan.add(sources, sorted({t.program for t in self.tests if t.build == build}), build.variables)
        self.limits()
        print(f"built in {time.monotonic() - begin:.0f} s; {len(self.tests)} tests", flush=True)
        begin = time.monotonic()
        self.lock = threading.Lock()
        self.kills = collections.Counter()
        self.queue = queue.Queue()
        for item in enumerate(mutants):
            self.queue.put(item)
        self.results = {}
        self.counted = 0
        self.broken = None
        enough = -(-o.sample // o.shard[1]) if o.sample else len(mutants)
        workers = [threading.Thread(target=self.work, args=(p, enough), daemon=True) for p in places]
        for w in workers:
            w.start()
        for w in workers:
            w.join()
        if self.broken:
            sys.exit(f"mutate: {len(self.results)} mutants were tried, and then: {self.broken}")
        return self.report(self.first(enough), time.monotonic() - begin)

    # --- what came of it ---

    def first(self, enough):
        """As many as are wanted: with several jobs there may be one more, now and then."""
        results = []
        for n in sorted(self.results):
            if enough:
                results.append(self.results[n])
                enough -= results[-1].verdict in COUNTED
        return results

    def report(self, results, seconds):
        with open(os.path.join(ROOT, self.survivors), encoding="utf-8") as f:
            reasons = f.read()
        unlisted = sorted({m.change() for verdict, _, m in results if verdict == "survived" and f"- `{m.change()}`: " not in reasons})
        if unlisted:
            print(f"not in {self.survivors}:", *unlisted, sep="\n")
        by = collections.Counter(re.sub("/.*", "", by) for _, by, _ in results if by)
        print("killed by: " + ", ".join(f"{kind} {n}" for kind, n in by.most_common()))
        print(f"{seconds:.0f} s, {seconds / max(1, len(results)):.1f} s a mutant")
        rooms = sorted({os.path.dirname(m.file) for _, _, m in results})
        rate = 0
        for room in [*rooms, None] if len(rooms) > 1 else [None]:
            count = collections.Counter(verdict for verdict, _, m in results if room in (None, os.path.dirname(m.file)))
            counted = count["killed"] + count["survived"]
            rate = 100 * count["killed"] / max(1, counted)
            print(f"{room + ': ' if room else ''}{counted} mutants: {count['killed']} killed, {count['survived']} survived "
                  f"({count['no-compile']} did not compile, {count['same']} came to the same code); {rate:.1f} % killed")
        return int(rate < self.least or bool(unlisted))


def passes(program, arguments, seconds):
    """Does it say that all is well, in time? By the processor's time, for others may be running; and by the clock, if it waits."""
    script = f"ulimit -c 0; ulimit -t {int(seconds) + 1}; exec \"$@\""
    environment = dict(os.environ, CMOCKA_MESSAGE_OUTPUT="TAP")
    with subprocess.Popen(["sh", "-c", script, "sh", program, *arguments], cwd=ROOT, env=environment, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True) as p:
        try:
            said = p.communicate(timeout=LEAST_CLOCK + CLOCK * seconds)[0]
        except subprocess.TimeoutExpired:
            os.killpg(p.pid, signal.SIGKILL)
            p.communicate()
            return False
    return p.returncode == 0 and not re.search(rb"^not ok (?!\d+ # SKIP)", said, re.M)


def advise(what):
    print(f"mutate: {what}; see {sys.argv[0]} --help", file=sys.stderr)
    return 2


def number(text):
    if not re.fullmatch("0*[1-9][0-9]*", text):
        raise argparse.ArgumentTypeError(f"a number is wanted, not '{text}'")
    return int(text)


def shard(text):
    m = re.fullmatch("([0-9]+)/([0-9]+)", text)
    if not m or not 1 <= int(m[1]) <= int(m[2]):
        raise argparse.ArgumentTypeError(f"K/N is wanted, with K from 1 to N, not '{text}'")
    return int(m[1]), int(m[2])
