#include "client/resource_names.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace seekd::client {
namespace {

constexpr std::string_view kCollections = "collections/";
constexpr std::string_view kModels = "models/";
constexpr std::string_view kChunks = "/chunks/";

absl::string_view View(std::string_view s) { return {s.data(), s.size()}; }

}  // namespace

std::string CollectionName(std::string_view collection_id) {
  return absl::StrCat(View(kCollections), View(collection_id));
}

std::string DocumentName(std::string_view collection_id, std::string_view document_id) {
  return absl::StrCat(CollectionName(collection_id), "/documents/", View(document_id));
}

std::string ChunkName(std::string_view collection_id, int64_t chunk_id) {
  return absl::StrCat(CollectionName(collection_id), View(kChunks), chunk_id);
}

std::string CollectionIdOf(std::string_view name) {
  if (!name.starts_with(kCollections)) return std::string(name);
  name.remove_prefix(kCollections.size());
  return std::string(name.substr(0, name.find('/')));
}

std::string ModelName(std::string_view model_id) {
  return absl::StrCat(View(kModels), View(model_id));
}

std::string ModelIdOf(std::string_view name) {
  if (name.starts_with(kModels)) name.remove_prefix(kModels.size());
  return std::string(name);
}

int64_t ChunkIdOf(std::string_view chunk_name) {
  const size_t at = chunk_name.rfind(kChunks);
  int64_t id = 0;
  if (at == std::string_view::npos) return 0;
  return absl::SimpleAtoi(View(chunk_name.substr(at + kChunks.size())), &id) ? id : 0;
}

}  // namespace seekd::client
