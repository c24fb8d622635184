"""BERT in NumPy, in doubles, slow and obvious; and its WordPiece tokenizer.

Written from the papers (Devlin et al. 2019; Wu et al. 2016, section 4.1) and the published
definitions of BertModel and BertTokenizer; shares nothing with what it judges, and needs no torch.
"""

import math
import unicodedata

import numpy as np

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
MAX_WORD = 100  # characters of a word that is looked up


def is_control(c):
    return c not in "\t\n\r" and unicodedata.category(c)[0] == "C"


def is_space(c):
    return c in " \t\n\r" or unicodedata.category(c)[0] == "Z"


def is_ideograph(c):
    blocks = [(0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F),
              (0x2B740, 0x2B81F), (0x2B820, 0x2CEAF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F)]
    return any(low <= ord(c) <= high for low, high in blocks)


def is_punctuation(c):
    if ord(c) < 128:
        return 32 < ord(c) < 127 and not c.isalnum()
    return unicodedata.category(c)[0] == "P"


UNCASED = {"lowercase": True, "strip_accents": None, "handle_chinese_chars": True}


def split_words(text, how=UNCASED):
    """`how`: settings of a BertNormalizer; "strip_accents" None is as "lowercase"."""
    text = "".join(" " if is_space(c) else c for c in text
                   if c not in "\0\ufffd" and not is_control(c))
    if how["handle_chinese_chars"]:
        text = "".join(f" {c} " if is_ideograph(c) else c for c in text)
    strip = how["lowercase"] if how["strip_accents"] is None else how["strip_accents"]
    if strip:
        text = "".join(c for c in unicodedata.normalize("NFD", text)
                       if unicodedata.category(c) != "Mn")
    if how["lowercase"]:
        text = "".join(c.lower() for c in text)
    return "".join(f" {c} " if is_punctuation(c) else c for c in text).split()


class WordPiece:
    def __init__(self, vocabulary, how=UNCASED):
        self.ids = {token: i for i, token in enumerate(vocabulary)}
        self.how = how

    def pieces(self, word):
        """Greedily the longest token at each place; a word that cannot be spelled is [UNK]."""
        found, begin = [], 0
        while begin < len(word) <= MAX_WORD:
            end = len(word)
            while end > begin and ("##" if begin else "") + word[begin:end] not in self.ids:
                end -= 1
            if end == begin:
                break
            found.append(self.ids[("##" if begin else "") + word[begin:end]])
            begin = end
        return found if begin == len(word) else [self.ids["[UNK]"]]

    def tokenize(self, text):
        return [i for word in split_words(text, self.how) for i in self.pieces(word)]


def activate(name, x):
    if name == "gelu":
        return x * 0.5 * (1 + np.vectorize(math.erf)(x / math.sqrt(2)))
    if name in ("gelu_new", "gelu_pytorch_tanh"):
        return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
    if name == "quick_gelu":
        return x / (1 + np.exp(-1.702 * x))
    assert name == "relu"
    return np.maximum(x, 0)


class Bert:
    """`config` as in config.json; `weights`: name without prefix -> float64 array."""

    def __init__(self, config, weights):
        self.config = config
        self.weights = weights

    def linear(self, name, x):
        return x @ self.weights[name + ".weight"].T + self.weights[name + ".bias"]

    def norm(self, name, x):
        mean = x.mean(axis=-1, keepdims=True)
        variance = ((x - mean) ** 2).mean(axis=-1, keepdims=True)
        unit = (x - mean) / np.sqrt(variance + self.config["layer_norm_eps"])
        return unit * self.weights[name + ".weight"] + self.weights[name + ".bias"]

    def attention(self, layer, x):
        length, dim = x.shape
        heads = self.config["num_attention_heads"]

        def split(part):
            y = self.linear(f"{layer}.attention.self.{part}", x)
            return y.reshape(length, heads, dim // heads).transpose(1, 0, 2)

        scores = split("query") @ split("key").transpose(0, 2, 1) / math.sqrt(dim // heads)
        shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
        shares /= shares.sum(axis=-1, keepdims=True)
        mixed = (shares @ split("value")).transpose(1, 0, 2).reshape(length, dim)
        return self.linear(f"{layer}.attention.output.dense", mixed)

    def last_hidden_state(self, ids):
        """[len(ids), hidden_size]"""
        w = self.weights
        x = self.norm("embeddings.LayerNorm",
                      w["embeddings.word_embeddings.weight"][ids]
                      + w["embeddings.position_embeddings.weight"][:len(ids)]
                      + w["embeddings.token_type_embeddings.weight"][0])
        for i in range(self.config["num_hidden_layers"]):
            layer = f"encoder.layer.{i}"
            x = self.norm(f"{layer}.attention.output.LayerNorm", x + self.attention(layer, x))
            inner = activate(self.config["hidden_act"], self.linear(f"{layer}.intermediate.dense", x))
            x = self.norm(f"{layer}.output.LayerNorm", x + self.linear(f"{layer}.output.dense", inner))
        return x
