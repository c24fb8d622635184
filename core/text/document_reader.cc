#include "core/text/document_reader.h"

#include "absl/strings/match.h"
#include "core/base/status_macros.h"
#include "core/text/gzip.h"
#include "core/text/media_type.h"
#include "core/text/readers/html_reader.h"
#include "core/text/readers/man_reader.h"
#include "core/text/readers/markdown_reader.h"
#include "core/text/readers/plain_reader.h"
#include "core/text/readers/rst_reader.h"
#include "core/text/text_encoding.h"

namespace seekd {
namespace {

bool IsHtml(std::string_view media_type) {
  return media_type == "text/html" || media_type == "application/xhtml+xml";
}

bool IsMan(std::string_view media_type) {
  return media_type == "text/troff" || media_type == "text/x-troff" ||
         media_type == "application/x-troff-man";
}

TextDocument ReadText(std::string text, const std::string& media_type) {
  if (media_type == "text/markdown") return ReadMarkdown(std::move(text));
  if (IsHtml(media_type)) return ReadHtml(text);
  if (media_type == "text/x-rst") return ReadRst(std::move(text));
  if (IsMan(media_type)) return ReadMan(text);
  return ReadPlain(std::move(text), media_type);
}

absl::StatusOr<TextDocument> ReadUnpacked(std::string_view path, std::string_view bytes,
                                          std::string_view media_type) {
  ABSL_ASSIGN_OR_RETURN(std::string text, DecodeText(bytes, DeclaredHtmlCharset(bytes)));
  const std::string type =
      media_type.empty() ? DetectMediaType(path, text) : NormalizeMediaType(media_type);
  return ReadText(std::move(text), type);
}

}  // namespace

absl::StatusOr<TextDocument> ReadDocument(std::string_view path, std::string_view bytes,
                                          std::string_view media_type, const ReadOptions& options) {
  constexpr std::string_view kGzipSuffix = ".gz";
  if (!absl::EndsWithIgnoreCase(absl::string_view(path.data(), path.size()), ".gz")) {
    return ReadUnpacked(path, bytes, media_type);
  }
  ABSL_ASSIGN_OR_RETURN(const std::string unpacked, Gunzip(bytes, options.max_unpacked_bytes));
  path.remove_suffix(kGzipSuffix.size());
  return ReadUnpacked(path, unpacked, media_type);
}

}  // namespace seekd
