// What config.json says of a TorchScript module: its file, what it is called with, and how its
// output becomes rows. See docs/encoders.md for the settings.
#ifndef SEEKD_EMBEDDING_SERVICE_TORCHSCRIPT_SPEC_H_
#define SEEKD_EMBEDDING_SERVICE_TORCHSCRIPT_SPEC_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "embedding_service/sentence_transformers.h"

namespace seekd {

enum class ModuleInput { kInputIds, kAttentionMask, kTokenTypeIds };

struct TorchScriptSpec {
  std::string file = "model.pt";  // of the model folder itself
  // Arguments in order, each int64 [batch, length]; ids and mask among them.
  std::vector<ModuleInput> inputs = {ModuleInput::kInputIds, ModuleInput::kAttentionMask};
  std::string output;  // the entry to take where the module returns a dict
  // Of an output [batch, length, hidden_dim]; none: the module returns [batch, hidden_dim].
  std::optional<Pooling> pooling = Pooling::kMean;
  bool special_tokens = true;  // [CLS] before and [SEP] behind each input
};

// Reads `dir`/config.json. Errors: NOT_FOUND, DATA_LOSS (not JSON), INVALID_ARGUMENT (a setting
// that is not supported: which, what was found, what is supported).
absl::StatusOr<TorchScriptSpec> LoadTorchScriptSpec(const std::string& dir);

// The same from the file's content; `where` names it in errors.
absl::StatusOr<TorchScriptSpec> ParseTorchScriptSpec(std::string_view json,
                                                     const std::string& where);

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_TORCHSCRIPT_SPEC_H_
