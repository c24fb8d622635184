#!/usr/bin/env python3
"""Model folders of the families that docs/encoders.md lists, with random weights, through
LoadModel: tokens, last hidden states and rows are those of bert_reference.py.

    numpy_reference_test.py ENCODE_TEXTS

ENCODE_TEXTS is the program that encode_texts.cc makes. Needs NumPy.
"""

import json
import math
import pathlib
import subprocess
import sys
import tempfile
import unittest

import numpy as np

import bert_reference
from bert_reference import SPECIAL, UNCASED, split_words

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from model_folder import write_safetensors, write_sharded  # noqa: E402

TOLERANCE = 1e-4
TEXTS = [
    "search",
    "How do I reset my password?",
    "Unbelievable: the compiler's output (v12.2) wasn't reproducible \u2014 42 % of it!",
    "Caf\u00e9 cr\u00e8me, na\u00efve fa\u00e7ade, \u00dcbergr\u00f6\u00dfe; e\u0301 = \u00e9",
    "\u6771\u4eac\u3067\u5bff\u53f8\u3092\u98df\u3079\u308b, tab\tand\nnew line\u00a0too",
    "never seen: \u041c\u043e\u0441\u043a\u0432\u0430 xyzzy " + "a" * 101,
    " ".join("the daemon keeps no vectors and computes them again when it is asked".split() * 4),
    "",
]
UNKNOWN = {"xyzzy", "a" * 101}

# A folder as sentence-transformers writes it, in the smallest shape; cases change some of it.
DEFAULTS = {
    "layers": 2, "dim": 32, "heads": 4, "inner": 64, "positions": 128, "vocab": 0, "eps": 1e-12,
    "act": "gelu", "type": "F32", "sharded": False, "prefix": "", "norms": ("weight", "bias"),
    "pooling": "mean", "modules": ("Transformer", "Pooling", "Normalize"), "prompts": {},
    "tokenizer": "tokenizer.json", "how": UNCASED,
}
CASED = {**UNCASED, "lowercase": False}
CASES = {
    "MiniLM": {},
    "MiniLM, 6 x 384": {"layers": 6, "dim": 384, "heads": 12, "inner": 1536, "positions": 512,
                        "vocab": 30522},
    "BGE": {"pooling": "cls", "prompts": {"query": "Represent this sentence: "}},
    "E5": {"prompts": {"query": "query: ", "passage": "passage: "}},
    "GTE": {"type": "F16"},
    "Contriever": {"modules": None, "prefix": "bert.", "tokenizer": "vocab.txt"},
    "no Normalize module": {"modules": ("Transformer", "Pooling")},
    "gelu_new, bf16, shards": {"act": "gelu_new", "type": "BF16", "sharded": True},
    "relu, fp16 shards": {"act": "relu", "type": "F16", "sharded": True, "eps": 1e-5},
    "quick_gelu, TensorFlow's names": {"act": "quick_gelu", "prefix": "0.auto_model.",
                                       "norms": ("gamma", "beta"), "pooling": "cls"},
    "cased, tokenizer.json": {"how": CASED},
    "cased, vocab.txt": {"how": CASED, "tokenizer": "vocab.txt"},
    "lower case with accents": {"how": {**UNCASED, "strip_accents": False}},
    "cased, ideographs in words": {"how": {**CASED, "handle_chinese_chars": False}},
}


def make_vocabulary(random, texts, least, how=UNCASED):
    """Words of `texts`, some whole, some in pieces, but for UNKNOWN; at least `least` tokens."""
    tokens = dict.fromkeys(SPECIAL)
    for word in dict.fromkeys(word for text in texts for word in split_words(text, how)):
        if word in UNKNOWN:
            continue
        cut = random.integers(1, len(word) + 1)
        tokens[word[:cut]] = None
        if cut < len(word):
            tokens["##" + word[cut:]] = None
    tokens.update((f"[unused{i}]", None) for i in range(least - len(tokens)))
    return list(tokens)


