// Any bytes under any reader: valid UTF-8 out, headings and marks in order. The first
// byte chooses the kind of file.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <string_view>

#include "core/text/document_reader.h"
#include "core/text/utf8.h"

namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static constexpr std::string_view kPaths[] = {"a.txt", "a.md", "a.html",   "a.rst",
                                                "a.1",   "a.cc", "a.txt.gz", "a"};
  if (size == 0) return 0;
  const std::string_view path = kPaths[data[0] % std::size(kPaths)];
  const std::string_view type = path == "a.1" ? "text/troff" : "";
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto document = seekd::ReadDocument(path, bytes, type, {1 << 20});
  if (!document.ok()) return 0;
  Require(seekd::ValidUtf8Prefix(document->text) == document->text.size());
  uint64_t at = 0;
  for (const seekd::Heading& heading : document->headings) {
    Require(heading.byte_offset >= at && heading.byte_offset < document->text.size());
    at = heading.byte_offset;
  }
  at = 0;
  for (const seekd::LineMark& mark : document->line_marks) {
    Require(mark.byte_offset >= at && mark.byte_offset <= document->text.size());
    at = mark.byte_offset;
  }
  return 0;
}
