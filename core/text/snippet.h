// The part of a chunk to show for a query: the window of about 200 bytes that
// holds most of the query's words, and where they stand in it. For display
// only: search itself matches meaning, not words.
//
// Words are runs of letters and digits, compared without case and accents;
// every CJK ideograph is a word of its own. Very common English words count
// only when the query has no others.
// Immutable once made; any thread.
#ifndef SEEKD_CORE_TEXT_SNIPPET_H_
#define SEEKD_CORE_TEXT_SNIPPET_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_set.h"

namespace seekd {

inline constexpr size_t kSnippetBytes = 200;

struct SnippetRange {
  uint32_t begin = 0;
  uint32_t end = 0;
  bool operator==(const SnippetRange&) const = default;
};

struct Snippet {
  // Cut at word ends, at most kSnippetBytes + one word; control characters
  // (line ends, terminal escapes) read as spaces, byte for byte.
  std::string text;
  std::vector<SnippetRange> highlights;  // ascending, disjoint, of `text`
};

class SnippetMaker {
 public:
  // Without words (e.g. a "like this" query) the beginning of the chunk is shown.
  explicit SnippetMaker(std::string_view query);

  // `chunk` is valid UTF-8.
  Snippet Make(std::string_view chunk) const;

 private:
  absl::flat_hash_set<std::string> words_;
};

}  // namespace seekd

#endif  // SEEKD_CORE_TEXT_SNIPPET_H_
