#!/usr/bin/env python3
"""Finds known items with seekd and with BM25 (Xapian), over the same chunks, and prints a table.

usage: bm25_bench.py BUILD_FOLDER CORPUS_FOLDER SOURCES.tsv [--json FILE]

CORPUS_FOLDER is a copy of a folder from which the queries' sentences were removed; SOURCES.tsv has a line
"path TAB sentence" for each, the path relative to the copy. A hit is right when it is a chunk of
that file. Xapian gets the chunks' text as the embedding model gets it, English stemming, and its
BM25 with default parameters. Needs Xapian's Python module (Debian: python3-xapian).
"""
import argparse
import json
import os
import pathlib
import subprocess
import tempfile
import time

import xapian

from corpus_bench import Daemon

DEPTHS = (3, 10)


def read_sources(path, corpus):
    """[(absolute path of the file, sentence)]"""
    pairs = (line.rstrip("\n").split("\t", 1) for line in path.open(encoding="utf-8"))
    return [(str(corpus / file), sentence) for file, sentence in pairs]


def read_chunks(daemon):
    """Yields (chunk id, document, text); as a stream, for a corpus may be large."""
    command = [daemon.build / "bin" / "seek", "--socket", daemon.socket, "--data", daemon.data, "dump"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8") as process:
        for line in process.stdout:
            chunk = json.loads(line)
            yield chunk["chunk_id"], chunk["document"], chunk["embedding_input"]
    if process.returncode != 0:
        raise SystemExit(f"seek dump ended with {process.returncode}")


class Bm25:
    """A Xapian database of one document per chunk, without its text."""

    def __init__(self, folder):
        self.folder = str(folder)
        self.stemmer = xapian.Stem("english")

    def build(self, chunks):
        database = xapian.WritableDatabase(self.folder, xapian.DB_CREATE_OR_OVERWRITE)
        generator = xapian.TermGenerator()
        generator.set_stemmer(self.stemmer)
        for chunk, _, text in chunks:
            document = xapian.Document()
            generator.set_document(document)
            # Without positions: phrases are not asked for, and BM25 does not use them.
            generator.index_text_without_positions(text)
            database.replace_document(chunk, document)
        database.commit()
        database.close()
        compacted = self.folder + ".compact"
        xapian.Database(self.folder).compact(compacted)
        self.database = xapian.Database(compacted)
        return sum(f.stat().st_size for f in pathlib.Path(compacted).iterdir())

    def search(self, text, k):
        """([chunk ids], milliseconds)"""
        begin = time.monotonic()
        parser = xapian.QueryParser()
        parser.set_stemmer(self.stemmer)
        parser.set_database(self.database)
        parser.set_stemming_strategy(xapian.QueryParser.STEM_SOME)
        # No flags: a sentence's signs are no operators. Words are joined by OR.
        query = parser.parse_query(text, 0)
        enquire = xapian.Enquire(self.database)
        enquire.set_weighting_scheme(xapian.BM25Weight())
        enquire.set_query(query)
        hits = [match.docid for match in enquire.get_mset(0, k)]
        return hits, (time.monotonic() - begin) * 1000


def search_seekd(daemon, text, k):
    reply = json.loads(daemon.seek("search", text, "-k", str(k), "--json", check=False).stdout)
    return [hit["id"] for hit in reply["hits"]], reply["stats"]["elapsed_us"] / 1000


def percentile(values, percent):
    values = sorted(values)
    return values[min(len(values) - 1, int(percent / 100 * len(values)))]


def measure(name, index_bytes, text_bytes, sources, documents, search):
    found = dict.fromkeys(DEPTHS, 0)
    latencies = []
    for file, sentence in sources:
        hits, milliseconds = search(sentence, max(DEPTHS))
        latencies.append(milliseconds)
        for depth in DEPTHS:
            found[depth] += file in (documents[hit] for hit in hits[:depth])
    row = {"index": name, "index_bytes": index_bytes, "share": 100 * index_bytes / text_bytes}
    row.update({f"success_at_{depth}": found[depth] / len(sources) for depth in DEPTHS})
    row.update(latency_ms_p50=percentile(latencies, 50), latency_ms_p95=percentile(latencies, 95))
    print(f"| {name} | {index_bytes:,} | {row['share']:.1f} | {row['success_at_3']:.3f} "
          f"| {row['success_at_10']:.3f} | {row['latency_ms_p50']:.1f} | {row['latency_ms_p95']:.1f} |",
          flush=True)
    return row


def compare(daemon, corpus, sources_file, xapian_folder):
    """The table's rows."""
    daemon.timed_index(corpus)
    status = json.loads(daemon.seek("status", "--json").stdout)["collections"][0]
    documents = {chunk: document for chunk, document, _ in read_chunks(daemon)}
    bm25 = Bm25(xapian_folder)
    bm25_bytes = bm25.build(read_chunks(daemon))
    sources = read_sources(sources_file, corpus)
    print(f"{len(documents):,} chunks, {len(sources)} queries\n")
    print("| index | bytes | % of text | success@3 | success@10 | latency p50, ms | p95, ms |\n"
          "|---|---|---|---|---|---|---|")
    return [
        measure("seekd", status["index_bytes"], status["text_bytes"], sources, documents,
                lambda text, k: search_seekd(daemon, text, k)),
        measure("BM25 (Xapian)", bm25_bytes, status["text_bytes"], sources, documents,
                bm25.search),
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("corpus", type=pathlib.Path)
    parser.add_argument("sources", type=pathlib.Path)
    parser.add_argument("--json", type=pathlib.Path)
    options = parser.parse_args()
    os.environ.pop("SEEKD_SOCKET", None)
    os.environ.pop("SEEKD_DATA", None)
    corpus = options.corpus.resolve()
    with tempfile.TemporaryDirectory() as folder:
        daemon = Daemon(options.build.resolve(), pathlib.Path(folder))
        daemon.start()
        try:
            rows = compare(daemon, corpus, options.sources, pathlib.Path(folder) / "xapian")
        finally:
            daemon.stop()
    if options.json:
        options.json.write_text(json.dumps({"tables": {"known_items": {"rows": rows}}}, indent=1) + "\n")


if __name__ == "__main__":
    main()
