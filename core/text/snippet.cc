#include "core/text/snippet.h"

#include <algorithm>
#include <array>

#include "absl/container/flat_hash_map.h"
#include "core/text/bert_words.h"
#include "core/text/utf8.h"

namespace seekd {
namespace {

using Kind = BertCharacters::Kind;

// Sorted.
constexpr std::array<std::string_view, 40> kCommonWords = {
    "a",    "an",  "and",  "are",  "as",   "at",    "be",    "by",   "can",  "do",
    "does", "for", "from", "has",  "have", "how",   "i",     "if",   "in",   "is",
    "it",   "its", "my",   "not",  "of",   "on",    "or",    "that", "the",  "this",
    "to",   "was", "we",   "what", "when", "where", "which", "who",  "with", "you"};

struct Word {
  size_t begin = 0;  // bytes of the chunk
  size_t end = 0;
  std::string folded;
};

// Longer runs are cut, so that a blob without spaces still has word ends.
constexpr size_t kMaxWordBytes = 64;

bool IsIdeograph(char32_t c) { return c >= 0x2E80; }

class WordReader {
 public:
  explicit WordReader(std::string_view text) : text_(text) {}

  std::vector<Word> ReadAll() {
    while (pos_ < text_.size()) ReadCharacter();
    Flush();
    return std::move(words_);
  }

 private:
  void ReadCharacter() {
    const size_t begin = pos_;
    const char32_t c = DecodeUtf8(text_, &pos_);
    const BertCharacters::Entry entry = characters_.Lookup(c);
    switch (entry.kind()) {
      case Kind::kSpace:
        return Flush();
      case Kind::kIsolated:
        Flush();
        if (!IsIdeograph(c)) return;
        Extend(begin, entry);
        return Flush();
      default:
        if (word_.end - word_.begin >= kMaxWordBytes) Flush();
        Extend(begin, entry);
    }
  }

  void Extend(size_t begin, BertCharacters::Entry entry) {
    if (word_.folded.empty()) word_.begin = begin;
    Fold(entry);
    word_.end = pos_;
  }

  void Fold(BertCharacters::Entry entry) {
    if (entry.kind() == Kind::kSequence) {
      const BertCharacters::Entry* sequence = characters_.Sequence(entry.value());
      for (uint32_t i = 1; i <= sequence->packed; ++i) Fold(sequence[i]);
    } else if (entry.kind() == Kind::kLetter || entry.kind() == Kind::kCombining ||
               entry.kind() == Kind::kIsolated) {
      AppendUtf8(entry.value(), &word_.folded);
    }
  }

  void Flush() {
    if (!word_.folded.empty()) words_.push_back(std::move(word_));
    word_ = Word();
  }

  // Words are compared as BERT-uncased reads them, whatever the model's tokenizer does.
  const BertCharacters& characters_ = BertCharacters::Get();
  std::string_view text_;
  size_t pos_ = 0;
  Word word_;
  std::vector<Word> words_;
};

bool IsCommon(const std::string& word) {
  return std::binary_search(kCommonWords.begin(), kCommonWords.end(), word);
}

// Words [first, last) of the chunk.
struct Window {
  size_t first = 0;
  size_t last = 0;
  size_t distinct = 0;     // query words in it
  bool at_border = false;  // begins a line or a sentence
};

bool BeginsLineOrSentence(std::string_view chunk, size_t begin) {
  if (begin == 0 || chunk[begin - 1] == '\n') return true;
  if (begin < 2 || chunk[begin - 1] != ' ') return false;
  return std::string_view(".!?\n").find(chunk[begin - 2]) != std::string_view::npos;
}

bool IsBetter(const Window& a, const Window& b) {
  if (a.distinct != b.distinct) return a.distinct > b.distinct;
  return a.at_border && !b.at_border;
}

// Every window that begins at a word and holds as many words as fit.
class WindowSlider {
 public:
  WindowSlider(std::string_view chunk, const std::vector<Word>& words,
               const absl::flat_hash_set<std::string>& query)
      : chunk_(chunk), words_(words), query_(query) {}

