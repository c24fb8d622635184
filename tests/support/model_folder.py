"""Writes the files of a model folder: safetensors by its format's page, and the index of shards."""

import json
import struct


def write_safetensors(path, tensors):
    """`tensors`: name -> (type such as "F32", shape, little-endian bytes)."""
    header, data = {}, []
    end = 0
    for name, (kind, shape, values) in tensors.items():
        header[name] = {"dtype": kind, "shape": list(shape),
                        "data_offsets": [end, end + len(values)]}
        data.append(values)
        end += len(values)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(data))


def write_sharded(folder, tensors):
    """Two files and model.safetensors.index.json."""
    names = sorted(tensors)
    half = len(names) // 2
    index = {}
    for number, part in enumerate((names[:half], names[half:]), 1):
        file = f"model-{number:05}-of-00002.safetensors"
        write_safetensors(folder / file, {name: tensors[name] for name in part})
        index.update(dict.fromkeys(part, file))
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": index}))