def random_weights(random, c, vocab):
    """Float32, of sizes that keep activations near 1 from layer to layer."""
    weights = {}

    def add(name, shape, mean, deviation):
        weights[name] = random.normal(mean, deviation, shape).astype(np.float32)

    def linear(name, out, into):
        add(name + ".weight", (out, into), 0, 1 / math.sqrt(into))
        add(name + ".bias", (out,), 0, 0.1)

    def norm(name):
        add(name + ".weight", (c["dim"],), 1, 0.1)
        add(name + ".bias", (c["dim"],), 0, 0.1)

    add("embeddings.word_embeddings.weight", (vocab, c["dim"]), 0, 1)
    add("embeddings.position_embeddings.weight", (c["positions"], c["dim"]), 0, 0.3)
    add("embeddings.token_type_embeddings.weight", (2, c["dim"]), 0, 0.3)
    norm("embeddings.LayerNorm")
    for i in range(c["layers"]):
        layer = f"encoder.layer.{i}"
        for part in ("self.query", "self.key", "self.value", "output.dense"):
            linear(f"{layer}.attention.{part}", c["dim"], c["dim"])
        norm(f"{layer}.attention.output.LayerNorm")
        linear(f"{layer}.intermediate.dense", c["inner"], c["dim"])
        linear(f"{layer}.output.dense", c["dim"], c["inner"])
        norm(f"{layer}.output.LayerNorm")
    return weights


def stored(values, kind):
    """The bytes of `values` as `kind`, and what these bytes say, in doubles."""
    if kind == "BF16":  # cut off: these weights are as random as the others
        bits = values.view(np.uint32) >> 16
        return bits.astype("<u2").tobytes(), (bits << 16).view(np.float32).astype(np.float64)
    cast = values.astype({"F32": "<f4", "F16": "<f2"}[kind])
    return cast.tobytes(), cast.astype(np.float64)


def write_weights(folder, c, weights):
    """Returns what is stored, in doubles."""
    tensors, exact = {}, {}
    for name, values in weights.items():
        data, exact[name] = stored(values, c["type"])
        if "LayerNorm" in name:
            stem, part = name.rsplit(".", 1)
            name = f"{stem}.{c['norms'][part == 'bias']}"
        tensors[c["prefix"] + name] = (c["type"], values.shape, data)
    # What real checkpoints have besides: neither is used.
    pooler = np.zeros((c["dim"], c["dim"]), np.float32)
    tensors[c["prefix"] + "pooler.dense.weight"] = (c["type"], pooler.shape,
                                                    stored(pooler, c["type"])[0])
    positions = np.arange(c["positions"], dtype="<i8")[None]
    tensors[c["prefix"] + "embeddings.position_ids"] = ("I64", positions.shape, positions.tobytes())
    if c["sharded"]:
        write_sharded(folder, tensors)
    else:
        write_safetensors(folder / "model.safetensors", tensors)
    return exact


def tokenizer_json(vocabulary, how):
    return {
        "version": "1.0", "truncation": {"max_length": 128}, "padding": None,
        "added_tokens": [{"id": i, "content": t, "special": True} for i, t in enumerate(SPECIAL)],
        "normalizer": {"type": "BertNormalizer", "clean_text": True, **how},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                  "max_input_chars_per_word": 100,
                  "vocab": {token: i for i, token in enumerate(vocabulary)}}}


def write_json(path, value):
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(value))


def write_modules(folder, c):
    paths = {"Transformer": "", "Pooling": "1_Pooling", "Normalize": "2_Normalize"}
    write_json(folder / "modules.json",
               [{"idx": i, "name": str(i), "path": paths[kind],
                 "type": "sentence_transformers.models." + kind}
                for i, kind in enumerate(c["modules"])])
    write_json(folder / "1_Pooling" / "config.json",
               {"word_embedding_dimension": c["dim"],
                "pooling_mode_cls_token": c["pooling"] == "cls",
                "pooling_mode_mean_tokens": c["pooling"] == "mean",
                "pooling_mode_max_tokens": False})
    write_json(folder / "sentence_bert_config.json",
               {"max_seq_length": c["positions"], "do_lower_case": False})
    write_json(folder / "config_sentence_transformers.json", {"prompts": c["prompts"]})


def write_tokenizer(folder, c, vocabulary):
    settings = {"tokenizer_class": "BertTokenizer", "model_max_length": 512}
    how = c["how"]
    if c["tokenizer"] == "vocab.txt":
        (folder / "vocab.txt").write_text("\n".join(vocabulary) + "\n")
        settings.update(do_lower_case=how["lowercase"], strip_accents=how["strip_accents"],
                        tokenize_chinese_chars=how["handle_chinese_chars"])
    else:
        write_json(folder / "tokenizer.json", tokenizer_json(vocabulary, how))
    write_json(folder / "tokenizer_config.json", settings)


