"""Models for tests: a narrow token table, a transformer of random weights, and a case with one."""

import array
import json
import pathlib
import random
import shutil
import struct
import sys

from harness import MODEL, REFUSED, DaemonTest, seek, seek_json

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from model_folder import write_safetensors, write_sharded  # noqa: E402

DIM, INNER, VOCAB, POSITIONS, MAX_TOKENS = 32, 64, 32000, 512, 64
DEFAULT = MODEL.name
HALF_BYTES = 2  # of an fp16 component


def write_json(file, value):
    file.write_text(json.dumps(value))


def write_narrow_model(folder, dim=64):
    """The default model's first `dim` components: finds much of the same, and is another model."""
    folder.mkdir(parents=True)
    shutil.copy(MODEL / "tokenizer.json", folder)
    config = json.loads((MODEL / "config.json").read_text())
    whole = (MODEL / "model.safetensors").read_bytes()
    table = whole[8 + struct.unpack("<Q", whole[:8])[0]:]
    row_bytes = config["hidden_dim"] * HALF_BYTES
    rows = (table[i:i + dim * HALF_BYTES] for i in range(0, len(table), row_bytes))
    tensors = {"embeddings": ("F16", [config["vocab_size"], dim], b"".join(rows))}
    write_safetensors(folder / "model.safetensors", tensors)
    write_json(folder / "config.json", {**config, "hidden_dim": dim})
    return folder


def random_tensor(source, shape, mean, deviation):
    count = 1
    for extent in shape:
        count *= extent
    values = array.array("f", (mean + deviation * (source.random() * 2 - 1) for _ in range(count)))
    if sys.byteorder == "big":
        values.byteswap()
    return "F32", shape, values.tobytes()


def random_tensors(layers):
    """Of a BERT, by name."""
    source = random.Random(1)
    tensors = {}

    def linear(name, out, into):
        tensors[name + ".weight"] = random_tensor(source, [out, into], 0, (3 / into) ** 0.5)
        tensors[name + ".bias"] = random_tensor(source, [out], 0, 0.1)

    def norm(name):
        tensors[name + ".weight"] = random_tensor(source, [DIM], 1, 0.1)
        tensors[name + ".bias"] = random_tensor(source, [DIM], 0, 0.1)

    tensors["embeddings.word_embeddings.weight"] = random_tensor(source, [VOCAB, DIM], 0, 1)
    tensors["embeddings.position_embeddings.weight"] = random_tensor(source, [POSITIONS, DIM], 0, 0.1)
    tensors["embeddings.token_type_embeddings.weight"] = random_tensor(source, [2, DIM], 0, 0.1)
    norm("embeddings.LayerNorm")
    for i in range(layers):
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


def write_prompts(folder, query, passage):
    write_json(folder / "config_sentence_transformers.json",
               {"prompts": {"query": query, "passage": passage}})


def write_tiny_bert(folder, layers=2):
    """A transformer as sentence-transformers writes it, with prefixes; the more layers, the slower."""
    folder.mkdir(parents=True)
    shutil.copy(MODEL / "tokenizer.json", folder)
    write_sharded(folder, random_tensors(layers))
    write_json(folder / "config.json", {
        "model_type": "bert", "hidden_act": "gelu", "hidden_size": DIM, "vocab_size": VOCAB,
        "num_hidden_layers": layers, "num_attention_heads": 4, "intermediate_size": INNER,
        "max_position_embeddings": POSITIONS, "type_vocab_size": 2, "layer_norm_eps": 1e-12})
    write_json(folder / "modules.json", [
        {"idx": i, "name": str(i), "path": path, "type": "sentence_transformers.models." + kind}
        for i, (path, kind) in enumerate([("", "Transformer"), ("1_Pooling", "Pooling"),
                                          ("2_Normalize", "Normalize")])])
    (folder / "1_Pooling").mkdir()
    write_json(folder / "1_Pooling/config.json",
               {"word_embedding_dimension": DIM, "pooling_mode_mean_tokens": True})
    write_json(folder / "sentence_bert_config.json",
               {"max_seq_length": MAX_TOKENS, "do_lower_case": False})
    write_prompts(folder, "query: ", "passage: ")
    return folder


class ModelsTest(DaemonTest):
    """A second model beside the default one, and what is asked about them."""

    def setUp(self):
        super().setUp()
        self.narrow = write_narrow_model(self.folder / "narrow")

    def models(self, daemon):
        return {each["name"]: each for each in seek_json(daemon, "model", "list")["models"]}

    def model_of(self, daemon, name="default"):
        collections = seek_json(daemon, "ls")["collections"]
        return {each["name"]: each["model"] for each in collections}[name]

    def failure(self, daemon, *arguments, code=REFUSED):
        """The error of a command that must fail."""
        done = seek(daemon, *arguments, "--json", check=False)
        self.assertEqual(done.returncode, code, f"{arguments}: {done.stdout} {done.stderr}")
        return json.loads(done.stderr.splitlines()[-1])["error"]
