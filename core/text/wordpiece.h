// Greedy longest match of a word against a WordPiece vocabulary, as a
// double-array trie over UTF-8 bytes (Aoe 1989): one load per byte, no
// allocation. Immutable; any thread.
#ifndef SEEKD_CORE_TEXT_WORDPIECE_H_
#define SEEKD_CORE_TEXT_WORDPIECE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/text/bert_words.h"
#include "core/text/tokenizer.h"

namespace seekd {

class WordPiece {
 public:
  // `vocabulary[id]` is the token; continuation tokens begin with "##". Equal
  // or empty tokens must have been refused. `unknown` is the id of [UNK].
  WordPiece(const std::vector<std::string>& vocabulary, TokenId unknown);

  // Writes the ids of `word` to `ids` (room for kMaxWordCharacters) and returns
  // their number. A word of more than kMaxWordCharacters characters, or one that the
  // vocabulary cannot spell, is one [UNK].
  uint32_t Match(std::string_view word, uint32_t characters, TokenId* ids) const;

 private:
  struct Cell {
    uint32_t base = 0;      // child of byte b: cell base + b
    uint32_t parent = ~0u;  // ~0u: free
    TokenId token = -1;     // of the bytes so far, or -1
  };
  // A contiguous part of the sorted tokens that share their first `depth` bytes.
  struct Range {
    size_t begin = 0, end = 0, depth = 0;
    uint32_t cell = 0;
  };
  using SortedTokens = std::vector<std::pair<std::string_view, TokenId>>;

  void Build(const SortedTokens& tokens);
  void PlaceChildren(const SortedTokens& tokens, Range range, std::vector<Range>* open);
  bool Fits(uint32_t base, const std::vector<uint8_t>& bytes) const;
  uint32_t FindBase(const std::vector<uint8_t>& bytes);
  uint32_t Walk(uint32_t cell, std::string_view bytes) const;
  size_t LongestMatch(uint32_t cell, std::string_view bytes, TokenId* token) const;

  std::vector<Cell> cells_;
  uint32_t search_from_ = 1;
  uint32_t continuation_ = 0;  // cell of "##"; 0: the vocabulary has none
  TokenId unknown_;
};

}  // namespace seekd

#endif  // SEEKD_CORE_TEXT_WORDPIECE_H_
