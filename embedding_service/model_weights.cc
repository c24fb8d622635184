#include "embedding_service/model_weights.h"

#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/storage/atomic_file.h"
#include "embedding_service/config_reader.h"

namespace seekd {
namespace {

using nlohmann::json;

constexpr char kOneFile[] = "/model.safetensors";
constexpr char kIndexFile[] = "/model.safetensors.index.json";
constexpr uint64_t kMaxIndexBytes = 64 << 20;

using ShardNames = std::map<std::string, std::vector<std::string>>;  // tensors by file name

absl::StatusOr<ShardNames> ParseIndex(std::string_view text, const std::string& path) {
  ABSL_ASSIGN_OR_RETURN(const json root, ParseConfigObject(text, path));
  const json* map = ConfigReader(root, path).Find("weight_map");
  if (map == nullptr || !map->is_object() || map->empty()) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": expected an object \"weight_map\""));
  }
  ShardNames shards;
  for (const auto& [tensor, file] : map->items()) {
    const std::string name = file.is_string() ? file.get<std::string>() : "";
    if (name.empty() || name.find('/') != std::string::npos) {
      return absl::InvalidArgumentError(absl::StrCat(path, ": the file of tensor \"", tensor,
                                                     "\" is ", ShowJson(file),
                                                     ", expected a name in the same folder"));
    }
    shards[name].push_back(tensor);
  }
  return shards;
}

}  // namespace

absl::Status ModelWeights::AddFile(const std::string& path) {
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<const SafetensorsFile> file, SafetensorsFile::Open(path));
  files_.push_back(std::move(file));
  return absl::OkStatus();
}

absl::Status ModelWeights::AddShards(const std::string& dir) {
  ABSL_ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(path_, kMaxIndexBytes));
  ABSL_ASSIGN_OR_RETURN(const ShardNames shards, ParseIndex(text, path_));
  for (const auto& [name, tensors] : shards) {
    ABSL_RETURN_IF_ERROR(AddFile(absl::StrCat(dir, "/", name)));
    for (const std::string& tensor : tensors) {
      const absl::StatusOr<const TensorView*> view = files_.back()->Find(tensor);
      if (!view.ok()) {
        return absl::DataLossError(
            absl::StrCat(path_, " names a tensor that is not there: ", view.status().message()));
      }
      tensors_.emplace(tensor, *view);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<const ModelWeights>> ModelWeights::Open(const std::string& dir) {
  std::error_code ignored;
  const bool sharded = !std::filesystem::exists(dir + kOneFile, ignored) &&
                       std::filesystem::exists(dir + kIndexFile, ignored);
  std::shared_ptr<ModelWeights> weights(new ModelWeights(dir + (sharded ? kIndexFile : kOneFile)));
  if (sharded) {
    ABSL_RETURN_IF_ERROR(weights->AddShards(dir));
    return weights;
  }
  ABSL_RETURN_IF_ERROR(weights->AddFile(weights->path_));
  for (const TensorView& tensor : weights->files_[0]->tensors()) {
    weights->tensors_.emplace(tensor.name, &tensor);
  }
  return weights;
}

absl::StatusOr<std::string> ModelWeights::PrefixOf(std::string_view suffix) const {
  const std::string* found = nullptr;
  for (const auto& [name, view] : tensors_) {
    if (!name.ends_with(suffix)) continue;
    if (found != nullptr) {
      return absl::InvalidArgumentError(absl::StrCat(path_, ": both \"", *found, "\" and \"", name,
                                                     "\" are there, expected one model"));
    }
    found = &name;
  }
  if (found != nullptr) return found->substr(0, found->size() - suffix.size());
  return absl::NotFoundError(absl::StrCat(path_, ": none of ", tensors_.size(),
                                          " tensors is named \"", std::string(suffix), "\""));
}

absl::StatusOr<const TensorView*> ModelWeights::Find(std::string_view name,
                                                     const std::vector<uint64_t>& shape) const {
  const auto it = tensors_.find(name);
  if (it == tensors_.end()) {
    return absl::NotFoundError(absl::StrCat(path_, ": no tensor \"", std::string(name), "\""));
  }
  ABSL_RETURN_IF_ERROR(CheckShape(*it->second, shape, path_));
  return it->second;
}

uint64_t ModelWeights::component_count() const {
  uint64_t count = 0;
  for (const auto& [name, tensor] : tensors_) {
    count += std::accumulate(tensor->shape.begin(), tensor->shape.end(), uint64_t{1},
                             std::multiplies<>());
  }
  return count;
}

std::vector<std::span<const uint8_t>> ModelWeights::file_bytes() const {
  std::vector<std::span<const uint8_t>> bytes;
  for (const auto& file : files_) bytes.push_back(file->file_bytes());
  return bytes;
}

absl::Status ModelWeights::status() const {
  for (const auto& file : files_) ABSL_RETURN_IF_ERROR(file->status());
  return absl::OkStatus();
}

}  // namespace seekd
