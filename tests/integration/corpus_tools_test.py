#!/usr/bin/env python3
"""import, dump, eval and recall on a small generated collection."""

import json
import unittest

from harness import SharedDaemonTest, TOPICS, ledger, seek, seek_json

FILLER = 60


TEXTS = {f"topic-{i}": text for i, text in enumerate(TOPICS.values())}
TEXTS.update({f"filler-{i}": f"Item {i} of the ledger lists {i * 7} marbles and {i} ribbons."
              for i in range(FILLER)})


class CorpusToolsTest(SharedDaemonTest):
    def prepare(self):
        self.import_corpus()

    def import_corpus(self):
        corpus = self.lines("corpus.jsonl", ({"_id": key, "title": key, "text": text}
                                             for key, text in TEXTS.items()))
        seek(self.running, "import", corpus, "-c", "tiny")

    def lines(self, name, records):
        file = self.folder / name
        file.write_text("".join(json.dumps(record) + "\n" for record in records))
        return file

    def test_import_counts(self):
        self.assertEqual(ledger(self.running, "tiny")["documents"], len(TEXTS))
        self.import_corpus()
        self.assertEqual(ledger(self.running, "tiny")["documents"], len(TEXTS))

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
        self.assertEqual(len(ids), ledger(self.running, "tiny")["chunks"])
        self.assertEqual({chunk["document"] for chunk in chunks}, set(TEXTS))

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