  Window Best() {
    Window best;
    Window window;
    for (; window.first < words_.size(); ++window.first) {
      Grow(&window);
      window.distinct = counts_.size();
      window.at_border = BeginsLineOrSentence(chunk_, words_[window.first].begin);
      if (window.first == 0 || IsBetter(window, best)) best = window;
      if (window.last == words_.size()) break;
      Drop(words_[window.first].folded);
    }
    return best;
  }

 private:
  void Grow(Window* window) {
    const size_t limit = words_[window->first].begin + kSnippetBytes;
    while (window->last < words_.size() &&
           (window->last == window->first || words_[window->last].end <= limit)) {
      const std::string& word = words_[window->last++].folded;
      if (query_.contains(word)) ++counts_[word];
    }
  }

  void Drop(const std::string& word) {
    auto it = counts_.find(word);
    if (it != counts_.end() && --it->second == 0) counts_.erase(it);
  }

  std::string_view chunk_;
  const std::vector<Word>& words_;
  const absl::flat_hash_set<std::string>& query_;
  absl::flat_hash_map<std::string, size_t> counts_;  // query words in the window
};

// Also takes what stands before the first word or behind the last one of the
// chunk, and the punctuation that closes the window's last word.
std::string_view Cut(std::string_view chunk, const std::vector<Word>& words, const Window& window) {
  size_t begin = window.first == 0 ? 0 : words[window.first].begin;
  const size_t limit = window.last == words.size() ? chunk.size() : words[window.last].begin;
  size_t end = words[window.last - 1].end;
  while (end<limit&& static_cast<signed char>(chunk[end])> ' ') ++end;
  // A beginning without words may be long (a ruled line): the words come first.
  if (end - begin > 2 * kSnippetBytes) begin = words[window.first].begin;
  if (end - begin > 2 * kSnippetBytes) end = words[window.last - 1].end;
  while (begin < end && chunk[begin] >= 0 && chunk[begin] <= ' ') ++begin;
  return chunk.substr(begin, end - begin);
}

bool IsAsciiControl(char c) { return (c >= 0 && c < ' ') || c == 0x7F; }

std::string Printable(std::string_view text) {
  std::string result(text);
  std::ranges::replace_if(result, IsAsciiControl, ' ');
  // C1 controls, two bytes in UTF-8: C2 80 .. C2 9F.
  for (size_t i = 0; i + 1 < result.size(); ++i) {
    if (result[i] == '\xC2' && static_cast<unsigned char>(result[i + 1]) < 0xA0) {
      result[i] = result[i + 1] = ' ';
    }
  }
  return result;
}

Snippet WithoutWords(std::string_view chunk) {
  return {
      Printable(chunk.substr(0, FloorToUtf8Border(chunk, std::min(chunk.size(), kSnippetBytes)))),
      {}};
}

}  // namespace

SnippetMaker::SnippetMaker(std::string_view query) {
  absl::flat_hash_set<std::string> common;
  for (Word& word : WordReader(query).ReadAll()) {
    (IsCommon(word.folded) ? common : words_).insert(std::move(word.folded));
  }
  if (words_.empty()) words_ = std::move(common);
}

Snippet SnippetMaker::Make(std::string_view chunk) const {
  const std::vector<Word> words = WordReader(chunk).ReadAll();
  if (words.empty()) return WithoutWords(chunk);
  const Window window = WindowSlider(chunk, words, words_).Best();
  const std::string_view cut = Cut(chunk, words, window);
  const size_t origin = static_cast<size_t>(cut.data() - chunk.data());
  Snippet snippet{Printable(cut), {}};
  for (size_t i = window.first; i < window.last; ++i) {
    if (!words_.contains(words[i].folded)) continue;
    snippet.highlights.push_back({static_cast<uint32_t>(words[i].begin - origin),
                                  static_cast<uint32_t>(words[i].end - origin)});
  }
  return snippet;
}

}  // namespace seekd