def write_model(folder, c, seed):
    """Writes the folder; returns its reference: tokenizer and network."""
    random = np.random.default_rng(seed)
    vocabulary = make_vocabulary(random, [*TEXTS, *c["prompts"].values()], c["vocab"], c["how"])
    config = {"model_type": "bert", "architectures": ["BertModel"], "hidden_act": c["act"],
              "hidden_size": c["dim"], "num_hidden_layers": c["layers"],
              "num_attention_heads": c["heads"], "intermediate_size": c["inner"],
              "max_position_embeddings": c["positions"], "type_vocab_size": 2,
              "layer_norm_eps": c["eps"], "vocab_size": len(vocabulary)}
    write_json(folder / "config.json", config)
    if c["modules"]:
        write_modules(folder, c)
    write_tokenizer(folder, c, vocabulary)
    weights = write_weights(folder, c, random_weights(random, c, len(vocabulary)))
    return bert_reference.WordPiece(vocabulary, c["how"]), bert_reference.Bert(config, weights)


def encode_texts(folder, texts):
    """(ids, hidden, row) of each (kind, text), as encode_texts.cc says."""
    lines = "".join(json.dumps({"kind": kind, "text": text}) + "\n" for kind, text in texts)
    answer = subprocess.run([sys.argv[1], folder], input=lines.encode(), check=True,
                            stdout=subprocess.PIPE).stdout
    at = 0

    def take(kind, count):
        nonlocal at
        values = np.frombuffer(answer, kind, count, at)
        at += values.nbytes
        return values

    (dim,) = take("=u4", 1)
    results = []
    for _ in texts:
        (count,) = take("=u4", 1)
        ids = take("=i4", count)
        results.append((ids.tolist(), take("=f4", count * dim).reshape(count, dim),
                        take("=f4", dim)))
    assert at == len(answer)
    return results


def pool(hidden, pooling):
    row = hidden[0] if pooling == "cls" else hidden.mean(axis=0)
    return row / np.linalg.norm(row)


class NumpyReferenceTest(unittest.TestCase):
    def assertNear(self, found, expected, what):
        distance = float(np.abs(found - expected).max())
        self.assertLess(distance, TOLERANCE, what)
        return distance

    def check(self, c, seed):
        with tempfile.TemporaryDirectory() as path:
            folder = pathlib.Path(path)
            tokenizer, network = write_model(folder, c, seed)
            texts = [(kind, text) for text in TEXTS for kind in ("query", "passage")]
            farthest = [0.0, 0.0]
            for (kind, text), (ids, hidden, row) in zip(texts, encode_texts(folder, texts)):
                tokens = tokenizer.tokenize(c["prompts"].get(kind, "") + text)
                cls, sep = tokenizer.ids["[CLS]"], tokenizer.ids["[SEP]"]
                self.assertEqual(ids, [cls, *tokens, sep], text)
                expected = network.last_hidden_state(ids)
                wanted = pool(expected, c["pooling"]) if tokens else np.zeros(c["dim"])
                farthest[0] = max(farthest[0], self.assertNear(hidden, expected, text))
                farthest[1] = max(farthest[1], self.assertNear(row, wanted, text))
            return farthest

    def test_each_family(self):
        for seed, (name, changes) in enumerate(CASES.items(), 1):
            with self.subTest(name):
                hidden, row = self.check({**DEFAULTS, **changes}, seed)
                print(f"{name}: farthest component {hidden:.1e} of hidden states, {row:.1e} of rows")

    def test_the_texts_have_what_they_are_for(self):
        tokenizer = bert_reference.WordPiece(
            make_vocabulary(np.random.default_rng(1), TEXTS, 0))
        ids = [tokenizer.tokenize(text) for text in TEXTS]
        unknown = sum(i.count(tokenizer.ids["[UNK]"]) for i in ids)
        self.assertTrue(len(UNKNOWN) <= unknown < 20, unknown)
        pieces = [t for t, i in tokenizer.ids.items() if t.startswith("##") and i in sum(ids, [])]
        self.assertGreater(len(pieces), 20)
        self.assertGreater(max(map(len, ids)), 50)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
