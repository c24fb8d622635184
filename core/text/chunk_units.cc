#include "core/text/chunk_units.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "core/text/utf8.h"

namespace seekd {
namespace {

constexpr size_t kShortLineBytes = 120;     // never split further
constexpr size_t kPieceBytes = 96;          // of a long sentence, at least
constexpr size_t kLongestWordBytes = 4096;  // without any place to cut
// Neighbours that weigh no more together are joined: it keeps the planning linear
// and nobody wants a cut there.
constexpr uint32_t kJoinedLines = 16;
constexpr uint32_t kJoinedParagraphs = 8;

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Form feed and vertical tab separate no words for BERT; beside white space they
// are blank.
bool IsBlank(char c) { return IsSpace(c) || c == '\f' || c == '\v'; }

bool IsSentenceEnd(char c) { return c == '.' || c == '!' || c == '?' || c == ':' || c == ';'; }

class UnitSplitter {
 public:
  UnitSplitter(const TextDocument& document, const Tokenizer& tokenizer, uint32_t max_weight)
      : text_(document.text),
        headings_(document.headings),
        tokenizer_(tokenizer),
        max_weight_(max_weight) {}

  std::vector<TextUnit> Split() {
    size_t pos = SkipBlanks(0);
    Border border = Border::kParagraph;
    while (pos < text_.size()) {
      const size_t newline = text_.find('\n', pos);
      const size_t end = newline == std::string_view::npos ? text_.size() : newline;
      const size_t next = SkipBlanks(end);
      const uint8_t level = TakeHeading(pos);
      if (level > 0 && border != Border::kAfterHeading) border = Border::kHeading;
      AddLine(pos, next, {0, 0, border, border == Border::kHeading ? level : uint8_t{0}});
      border = level > 0 ? Border::kAfterHeading : BorderAfter(end, next);
      pos = next;
    }
    if (!units_.empty()) units_.front().begin = 0;
    return std::move(units_);
  }

 private:
  size_t SkipBlanks(size_t pos) const {
    while (pos < text_.size() && IsBlank(text_[pos])) ++pos;
    return pos;
  }

  Border BorderAfter(size_t line_end, size_t next) const {
    const std::string_view gap = text_.substr(line_end, next - line_end);
    if (std::count(gap.begin(), gap.end(), '\n') > 1) return Border::kParagraph;
    size_t last = line_end;
    while (last > 0 && IsBlank(text_[last - 1])) --last;
    return last > 0 && IsSentenceEnd(text_[last - 1]) ? Border::kSentenceLine : Border::kLine;
  }

  // Level of the outermost heading up to `pos` not taken yet; 0: none.
  uint8_t TakeHeading(size_t pos) {
    int level = 0;
    for (; next_heading_ < headings_.size() && headings_[next_heading_].byte_offset <= pos;
         ++next_heading_) {
      const int here = std::clamp(headings_[next_heading_].level, 1, 255);
      level = level == 0 ? here : std::min(level, here);
    }
    return static_cast<uint8_t>(level);
  }

  // A line with the white space behind it. `unit` tells what stands before.
  void AddLine(size_t begin, size_t end, TextUnit unit) {
    while (end - begin > kShortLineBytes) {
      const size_t cut = SentenceEnd(begin, end);
      AddSentence(begin, cut, unit);
      begin = cut;
      unit = {0, 0, Border::kSentence, 0};
    }
    if (begin < end) AddSentence(begin, end, unit);
  }

  // First byte behind the sentence at `begin` and its white space.
  size_t SentenceEnd(size_t begin, size_t end) const {
    for (size_t i = begin; i + 1 < end; ++i) {
      const char c = text_[i];
      if ((c == '.' || c == '!' || c == '?') && IsSpace(text_[i + 1])) {
        return std::min(SkipBlanks(i + 1), end);
      }
      // The ideographic full stop, U+3002, needs no white space.
      if (c == '\xE3' && text_.substr(i, 3) == "\xE3\x80\x82") {
        return std::min(SkipBlanks(i + 3), end);
      }
    }
    return end;
  }

  void AddSentence(size_t begin, size_t end, TextUnit unit) {
    while (end - begin > 2 * kPieceBytes) {
      const auto [cut, border] = PieceEnd(begin, end);
      if (cut >= end) break;
      AddPiece(begin, cut, unit);
      begin = cut;
      unit = {0, 0, border, 0};
    }
    AddPiece(begin, end, unit);
  }

  // The first good place to cut behind kPieceBytes: after white space if there is
  // some near, else wherever words end, else inside an endless word.
  std::pair<size_t, Border> PieceEnd(size_t begin, size_t end) const {
    const size_t from = FloorToUtf8Border(text_, begin + kPieceBytes);
    for (size_t i = from; i < std::min(end, from + kPieceBytes); ++i) {
      if (IsSpace(text_[i])) return {std::min(SkipBlanks(i), end), Border::kWord};
    }
    const size_t far = std::min(end, begin + kLongestWordBytes);
    for (size_t i = from; i < far; ++i) {
      if (IsSpace(text_[i])) return {std::min(SkipBlanks(i), end), Border::kWord};
      if (!IsUtf8Continuation(text_[i]) && WordsEndAt(i)) return {i, Border::kPunctuation};
    }
    return {FloorToUtf8Border(text_, far), Border::kInsideWord};
  }

  bool WordsEndAt(size_t pos) const { return tokenizer_.EndsWord(DecodeUtf8(text_, &pos)); }

  // Only limits far below the defaults ever need the second cut.
  void AddPiece(size_t begin, size_t end, TextUnit unit) {
    uint32_t weight = Weigh(begin, end);
    while (weight > max_weight_) {
      const size_t cut = FloorToUtf8Border(text_, begin + max_weight_);
      AddUnit(begin, Weigh(begin, cut), unit);
      begin = cut;
      unit = {0, 0, Border::kInsideWord, 0};
      weight = Weigh(begin, end);
    }
    AddUnit(begin, weight, unit);
  }

  uint32_t Weigh(size_t begin, size_t end) const {
    while (end > begin && IsBlank(text_[end - 1])) --end;
    const uint32_t tokens = tokenizer_.CountTokens(text_.substr(begin, end - begin));
    if (tokens == 0) return 0;
    return std::max(tokens, static_cast<uint32_t>((end - begin) / kBytesPerToken));
  }

  void AddUnit(size_t begin, uint32_t weight, TextUnit unit) {
    unit.begin = begin;
    unit.weight = weight;
    if (weight == 0) return;  // the unit before reaches to the next one
    if (units_.empty() || !JoinsPrevious(unit)) {
      units_.push_back(unit);
    } else {
      units_.back().weight += weight;
    }
  }

  bool JoinsPrevious(const TextUnit& unit) const {
    if (unit.border == Border::kHeading || unit.border == Border::kInsideWord) return false;
    const uint32_t limit = unit.border == Border::kParagraph ? kJoinedParagraphs : kJoinedLines;
    return units_.back().weight + unit.weight <= std::min(limit, max_weight_);
  }

  std::string_view text_;
  const std::vector<Heading>& headings_;
  const Tokenizer& tokenizer_;
  const uint32_t max_weight_;
  size_t next_heading_ = 0;
  std::vector<TextUnit> units_;
};

}  // namespace

std::vector<TextUnit> SplitIntoUnits(const TextDocument& document, const Tokenizer& tokenizer,
                                     uint32_t max_weight) {
  return UnitSplitter(document, tokenizer, max_weight).Split();
}

}  // namespace seekd
