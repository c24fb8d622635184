"""The real seekd and seek in folders of their own. Waits are on events, bounded."""

import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import unittest

SEEKD = os.environ.get("SEEKD_PROGRAM", "")
SEEK = os.environ.get("SEEK_PROGRAM", "")
SOURCE = pathlib.Path(__file__).resolve().parents[2]
MODEL = SOURCE / "embedding_service/models/seek-static-en-256"
LIMIT = 120  # seconds any one wait may take

# Exit codes of seek (docs/seek.md).
OK, NO_HITS, USAGE, UNREACHABLE, REFUSED, INTERNAL, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130

# Variables that would redirect the programs under test.
REDIRECTING = ("SEEKD_", "SEEK_", "XDG_", "HF_")
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


def eventually(what, ready, seconds=LIMIT):
    """Polls until ready() is true; its value."""
    end = time.monotonic() + seconds
    while True:
        value = ready()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(0.01)


def environment(**extra):
    """This process's, without what would redirect the programs under test."""
    clean = {k: v for k, v in os.environ.items()
             if not k.startswith(REDIRECTING) and k.lower() not in PROXIES}
    for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS"):
        if name in os.environ:
            clean[name] = os.environ[name]
    clean.update(extra)
    return clean


class Daemon:
    """One seekd process; may be started again on the same data."""

    def __init__(self, folder, *flags):
        self.folder = pathlib.Path(folder)
        self.data = self.folder / "data"
        self.socket = self.folder / "run" / "seekd.sock"
        self.socket.parent.mkdir(mode=0o700, exist_ok=True)
        self.flags = list(flags)
        self.log_file = self.folder / "seekd.log"
        self.process = None

    def command(self):
        return [SEEKD, "--data", str(self.data), "--socket", str(self.socket), *self.flags]

    def launch(self):
        """Starts the process, does not wait for it."""
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen(
                self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=environment(HOME=str(self.folder)), cwd=self.folder)
        return self

    def start(self):
        self.launch()
        eventually("the daemon serves", self._serves)
        return self

    def _serves(self):
        if self.process.poll() is not None:
            raise AssertionError(f"seekd ended with {self.process.returncode}:\n{self.log()}")
        return self.socket.exists() and seek(self, "status", check=False).returncode == OK

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def stop(self):
        """SIGTERM; the exit code."""
        if self.alive():
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(LIMIT)

    def kill(self):
        self.process.kill()
        self.process.wait(LIMIT)

    def log(self):
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    def generation(self):
        """Folder of the only collection's published generation."""
        current = list(self.data.glob("collections/*/CURRENT"))
        assert len(current) == 1, current
        return current[0].parent / current[0].read_text().strip()


def seek(daemon, *arguments, check=True, stdin="", variables=None, **kwargs):
    """Runs seek to its end; `variables` are added to its environment."""
    command = [SEEK, "--socket", str(daemon.socket), *map(str, arguments)]
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=LIMIT,
                          env=environment(HOME=str(daemon.folder), **(variables or {})),
                          cwd=daemon.folder, check=False, **kwargs)
    if check and done.returncode != OK:
        raise AssertionError(f"{command} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
                             f"\n--- log\n{daemon.log()[-3000:]}")
    return done


def seek_json(daemon, *arguments, **kwargs):
    done = seek(daemon, *arguments, "--json", **kwargs)
    return json.loads(done.stdout)


class RunningSeek:
    """seek at work; what it says on standard error is read as it comes."""

    def __init__(self, daemon, *arguments):
        self.process = subprocess.Popen(
            [SEEK, "--socket", str(daemon.socket), *map(str, arguments)], text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=environment(HOME=str(daemon.folder)), cwd=daemon.folder)
        self.lines = []
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self):
        for line in self.process.stderr:
            self.lines.append(line)

    def running(self):
        return self.process.poll() is None

    def says(self, words):
        return any(words in line for line in list(self.lines))

    def await_words(self, words):
        """Until they are on standard error, while seek runs."""
        eventually(words, lambda: self.says(words) or not self.running())
        if not (self.says(words) and self.running()):
            raise AssertionError(f"seek ended before \"{words}\": {self.finish()}")

    def interrupt(self):
        """Ctrl-C."""
        self.process.send_signal(signal.SIGINT)
        return self

    def finish(self):
        """Its end, as subprocess.run gives it."""
        with self.process.stdout:
            output = self.process.stdout.read()
        code = self.process.wait(LIMIT)
        self.reader.join()
        self.process.stderr.close()
        return subprocess.CompletedProcess(self.process.args, code, output, "".join(self.lines))


def ledger(daemon, name="default"):
    """The collection's line of `seek status`."""
    lines = {each["name"]: each for each in seek_json(daemon, "status")["collections"]}
    return lines[name]


class DaemonTest(unittest.TestCase):
    """A temporary folder, and daemons that do not outlive the test."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="seekd-test-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.docs = self.folder / "docs"

    def daemon(self, *flags):
        daemon = Daemon(self.folder, *flags)
        self.addCleanup(lambda: daemon.alive() and daemon.kill())
        return daemon

    def write(self, name, text):
        file = self.docs / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(text, bytes):
            file.write_bytes(text)
        else:
            file.write_text(text)
        return file

    def write_topics(self):
        for name, text in TOPICS.items():
            self.write(name, text)

    def write_many(self, count, paragraphs=4, seed=7):
        """`count` files of different text."""
        source = random.Random(seed)
        for i in range(count):
            text = "\n\n".join(paragraph(source) for _ in range(paragraphs))
            self.write(f"part{i % 8}/file{i:05}.txt", text + "\n")

    def search(self, daemon, query, *arguments):
        return seek_json(daemon, "search", query, *arguments)["hits"]

    def assertFinds(self, daemon, query, name, *arguments):
        hits = self.search(daemon, query, *arguments)
        self.assertTrue(hits, query)
        self.assertEqual(hits[0]["document"], str(self.docs / name), query)


class SharedDaemonTest(DaemonTest):
    """One daemon for all tests of a class. `prepare` fills it; tests leave that as it is."""

    @classmethod
    def setUpClass(cls):
        cls.shared = cls()
        DaemonTest.setUp(cls.shared)
        cls.addClassCleanup(cls.shared.doCleanups)
        cls.shared.running = cls.shared.daemon().start()
        cls.shared.prepare()

    def setUp(self):
        self.folder = self.shared.folder
        self.docs = self.shared.docs
        self.running = self.shared.running

    def prepare(self):
        raise NotImplementedError


TOPICS = {
    "roses.md": "# Roses\n\nCut roses back in late winter, just above an outward facing bud.\n",
    "engine.txt": "The diesel engine needs its oil changed every ten thousand kilometres.\n",
    "bread.html": "<html><head><title>Bread</title></head><body><p>Feed the sourdough starter "
                  "with flour and water the evening before baking.</p></body></html>\n",
    "chess/opening.rst": "Openings\n========\n\nThe Sicilian defence answers the king's pawn.\n",
    "tide.1": ".TH TIDE 1\n.SH NAME\ntide \\- predict high and low water of a harbour\n",
    "sort.py": 'def merge_sort(items):\n    """Sorts a list by merging halves."""\n    return items\n',
}

WORDS = """river stone market engine signal winter copper lantern harbour ledger paper window thunder
garden bridge pepper canvas orbit violin marble ticket salmon glacier temple pocket ribbon saddle
tunnel walnut zephyr anchor basket candle desert ember falcon goblet hammer island jungle""".split()


def paragraph(source):
    sentences = (" ".join(source.choices(WORDS, k=12)) + "." for _ in range(6))
    return " ".join(sentences)
