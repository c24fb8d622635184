#!/usr/bin/env python3
"""import, dump, eval and recall on a small generated collection."""

import json
import unittest

from harness import DaemonTest, TOPICS, seek, seek_json

FILLER = 60


class CorpusToolsTest(DaemonTest):
    def setUp(self):
        super().setUp()
        self.running = self.daemon().start()
        self.texts = {f"topic-{i}": text for i, text in enumerate(TOPICS.values())}
        self.texts.update({f"filler-{i}": f"Item {i} of the ledger lists {i * 7} marbles and {i} ribbons."
                           for i in range(FILLER)})
        corpus = self.lines("corpus.jsonl", ({"_id": key, "title": key, "text": text}
                                             for key, text in self.texts.items()))
        self.first_import = seek_json(self.running, "import", corpus, "-c", "tiny")
        self.corpus = corpus

    def lines(self, name, records):
        file = self.folder / name
        file.write_text("".join(json.dumps(record) + "\n" for record in records))
        return file

    def test_import_counts(self):
        ledger = seek_json(self.running, "status")["collections"][0]
        self.assertEqual(ledger["name"], "tiny")
        self.assertEqual(ledger["documents"], len(self.texts))
        seek(self.running, "import", self.corpus, "-c", "tiny")
        ledger = seek_json(self.running, "status")["collections"][0]
        self.assertEqual(ledger["documents"], len(self.texts))

    def test_import_names_the_bad_line(self):
        file = self.folder / "bad.jsonl"
        file.write_text('{"_id": "a", "title": "", "text": "fine"}\nnot json\n')
        done = seek(self.running, "import", file, "-c", "bad", check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stderr, r"bad\.jsonl.*2")

    def test_dump_has_every_chunk_once(self):
        done = seek(self.running, "dump", "-c", "tiny")
        chunks = [json.loads(line) for line in done.stdout.splitlines()]
        for chunk in chunks:
            self.assertEqual(set(chunk), {"chunk_id", "document", "path", "embedding_input"})
        ids = [chunk["chunk_id"] for chunk in chunks]
        self.assertEqual(len(ids), len(set(ids)))
        self.assertEqual(len(ids), seek_json(self.running, "status")["collections"][0]["chunks"])
        self.assertEqual({chunk["document"] for chunk in chunks}, set(self.texts))

    def test_eval(self):
        queries = self.lines("queries.jsonl", [{"_id": "q1", "text": "when to prune roses"},
                                               {"_id": "q2", "text": "motor oil"}])
        qrels = self.folder / "qrels.tsv"
        qrels.write_text("query-id\tcorpus-id\tscore\nq1\ttopic-0\t1\nq2\ttopic-1\t1\n")
        answer = seek_json(self.running, "eval", "--queries", queries, "--qrels", qrels, "-c", "tiny")
        self.assertEqual(set(answer), {"queries", "ndcg_at_10", "hit_at_1", "recall_at_100",
                                       "latency_ms_mean"})
        self.assertEqual(answer["queries"], 2)
        self.assertEqual(answer["hit_at_1"], 1)
        self.assertEqual(answer["ndcg_at_10"], 1)
        self.assertEqual(answer["recall_at_100"], 1)
        self.assertGreater(answer["latency_ms_mean"], 0)

    def test_recall(self):
        queries = self.lines("queries.jsonl", ({"_id": str(i), "text": f"ledger item {i} with ribbons"}
                                               for i in range(10)))
        answer = seek_json(self.running, "recall", "--queries", queries, "-k", "3", "-c", "tiny")
        self.assertEqual(set(answer), {"queries", "recall", "recomputed_mean", "recomputed_p50",
                                       "recomputed_p95", "latency_ms_p50", "latency_ms_p95"})
        self.assertEqual(answer["queries"], 10)
        self.assertGreaterEqual(answer["recall"], 0.8)
        self.assertLessEqual(answer["recall"], 1)


if __name__ == "__main__":
    unittest.main()
