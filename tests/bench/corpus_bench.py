#!/usr/bin/env python3
"""Indexes a corpus with a daemon of its own and prints what it cost, as a Markdown table.

usage: corpus_bench.py BUILD_FOLDER CORPUS_FOLDER QUERIES.txt [-k 3]

CORPUS_FOLDER and QUERIES.txt are what a known-item test needs: a copy of a folder from which the
queries' sentences were removed, one query a line. Peak memory is the daemon's VmHWM (Linux).
"""
import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

STRATEGIES = ("frugal", "flat", "exact")


class Daemon:
    def __init__(self, build, folder):
        self.build = build
        self.socket = folder / "run" / "seekd.sock"
        self.data = folder / "data"
        self.process = None

    def start(self):
        """Seconds from exec to SERVING."""
        begin = time.monotonic()
        self.process = subprocess.Popen(
            [self.build / "bin" / "seekd", "--data", self.data, "--socket", self.socket],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while self.seek("daemon", "status", check=False).returncode != 0:
            if self.process.poll() is not None:
                sys.exit("seekd ended while starting")
            time.sleep(0.01)
        return time.monotonic() - begin

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def seek(self, *arguments, check=True):
        return subprocess.run(
            [self.build / "bin" / "seek", "--socket", self.socket, "--data", self.data, *arguments],
            check=check, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def memory_mb(self, field):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"{field}:\s+(\d+) kB", status).group(1)) / 1000

    def timed_index(self, corpus):
        begin = time.monotonic()
        report = json.loads(self.seek("index", corpus, "--json").stdout)
        return time.monotonic() - begin, report

    def recall(self, queries, k, strategy):
        return json.loads(self.seek("recall", "--queries", queries, "-k", str(k), "--strategy",
                                    strategy, "--json").stdout)


def row(name, value):
    print(f"| {name} | {value} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("corpus", type=pathlib.Path)
    parser.add_argument("queries", type=pathlib.Path)
    parser.add_argument("-k", type=int, default=3)
    options = parser.parse_args()
    os.environ.pop("SEEKD_SOCKET", None)
    os.environ.pop("SEEKD_DATA", None)
    with tempfile.TemporaryDirectory() as folder:
        daemon = Daemon(options.build.resolve(), pathlib.Path(folder))
        daemon.start()
        seconds, _ = daemon.timed_index(options.corpus)
        peak = daemon.memory_mb("VmHWM")
        again, _ = daemon.timed_index(options.corpus)
        status = json.loads(daemon.seek("status", "--json").stdout)["collections"][0]
        text = status["text_bytes"]

        print("| figure | value |\n|---|---|")
        row("documents, chunks", f"{status['documents']:,}, {status['chunks']:,}")
        row("text", f"{text / 1e6:.1f} MB")
        row("first run", f"{seconds:.0f} s")
        row("second run, nothing changed", f"{again:.2f} s")
        row("peak memory of the daemon", f"{peak:.0f} MB")
        row("index_bytes", f"{status['index_bytes']:,} ({100 * status['index_bytes'] / text:.2f} %)")
        row("directory_bytes",
            f"{status['directory_bytes']:,} ({100 * status['directory_bytes'] / text:.1f} %)")
        daemon.stop()
        row("start to SERVING with the collection", f"{daemon.start():.2f} s")
        row("idle memory after the start, resident (anonymous)",
            f"{daemon.memory_mb('VmRSS'):.0f} ({daemon.memory_mb('RssAnon'):.0f}) MB")

        print(f"\n| strategy | Recall@{options.k} | cost mean | p50 | p95 | latency p50 | p95 |")
        print("|---|---|---|---|---|---|---|")
        for strategy in STRATEGIES:
            r = daemon.recall(options.queries, options.k, strategy)
            print(f"| {strategy} | {r['recall']:.3f} | {r['recomputed_mean']:.1f} "
                  f"| {r['recomputed_p50']:.0f} | {r['recomputed_p95']:.0f} "
                  f"| {r['latency_ms_p50']:.1f} ms | {r['latency_ms_p95']:.1f} ms |", flush=True)
        daemon.stop()


if __name__ == "__main__":
    main()
