#include "core/text/wordpiece.h"

#include <algorithm>

namespace seekd {
namespace {

constexpr uint32_t kRoot = 0;
constexpr uint32_t kNoCell = ~0u;

}  // namespace

WordPiece::WordPiece(const std::vector<std::string>& vocabulary, TokenId unknown)
    : unknown_(unknown) {
  SortedTokens tokens;
  tokens.reserve(vocabulary.size());
  for (size_t id = 0; id < vocabulary.size(); ++id) {
    tokens.emplace_back(vocabulary[id], static_cast<TokenId>(id));
  }
  std::sort(tokens.begin(), tokens.end());
  Build(tokens);
  const uint32_t continuation = Walk(kRoot, "##");
  continuation_ = continuation == kNoCell ? kRoot : continuation;
}

void WordPiece::Build(const SortedTokens& tokens) {
  cells_.resize(512);
  cells_[kRoot].parent = kRoot;
  std::vector<Range> open = {{0, tokens.size(), 0, kRoot}};
  while (!open.empty()) {
    const Range range = open.back();
    open.pop_back();
    PlaceChildren(tokens, range, &open);
  }
}

void WordPiece::PlaceChildren(const SortedTokens& tokens, Range range, std::vector<Range>* open) {
  std::vector<uint8_t> bytes;
  std::vector<Range> children;
  for (size_t i = range.begin; i < range.end; ++i) {
    const std::string_view token = tokens[i].first;
    if (token.size() == range.depth) {
      cells_[range.cell].token = tokens[i].second;
      continue;
    }
    const auto byte = static_cast<uint8_t>(token[range.depth]);
    if (bytes.empty() || bytes.back() != byte) {
      bytes.push_back(byte);
      children.push_back({i, i, range.depth + 1, 0});
    }
    children.back().end = i + 1;
  }
  if (children.empty()) return;
  const uint32_t base = FindBase(bytes);
  cells_[range.cell].base = base;
  for (size_t i = 0; i < children.size(); ++i) {
    children[i].cell = base + bytes[i];
    cells_[children[i].cell].parent = range.cell;
    open->push_back(children[i]);
  }
}

bool WordPiece::Fits(uint32_t base, const std::vector<uint8_t>& bytes) const {
  return std::all_of(bytes.begin(), bytes.end(),
                     [&](uint8_t byte) { return cells_[base + byte].parent == kNoCell; });
}

// A base whose cells for all `bytes` (ascending) are free. A stretch found
// nearly full is not searched again (as in the Darts library), which keeps the
// build linear at the price of a few unused cells. The array always reaches 256
// cells behind any base, so that Match needs no bounds check.
uint32_t WordPiece::FindBase(const std::vector<uint8_t>& bytes) {
  uint32_t taken = 0;
  for (uint32_t cell = std::max<uint32_t>(search_from_, bytes[0] + 1u);; ++cell) {
    if (cell + 512 > cells_.size()) cells_.resize(cells_.size() * 2);
    const uint32_t base = cell - bytes[0];
    if (cells_[cell].parent != kNoCell) {
      ++taken;
    } else if (Fits(base, bytes)) {
      if (taken * 20 >= (cell - search_from_ + 1) * 19) search_from_ = cell;
      return base;
    }
  }
}

uint32_t WordPiece::Walk(uint32_t cell, std::string_view bytes) const {
  for (char byte : bytes) {
    const uint32_t next = cells_[cell].base + static_cast<uint8_t>(byte);
    if (cells_[next].parent != cell) return kNoCell;
    cell = next;
  }
  return cell;
}

// Length of the longest token at the start of `bytes`, below `cell`; 0: none.
size_t WordPiece::LongestMatch(uint32_t cell, std::string_view bytes, TokenId* token) const {
  size_t longest = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    const uint32_t next = cells_[cell].base + static_cast<uint8_t>(bytes[i]);
    if (cells_[next].parent != cell) break;
    cell = next;
    if (cells_[cell].token >= 0) {
      longest = i + 1;
      *token = cells_[cell].token;
    }
  }
  return longest;
}

uint32_t WordPiece::Match(std::string_view word, uint32_t characters, TokenId* ids) const {
  uint32_t count = 0;
  size_t length = characters > kMaxWordCharacters ? 0 : LongestMatch(kRoot, word, &ids[0]);
  while (length > 0) {
    ++count;
    word.remove_prefix(length);
    if (word.empty()) return count;
    length = continuation_ == kRoot ? 0 : LongestMatch(continuation_, word, &ids[count]);
  }
  ids[0] = unknown_;
  return 1;
}

}  // namespace seekd
