#!/usr/bin/env python3
"""A model folder as sentence-transformers writes it, through the whole daemon."""

import array
import json
import pathlib
import random
import shutil
import sys
import unittest

from harness import MODEL, DaemonTest, ledger, seek, seek_json

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from model_folder import write_sharded  # noqa: E402

DIM, LAYERS, INNER, VOCAB, POSITIONS, MAX_TOKENS = 32, 2, 64, 32000, 512, 64


def tensor(source, shape, mean, deviation):
    count = 1
    for extent in shape:
        count *= extent
    values = array.array("f", (mean + deviation * (source.random() * 2 - 1) for _ in range(count)))
    if sys.byteorder == "big":
        values.byteswap()
    return "F32", shape, values.tobytes()


def random_tensors():
    """Of a BERT of LAYERS layers, by name."""
    source = random.Random(1)
    tensors = {}

    def linear(name, out, into):
        tensors[name + ".weight"] = tensor(source, [out, into], 0, (3 / into) ** 0.5)
        tensors[name + ".bias"] = tensor(source, [out], 0, 0.1)

    def norm(name):
        tensors[name + ".weight"] = tensor(source, [DIM], 1, 0.1)
        tensors[name + ".bias"] = tensor(source, [DIM], 0, 0.1)

    tensors["embeddings.word_embeddings.weight"] = tensor(source, [VOCAB, DIM], 0, 1)
    tensors["embeddings.position_embeddings.weight"] = tensor(source, [POSITIONS, DIM], 0, 0.1)
    tensors["embeddings.token_type_embeddings.weight"] = tensor(source, [2, DIM], 0, 0.1)
    norm("embeddings.LayerNorm")
    for i in range(LAYERS):
        layer = f"encoder.layer.{i}."
        for part in ("query", "key", "value"):
            linear(layer + "attention.self." + part, DIM, DIM)
        linear(layer + "attention.output.dense", DIM, DIM)
        norm(layer + "attention.output.LayerNorm")
        linear(layer + "intermediate.dense", INNER, DIM)
        linear(layer + "output.dense", DIM, INNER)
        norm(layer + "output.LayerNorm")
    linear("pooler.dense", DIM, DIM)  # of no use here
    return tensors


class ModelFolderTest(DaemonTest):
    def setUp(self):
        super().setUp()
        self.model = self.folder / "tiny-bert"
        self.model.mkdir()
        shutil.copy(MODEL / "tokenizer.json", self.model)
        write_sharded(self.model, random_tensors())
        self.write_json("config.json", {
            "model_type": "bert", "hidden_act": "gelu", "hidden_size": DIM, "vocab_size": VOCAB,
            "num_hidden_layers": LAYERS, "num_attention_heads": 4, "intermediate_size": INNER,
            "max_position_embeddings": POSITIONS, "type_vocab_size": 2, "layer_norm_eps": 1e-12})
        self.write_json("modules.json", [
            {"idx": i, "name": str(i), "path": path, "type": "sentence_transformers.models." + kind}
            for i, (path, kind) in enumerate([("", "Transformer"), ("1_Pooling", "Pooling"),
                                              ("2_Normalize", "Normalize")])])
        (self.model / "1_Pooling").mkdir()
        self.write_json("1_Pooling/config.json",
                        {"word_embedding_dimension": DIM, "pooling_mode_mean_tokens": True})
        self.write_json("sentence_bert_config.json",
                        {"max_seq_length": MAX_TOKENS, "do_lower_case": False})
        self.write_prompts("query: ", "passage: ")

    def write_json(self, name, value):
        (self.model / name).write_text(json.dumps(value))

    def write_prompts(self, query, passage):
        self.write_json("config_sentence_transformers.json",
                        {"prompts": {"query": query, "passage": passage}})

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
        self.write_prompts("query: ", "document: ")
        daemon.launch()
        self.assertNotEqual(daemon.process.wait(), 0)
        self.assertIn("was made with model tiny-bert", daemon.log())


if __name__ == "__main__":
    unittest.main()
