#!/usr/bin/env python3
"""Last hidden states and embeddings of random BERT-shaped models, by NumPy in doubles.

    python3 tests/golden/bert/make_golden.py > tests/golden/bert/rows.jsonl

Written from the paper (Devlin et al. 2019) and the transformers library's BertModel; shares
nothing with the encoder but the way tests/support/bert_fixture.cc draws the weights: the raw
32 bits of MT19937, tensor after tensor. One line a model. Needs python3-numpy; the tests do not.
"""

import json
import math

import numpy as np

COMPONENTS = 16  # of each row that are kept
CLS, SEP = 2, 3
MODELS = [
    # layers, dim, heads, intermediate, activation, pooling, lengths of the inputs
    (2, 32, 4, 64, "gelu", "mean", [22, 1, 7]),
    (3, 256, 4, 1024, "gelu", "mean", [40, 5]),
    (6, 384, 12, 1536, "gelu", "mean", [30, 9]),
    (12, 768, 12, 3072, "gelu", "cls", [12, 3]),
    (2, 64, 2, 128, "gelu_new", "cls", [20, 2]),
    (2, 64, 2, 128, "gelu_pytorch_tanh", "mean", [20, 2]),
    (2, 64, 2, 128, "quick_gelu", "mean", [20, 2]),
    (2, 64, 2, 128, "relu", "cls", [20, 2]),
]
VOCAB, MAX_POSITIONS, SEED = 1000, 64, 1


class Weights:
    def __init__(self):
        self.random = np.random.RandomState(SEED)

    def draw(self, shape, mean, deviation):
        bits = self.random.randint(0, 2**32, size=math.prod(shape), dtype=np.uint32)
        unit = (bits >> 8).astype(np.float32) * np.float32(2.0**-23) - np.float32(1)
        scale = np.float32(deviation) * np.sqrt(np.float32(3))
        return (np.float32(mean) + scale * unit).reshape(shape).astype(np.float64)

    def linear(self, out, into):
        weight = self.draw((out, into), 0, np.float32(1) / np.sqrt(np.float32(into)))
        return weight, self.draw((out,), 0, 0.1)

    def norm(self, size):
        return self.draw((size,), 1, 0.1), self.draw((size,), 0, 0.1)


def make_model(layers, dim, intermediate):
    weights = Weights()
    model = {
        "words": weights.draw((VOCAB, dim), 0, 1),
        "positions": weights.draw((MAX_POSITIONS, dim), 0, 0.3),
        "types": weights.draw((2, dim), 0, 0.3),
        "norm": weights.norm(dim),
        "layers": [],
    }
    for _ in range(layers):
        layer = {name: weights.linear(dim, dim) for name in ("query", "key", "value", "mix")}
        layer["mix_norm"] = weights.norm(dim)
        layer["inner"] = weights.linear(intermediate, dim)
        layer["outer"] = weights.linear(dim, intermediate)
        layer["outer_norm"] = weights.norm(dim)
        model["layers"].append(layer)
    return model


def apply(linear, x):
    return x @ linear[0].T + linear[1]


def normalise(norm, x):
    mean = x.mean(axis=-1, keepdims=True)
    variance = ((x - mean) ** 2).mean(axis=-1, keepdims=True)
    return (x - mean) / np.sqrt(variance + 1e-12) * norm[0] + norm[1]


def activate(name, x):
    if name == "gelu":
        return x * 0.5 * (1 + np.vectorize(math.erf)(x / math.sqrt(2)))
    if name in ("gelu_new", "gelu_pytorch_tanh"):
        return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
    if name == "quick_gelu":
        return x / (1 + np.exp(-1.702 * x))
    return np.maximum(x, 0)


def attend(layer, x, heads):
    length, dim = x.shape

    def split(name):
        return apply(layer[name], x).reshape(length, heads, dim // heads).transpose(1, 0, 2)

    scores = split("query") @ split("key").transpose(0, 2, 1) / math.sqrt(dim // heads)
    exponents = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares = exponents / exponents.sum(axis=-1, keepdims=True)
    return apply(layer["mix"], (shares @ split("value")).transpose(1, 0, 2).reshape(length, dim))


def hidden_state(model, ids, heads, activation):
    x = model["words"][ids] + model["positions"][: len(ids)] + model["types"][0]
    x = normalise(model["norm"], x)
    for layer in model["layers"]:
        x = normalise(layer["mix_norm"], x + attend(layer, x, heads))
        inner = activate(activation, apply(layer["inner"], x))
        x = normalise(layer["outer_norm"], x + apply(layer["outer"], inner))
    return x


def head(row):
    return [round(float(value), 7) for value in row[:COMPONENTS]]


def main():
    for layers, dim, heads, intermediate, activation, pooling, lengths in MODELS:
        model = make_model(layers, dim, intermediate)
        random = np.random.RandomState(7)
        inputs = []
        for length in lengths:
            tokens = [int(t) for t in random.randint(0, VOCAB, size=length)]
            hidden = hidden_state(model, [CLS] + tokens + [SEP], heads, activation)
            pooled = hidden.mean(axis=0) if pooling == "mean" else hidden[0]
            inputs.append({"tokens": tokens, "first": head(hidden[0]), "last": head(hidden[-1]),
                           "row": head(pooled / np.linalg.norm(pooled))})
        print(json.dumps({"layers": layers, "dim": dim, "heads": heads,
                          "intermediate": intermediate, "vocab_size": VOCAB,
                          "max_positions": MAX_POSITIONS, "hidden_act": activation,
                          "pooling": pooling, "inputs": inputs}))


if __name__ == "__main__":
    main()
