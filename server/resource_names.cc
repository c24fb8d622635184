#include "server/resource_names.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/collection/engine.h"
#include "core/text/utf8.h"
#include "embedding_service/model_files.h"
#include "server/errors.h"

namespace seekd {
namespace {

constexpr size_t kDefaultPageSize = 100;
constexpr size_t kMaxPageSize = 1000;
// A token is this and the last key, so that foreign text is told from a token.
constexpr std::string_view kTokenPrefix = "seekd1:";

absl::string_view ToAbsl(std::string_view s) { return {s.data(), s.size()}; }

absl::Status Malformed(std::string_view field, const char* expected, std::string_view name) {
  return FieldError(field, absl::StrCat("expected \"", expected, "\", found \"",
                                        RepairUtf8(name.substr(0, 100)), "\""));
}

bool TakePrefix(std::string_view prefix, std::string_view* rest) {
  if (!rest->starts_with(prefix)) return false;
  rest->remove_prefix(prefix.size());
  return true;
}

struct Split {
  std::string_view collection;
  std::string_view rest;
};

// "collections/{collection}<middle>{rest}"; nullopt-like empty collection otherwise.
Split SplitName(std::string_view name, std::string_view middle) {
  if (!TakePrefix("collections/", &name)) return {};
  const size_t slash = name.find('/');
  if (slash == std::string_view::npos) return {};
  std::string_view rest = name.substr(slash);
  if (!TakePrefix(middle, &rest)) return {};
  return {name.substr(0, slash), rest};
}

absl::StatusOr<std::string> CheckCollection(std::string_view field, std::string_view collection) {
  const absl::Status valid = ValidateCollectionName(std::string(collection));
  if (!valid.ok()) return AsFieldError(field, valid);
  return std::string(collection);
}

}  // namespace

std::string FormatCollectionName(std::string_view collection) {
  return absl::StrCat("collections/", ToAbsl(collection));
}
std::string FormatDocumentName(std::string_view collection, std::string_view document) {
  return absl::StrCat("collections/", ToAbsl(collection), "/documents/", ToAbsl(document));
}
std::string FormatChunkName(std::string_view collection, ChunkId chunk) {
  return absl::StrCat("collections/", ToAbsl(collection), "/chunks/", chunk.value);
}
std::string FormatModelName(std::string_view model) {
  return absl::StrCat("models/", ToAbsl(model));
}
std::string FormatOperationName(uint64_t operation) {
  return absl::StrCat("operations/", operation);
}

absl::StatusOr<std::string> ParseCollectionName(std::string_view field, std::string_view name) {
  std::string_view id = name;
  if (!TakePrefix("collections/", &id)) return Malformed(field, "collections/{collection}", name);
  return CheckCollection(field, id);
}

absl::StatusOr<std::string> ParseModelName(std::string_view field, std::string_view name) {
  std::string_view id = name;
  if (!TakePrefix("models/", &id)) return Malformed(field, "models/{model}", name);
  const absl::Status valid = ValidateModelId(std::string(id));
  if (!valid.ok()) return AsFieldError(field, valid);
  return std::string(id);
}

absl::StatusOr<DocumentName> ParseDocumentName(std::string_view field, std::string_view name) {
  const Split split = SplitName(name, "/documents/");
  if (split.collection.empty() || split.rest.empty()) {
    return Malformed(field, "collections/{collection}/documents/{document}", name);
  }
  ABSL_ASSIGN_OR_RETURN(std::string collection, CheckCollection(field, split.collection));
  return DocumentName{std::move(collection), std::string(split.rest)};
}

absl::StatusOr<ChunkName> ParseChunkName(std::string_view field, std::string_view name) {
  const Split split = SplitName(name, "/chunks/");
  uint64_t chunk = 0;
  if (split.collection.empty() || !absl::SimpleAtoi(ToAbsl(split.rest), &chunk)) {
    return Malformed(field, "collections/{collection}/chunks/{chunk}", name);
  }
  ABSL_ASSIGN_OR_RETURN(std::string collection, CheckCollection(field, split.collection));
  return ChunkName{std::move(collection), ChunkId(chunk)};
}

absl::StatusOr<uint64_t> ParseOperationName(std::string_view field, std::string_view name) {
  std::string_view id = name;
  uint64_t operation = 0;
  if (!TakePrefix("operations/", &id) || !absl::SimpleAtoi(ToAbsl(id), &operation)) {
    return Malformed(field, "operations/{operation}", name);
  }
  return operation;
}

absl::StatusOr<Page> ParsePage(int32_t page_size, std::string_view page_token) {
  if (page_size < 0) {
    return FieldError("page_size", absl::StrCat("expected 0 or more, found ", page_size));
  }
  Page page;
  page.size = page_size == 0 ? kDefaultPageSize
                             : std::min<size_t>(static_cast<size_t>(page_size), kMaxPageSize);
  if (page_token.empty()) return page;
  std::string decoded;
  if (!absl::WebSafeBase64Unescape(ToAbsl(page_token), &decoded) ||
      !std::string_view(decoded).starts_with(kTokenPrefix)) {
    return FieldError("page_token", "expected a next_page_token of an earlier response");
  }
  page.after = decoded.substr(kTokenPrefix.size());
  return page;
}

std::string FormatPageToken(std::string_view last_key) {
  return absl::WebSafeBase64Escape(absl::StrCat(ToAbsl(kTokenPrefix), ToAbsl(last_key)));
}

}  // namespace seekd
