// From the bytes of a file to a TextDocument: media type by name and content,
// encoding detected (UTF-8, UTF-16/32 with or without BOM, Windows-1252 as the
// last resort), gzip undone for man pages and plain text, markup turned to text.
// Pure: no file is opened here.
#ifndef SEEKD_CORE_TEXT_DOCUMENT_READER_H_
#define SEEKD_CORE_TEXT_DOCUMENT_READER_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "core/text/text_document.h"

namespace seekd {

struct ReadOptions {
  uint64_t max_unpacked_bytes = 64 << 20;  // of a gzipped file; guards against bombs
};

// `path` gives the name's suffix only. `media_type` overrides detection when
// not empty. Errors: INVALID_ARGUMENT "binary file (NUL at byte 17)",
// RESOURCE_EXHAUSTED (unpacks to more than allowed), DATA_LOSS (broken gzip).
// Invalid UTF-8 never fails: bad bytes become U+FFFD.
absl::StatusOr<TextDocument> ReadDocument(std::string_view path, std::string_view bytes,
                                          std::string_view media_type, const ReadOptions& options);

}  // namespace seekd

#endif  // SEEKD_CORE_TEXT_DOCUMENT_READER_H_
