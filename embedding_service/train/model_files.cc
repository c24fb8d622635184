#include "embedding_service/train/model_files.h"

#include <cmath>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "core/base/bytes.h"
#include "core/base/status_macros.h"
#include "core/storage/atomic_file.h"
#include "core/vector/half.h"
#include "embedding_service/safetensors.h"

namespace seekd::train {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMaxTokenizerBytes = 64 << 20;
constexpr size_t kDataAlignment = 8;

absl::Status AppendHalves(const NamedTensor& tensor, std::string* data) {
  for (const float value : tensor.values) {
    const uint16_t half = FloatToHalf(value);
    if (!std::isfinite(HalfToFloat(half))) {
      return absl::OutOfRangeError(
          absl::StrCat("tensor \"", tensor.name, "\" has ", value, ", which fp16 does not"));
    }
    AppendFixed<uint16_t>(half, data);
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status WriteModelFile(const std::string& path, std::string_view content) {
  ABSL_RETURN_IF_ERROR(WriteFileAtomically(path, content));
  std::error_code error;
  fs::permissions(path, fs::perms::group_read | fs::perms::others_read, fs::perm_options::add,
                  error);
  if (error) return absl::UnknownError(absl::StrCat(path, ": ", error.message()));
  return absl::OkStatus();
}

absl::Status WriteHalfWeights(const std::string& dir, const std::vector<NamedTensor>& tensors) {
  nlohmann::ordered_json header = {{"__metadata__", {{"format", "pt"}}}};
  std::string data;
  for (const NamedTensor& tensor : tensors) {
    const size_t begin = data.size();
    ABSL_RETURN_IF_ERROR(AppendHalves(tensor, &data));
    header[tensor.name] = {
        {"dtype", "F16"}, {"shape", tensor.shape}, {"data_offsets", {begin, data.size()}}};
  }
  std::string text = header.dump();
  text.append((kDataAlignment - text.size() % kDataAlignment) % kDataAlignment, ' ');
  std::string file;
  AppendFixed<uint64_t>(text.size(), &file);
  return WriteModelFile(dir + "/model.safetensors", file + text + data);
}

absl::Status CopyTokenizer(const std::string& from, const std::string& to) {
  std::error_code same;
  if (fs::equivalent(from, to, same)) return absl::OkStatus();
  for (const char* name : {"/tokenizer.json", "/vocab.txt", "/tokenizer_config.json"}) {
    const absl::StatusOr<std::string> content = ReadWholeFile(from + name, kMaxTokenizerBytes);
    if (absl::IsNotFound(content.status())) continue;
    ABSL_RETURN_IF_ERROR(content.status());
    ABSL_RETURN_IF_ERROR(WriteModelFile(to + name, *content));
  }
  return absl::OkStatus();
}

absl::StatusOr<NamedTensor> ReadTable(const std::string& dir) {
  ABSL_ASSIGN_OR_RETURN(const auto file, SafetensorsFile::Open(dir + "/model.safetensors"));
  ABSL_ASSIGN_OR_RETURN(const TensorView* view, file->Find("embeddings"));
  const bool half = view->type == TensorType::kF16;
  if (view->shape.size() != 2 || (!half && view->type != TensorType::kF32)) {
    return absl::InvalidArgumentError(absl::StrCat(file->path(), ": \"embeddings\" is ",
                                                   DescribeTensor(*view),
                                                   ", expected a table of F16 or F32"));
  }
  NamedTensor table{view->name, view->shape, {}};
  table.values.resize(view->shape[0] * view->shape[1]);
  for (size_t i = 0; i < table.values.size(); ++i) {
    uint16_t bits = 0;
    if (half) {
      std::memcpy(&bits, view->bytes.data() + 2 * i, sizeof(bits));
      table.values[i] = HalfToFloat(bits);
    } else {
      std::memcpy(&table.values[i], view->bytes.data() + 4 * i, sizeof(float));
    }
  }
  ABSL_RETURN_IF_ERROR(file->status());
  return table;
}

absl::Status WriteStaticModel(const NamedTensor& table, const std::string& tokenizer_dir,
                              const std::string& dir) {
  const nlohmann::ordered_json config = {{"model_type", "model2vec"},
                                         {"architectures", {"StaticModel"}},
                                         {"hidden_dim", table.shape[1]},
                                         {"vocab_size", table.shape[0]},
                                         {"normalize", true},
                                         {"pooling", "mean"},
                                         {"skip_unk", true},
                                         {"lowercase", true},
                                         {"max_length", nullptr}};
  ABSL_RETURN_IF_ERROR(WriteHalfWeights(dir, {table}));
  ABSL_RETURN_IF_ERROR(WriteModelFile(dir + "/config.json", config.dump(1) + "\n"));
  return CopyTokenizer(tokenizer_dir, dir);
}

}  // namespace seekd::train
