// Names of resources and list pages, as they stand in requests:
//   collections/{collection}
//   collections/{collection}/documents/{document}   {document} takes the rest
//   collections/{collection}/chunks/{chunk}
//   operations/{operation}
// Errors are FieldErrors that name `field`. Pure.
#ifndef SEEKD_SERVER_RESOURCE_NAMES_H_
#define SEEKD_SERVER_RESOURCE_NAMES_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "core/base/ids.h"

namespace seekd {

struct DocumentName {
  std::string collection;
  std::string document;
};
struct ChunkName {
  std::string collection;
  ChunkId chunk;
};

std::string FormatCollectionName(std::string_view collection);
std::string FormatDocumentName(std::string_view collection, std::string_view document);
std::string FormatChunkName(std::string_view collection, ChunkId chunk);
std::string FormatModelName(std::string_view model);
std::string FormatOperationName(uint64_t operation);

// The bare collection id.
absl::StatusOr<std::string> ParseCollectionName(std::string_view field, std::string_view name);
absl::StatusOr<DocumentName> ParseDocumentName(std::string_view field, std::string_view name);
absl::StatusOr<ChunkName> ParseChunkName(std::string_view field, std::string_view name);
// The bare model id.
absl::StatusOr<std::string> ParseModelName(std::string_view field, std::string_view name);
absl::StatusOr<uint64_t> ParseOperationName(std::string_view field, std::string_view name);

// A page of a list ordered by a key (https://google.aip.dev/158).
struct Page {
  size_t size = 0;    // 1 .. 1000
  std::string after;  // the last key of the page before; "": the first page
};
// page_size 0 means 100, more than 1000 means 1000.
absl::StatusOr<Page> ParsePage(int32_t page_size, std::string_view page_token);
std::string FormatPageToken(std::string_view last_key);

}  // namespace seekd

#endif  // SEEKD_SERVER_RESOURCE_NAMES_H_
