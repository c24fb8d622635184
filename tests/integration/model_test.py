#!/usr/bin/env python3
"""A model folder as sentence-transformers writes it, through the whole daemon."""

import unittest

from harness import REFUSED, DaemonTest, ledger, seek, seek_json
from tiny_models import MAX_TOKENS, write_prompts, write_tiny_bert


class ModelFolderTest(DaemonTest):
    def setUp(self):
        super().setUp()
        self.model = write_tiny_bert(self.folder / "tiny-bert")

    def test_chunks_fit_the_model_and_are_found(self):
        self.write_topics()
        self.write_many(8)
        daemon = self.daemon("--model", str(self.model), "--precision", "fp32").start()
        seek(daemon, "index", self.docs)
        self.assertEqual(seek_json(daemon, "status")["model"]["id"], "tiny-bert")
        kept = ledger(daemon)
        self.assertEqual(kept["documents"], 14)
        # 8 texts of about 200 words each, at most MAX_TOKENS - 2 - 2 tokens a chunk.
        self.assertGreater(kept["chunks"], 6 + 8 * 3)
        self.assertFinds(daemon, "The diesel engine needs its oil changed", "engine.txt")
        too_long = seek(daemon, "search", "word " * MAX_TOKENS, check=False)
        self.assertNotEqual(too_long.returncode, 0)
        self.assertIn(f"at most {MAX_TOKENS - 2}", too_long.stderr)

    def test_a_choice_of_precision_is_kept(self):
        daemon = self.daemon("--model", str(self.model)).start()
        file = daemon.data / "precision_profile.json"
        kept = file.read_text()
        self.assertIn("fp32", kept)
        daemon.stop()
        daemon.start()
        self.assertEqual(file.read_text(), kept)

    def test_the_device_is_chosen_and_shown(self):
        daemon = self.daemon("--model", str(self.model), "--device", "cpu",
                             "--precision", "bf16").start()
        self.assertEqual(seek_json(daemon, "status")["model"]["device"], "cpu bf16")
        self.assertIn("tiny-bert on cpu bf16", daemon.log())

    def test_a_device_that_is_not_there_is_an_error(self):
        daemon = self.daemon("--model", str(self.model), "--device", "cuda:120")
        daemon.launch()
        self.assertNotEqual(daemon.process.wait(), 0)
        self.assertIn("cuda:120 is not there: libtorch finds the CPU", daemon.log())

    def test_other_prefixes_are_another_model(self):
        self.write_topics()
        daemon = self.daemon("--model", str(self.model), "--precision", "fp32").start()
        seek(daemon, "index", self.docs)
        daemon.stop()
        write_prompts(self.model, "query: ", "document: ")
        daemon.start()
        refused = seek(daemon, "search", "oil of an engine", check=False)
        self.assertEqual(refused.returncode, REFUSED)
        self.assertIn("was made with model tiny-bert", refused.stderr)
        seek(daemon, "model", "use", "tiny-bert")
        self.assertFinds(daemon, "The diesel engine needs its oil changed", "engine.txt")


if __name__ == "__main__":
    unittest.main()
