#!/usr/bin/env python3
"""First index, first search, and the JSON that scripts rely on."""

import collections
import json
import os
import unittest

from harness import SharedDaemonTest, TOPICS, ledger, seek, seek_json

HIT = {"id": int, "collection": str, "document": str, "path": str, "title": str, "score": float,
       "text": str, "byte_begin": int, "byte_end": int, "line_begin": int, "line_end": int}
STATS = {"recomputed": int, "cache_hits": int, "elapsed_us": int, "stop_reason": str, "complete": bool}
LEDGER = {"name": str, "documents": int, "chunks": int, "nodes": int, "text_bytes": int,
          "graph_bytes": int, "code_bytes": int, "codebook": str, "node_bytes": int, "index_bytes": int,
          "hot_bytes": int, "hot_rows": int, "granted_index_share": float, "used_index_share": float,
          "granted_hot_share": float, "used_hot_share": float, "cache_bytes": int,
          "recomputed": int, "cache_hits": int, "hot_hits": int, "store_bytes": int, "directory_bytes": int, "skipped": int}


class SearchTest(SharedDaemonTest):
    def prepare(self):
        self.write_topics()
        self.write("picture.bin", b"\x89P\0\1\2\0")
        seek(self.running, "index", self.docs)

    def assertHas(self, record, schema):
        for name, kind in schema.items():
            self.assertIn(name, record)
            self.assertIsInstance(record[name], kind if kind is not float else (int, float), name)

    def test_finds_each_kind_of_file(self):
        for query, name in [("when to prune roses", "roses.md"), ("changing motor oil", "engine.txt"),
                            ("feeding a sourdough starter", "bread.html"),
                            ("chess opening against the king's pawn", "chess/opening.rst"),
                            ("high and low water in a harbour", "tide.1"),
                            ("sort a list by merging", "sort.py")]:
            self.assertFinds(self.running, query, name)

    def test_search_json(self):
        answer = seek_json(self.running, "search", "pruning roses")
        self.assertHas(answer["stats"], STATS)
        for hit in answer["hits"]:
            self.assertHas(hit, HIT)
        text = seek(self.running, "get", answer["hits"][0]["document"]).stdout.encode()
        hit = answer["hits"][0]
        self.assertEqual(text[hit["byte_begin"]:hit["byte_end"]].decode(), hit["text"])

    def test_strategies_and_their_tuning(self):
        def ran(*options):
            answer = seek_json(self.running, "search", "pruning roses", *options)
            self.assertTrue(answer["hits"][0]["path"].endswith("roses.md"), options)
            return answer["stats"]

        self.assertEqual(ran("--strategy", "two_level", "--rerank-ratio", "0.5", "--no-cache",
                             "--beam-width", "64", "--batch-rows", "1")["strategy"], "two_level")
        self.assertEqual(ran("--first-stage", "beam")["strategy"], "frugal")
        self.assertEqual(ran("--first-stage", "scan")["strategy"], "flat")

    def test_streamed_search(self):
        options = ["pruning roses", "--strategy", "brute", "--no-cache", "-k", "3"]
        done = seek(self.running, "search", *options, "--stream", "--json")
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertGreaterEqual(len(answers), 1)
        for answer in answers[:-1]:
            self.assertEqual((answer["stats"]["complete"], answer["stats"]["stop_reason"]),
                             (False, "running"))
        self.assertTrue(answers[-1]["stats"]["complete"])
        self.assertEqual(answers[-1]["hits"],
                         seek_json(self.running, "search", *options)["hits"])
        plain = seek(self.running, "search", *options, "--stream").stdout
        self.assertEqual(plain, seek(self.running, "search", *options).stdout)
        none = seek(self.running, "search", "roses", "--path", "/nowhere", "--stream", check=False)
        self.assertEqual(none.returncode, 1)

    def test_status_json(self):
        line = ledger(self.running)
        self.assertHas(line, LEDGER)
        self.assertEqual(line["documents"], len(TOPICS))
        self.assertEqual(line["skipped"], 1)
        sizes = sum(os.path.getsize(self.docs / name) for name in TOPICS)
        self.assertEqual(line["text_bytes"], sizes)
        files = self.running.data.glob("collections/*/gen-*/*")
        self.assertIn(line["index_bytes"], self.generation_sizes(files))

    def generation_sizes(self, files):
        sizes = collections.Counter()
        for file in files:
            sizes[file.parent] += file.stat().st_size
        return sizes.values()

    def test_every_command_speaks_json(self):
        document = str(self.docs / "roses.md")
        hit = self.search(self.running, "roses")[0]
        for command in (["ls"], ["get", document], ["like", document], ["like", str(hit["id"])],
                        ["status"], ["index", str(self.docs)]):
            done = seek(self.running, *command, "--json")
            json.loads(done.stdout)

    def test_like_finds_other_texts(self):
        hits = seek_json(self.running, "like", self.docs / "roses.md")["hits"]
        self.assertTrue(hits)

    def test_rm_removes(self):
        roses = str(self.docs / "roses.md")
        seek(self.running, "index", self.docs, "-c", "short-lived")
        removed = seek_json(self.running, "rm", roses, "-c", "short-lived")
        self.assertEqual(removed["removed"], [roses])
        hits = self.search(self.running, "when to prune roses", "-c", "short-lived")
        self.assertNotIn(roses, [hit["document"] for hit in hits])
        seek(self.running, "rm", "--all", "--yes", "-c", "short-lived")
        names = [each["name"] for each in seek_json(self.running, "ls")["collections"]]
        self.assertNotIn("short-lived", names)
        self.assertFinds(self.running, "when to prune roses", "roses.md")

    def test_plain_output_has_no_escapes_in_a_pipe(self):
        for command in (["search", "roses"], ["status"], ["ls"], ["index", str(self.docs)]):
            self.assertNotIn("\x1b", seek(self.running, *command).stdout)

    def test_collection_option(self):
        seek(self.running, "index", self.docs, "-c", "second")
        self.assertEqual(ledger(self.running, "second")["documents"], len(TOPICS))
        hits = seek_json(self.running, "search", "roses", "-c", "second")["hits"]
        self.assertEqual({hit["collection"] for hit in hits}, {"second"})


if __name__ == "__main__":
    unittest.main()
