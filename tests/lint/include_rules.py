"""Who may include what. The one table behind the architecture's invariants."""

# Our own folders: folder -> folders whose headers it may include (its own always).
# Longest matching folder wins.
BASE = {"core/base"}
LEAVES = BASE | {"core/vector", "core/storage"}
FORMATS = LEAVES | {"core/text", "core/graph", "core/codes"}
STORE = FORMATS | {"core/store"}
SEARCH = STORE | {"core/search"}
INDEX = SEARCH | {"core/index"}
CORE = INDEX | {"core/collection"}

MAY_INCLUDE = {
    "core/base": set(),
    "core/vector": BASE,
    "core/storage": BASE,
    "core/text": LEAVES,
    "core/graph": LEAVES,
    "core/codes": LEAVES,
    "core/store": FORMATS,
    "core/search": STORE,
    "core/index": SEARCH,
    "core/collection": INDEX,
    "embedding_service": CORE | {"embedding_service/remote", "embedding_service/hub"},
    "embedding_service/hub": BASE | {"core/storage", "core/text", "embedding_service"},
    "embedding_service/remote": CORE | {"embedding_service", "proto"},
    "server": CORE | {"embedding_service", "embedding_service/hub", "proto"},
    "client": BASE | {"proto"},
    "tests": CORE | {"embedding_service", "embedding_service/hub", "embedding_service/remote", "server",
                     "client", "proto"},
}

# The only files of the daemon that see a torch header: 15 s of compilation each.
TORCH_FILES = {
    "embedding_service/bert_model.cc",
    "embedding_service/bert_parts.cc",
    "embedding_service/bert_parts.h",
    "embedding_service/device_bert.cc",
    "embedding_service/static_encoder.cc",
    "embedding_service/torchscript_encoder.cc",
}
# What tests compare with, or feed it.
TEST_TORCH_FILES = {"tests/bench/padded_bert.cc", "tests/support/torchscript_module.cc"}

# Those of seekd-train, which need gradients too.
TRAINING_TORCH_FILES = {f"embedding_service/train/{name}" for name in (
    "bert_module.cc", "bert_module.h", "contrastive_loss.cc", "contrastive_loss.h",
    "device_tensor.h", "hard_negatives.cc", "table_module.cc", "table_module.h",
    "train_contrastive.cc", "train_table.cc", "trainable_encoder.h")}

GRPC_FOLDERS = {
    "embedding_service/remote", "server", "client",
    "tests/embedding_service/remote", "tests/server", "tests/client",
}

# Third-party libraries: first component of the included path -> folders (or
# files) that may include it. A library that is not here may not be included;
# docs/dependencies.md says why each one is.
ANYWHERE = {"core", "embedding_service", "server", "client", "tests"}
THIRD_PARTY = {
    "absl": ANYWHERE,
    "nlohmann": ANYWHERE,
    "torch": TRAINING_TORCH_FILES | {"embedding_service/device_bert.cc",
                                     "embedding_service/torchscript_encoder.cc",
                                     "tests/support/torchscript_module.cc"},
    "ATen": TORCH_FILES | TEST_TORCH_FILES | TRAINING_TORCH_FILES,
    "c10": TORCH_FILES | TEST_TORCH_FILES,
    "rocksdb": {"core/store", "tests/core/store"},
    "grpc": GRPC_FOLDERS,
    "grpcpp": GRPC_FOLDERS,
    "google": {"server", "client", "tests/server", "tests/client"},
    "spdlog": {"server", "tests/server"},
    "asio": {"core/search", "core/collection", "embedding_service", "server", "tests"},
    "asio.hpp": {"core/search", "core/collection", "embedding_service", "server", "tests"},
    "faiss": {"core/codes", "tests/bench", "tests/core/codes"},
    "omp.h": {"core/codes", "embedding_service/bert_model.cc", "tests/bench"},
    "cblas.h": {"core/codes"},
    "openssl": {"core/base"},
    "utf8proc.h": {"core/text", "tests/core/text", "embedding_service/fingerprint.cc"},
    "zlib.h": {"core/text", "tests/core/text", "tests/fuzz"},
    "curl": {"embedding_service/hub"},
    "CLI": {"server", "client", "embedding_service/train", "tests/bench"},
    "catch2": {"tests/support"},
    "benchmark": {"tests/bench"},
}

# Folders of system headers, e.g. <sys/mman.h>; headers without a folder are the
# C++ and C libraries unless the table above names them.
SYSTEM_FOLDERS = {"sys", "arpa", "asm", "linux", "mach", "net", "netinet", "mach-o"}


def _longest_folder(path, folders):
    best = ""
    for folder in folders:
        if (path == folder or path.startswith(folder + "/")) and len(folder) > len(best):
            best = folder
    return best


def check_own(path, included):
    """Error text when `path` may not include our header `included`, else ''."""
    folder = _longest_folder(path, MAY_INCLUDE)
    target = _longest_folder(included, set(MAY_INCLUDE) | {"proto"})
    if not target:
        return f'"{included}" is in no known folder'
    if not folder:
        return f"{path} is in no known folder"
    if target == folder or target in MAY_INCLUDE[folder]:
        return ""
    return f'{folder} may not include {target} ("{included}")'


def check_third_party(path, included):
    """Error text when `path` may not include <included>, else ''."""
    head = included.split("/")[0]
    if head in THIRD_PARTY:
        if _longest_folder(path, THIRD_PARTY[head]):
            return ""
        return f"<{included}> may only be included in {', '.join(sorted(THIRD_PARTY[head]))}"
    if "/" in included and head not in SYSTEM_FOLDERS:
        return f"<{included}> belongs to a library that tests/lint/include_rules.py does not list"
    return ""
