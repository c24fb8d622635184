// What a reader makes of a file: UTF-8 text, its title and headings, and the
// way back to the lines of the source. Everything later (chunker, store, hits)
// works on this text; `seek get` returns exactly it.
#ifndef SEEKD_CORE_TEXT_TEXT_DOCUMENT_H_
#define SEEKD_CORE_TEXT_TEXT_DOCUMENT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace seekd {

// Longer titles and headings are cut: they are context, the text keeps all.
inline constexpr size_t kMaxTitleBytes = 1024;

struct Heading {
  uint64_t byte_offset = 0;  // of the heading's first byte in `text`
  int level = 1;             // 1 is the outermost
  std::string title;
};

// Source line of the text from `byte_offset` on; lines count from 1. Between
// two marks each '\n' of the text is one more line of the source.
struct LineMark {
  uint64_t byte_offset = 0;
  uint32_t line = 1;
};

struct TextDocument {
  std::string title;                 // empty when the document states none
  std::string text;                  // valid UTF-8
  std::string media_type;            // "text/markdown", "text/html", ...
  std::vector<Heading> headings;     // ascending byte_offset
  std::vector<LineMark> line_marks;  // ascending; empty: text lines are source lines
};

// One piece of a document. The pieces of a document partition its text: the
// first begins at 0, each begins where the one before ends, the last ends at
// text.size(). No byte is dropped and none stands twice.
struct ChunkSpan {
  uint64_t byte_begin = 0;
  uint64_t byte_end = 0;
  uint32_t line_begin = 1;  // source lines, inclusive
  uint32_t line_end = 1;
  std::string context;  // title and heading path, see EmbeddingInput
};

}  // namespace seekd

#endif  // SEEKD_CORE_TEXT_TEXT_DOCUMENT_H_
