#include "embedding_service/train/document_pairs.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "core/text/utf8.h"
#include "embedding_service/train/token_pairs.h"

namespace seekd::train {
namespace {

// White space between words as one blank.
std::string Flat(std::string_view text) {
  std::string flat(text);
  std::ranges::replace_if(flat, absl::ascii_isspace, ' ');
  absl::RemoveExtraAsciiWhitespace(&flat);
  return flat;
}

size_t CountWords(std::string_view flat) {
  return flat.empty() ? 0 : 1 + static_cast<size_t>(std::ranges::count(flat, ' '));
}

// Prose has letters; tables of contents, rules and figures have not.
bool IsProse(std::string_view flat) {
  const auto letters = std::ranges::count_if(
      flat, [](char c) { return absl::ascii_isalpha(c) || static_cast<unsigned char>(c) >= 0x80; });
  return static_cast<size_t>(letters) * 10 >= flat.size() * 6;
}

bool EndsSentence(std::string_view flat, size_t i) {
  return (flat[i] == '.' || flat[i] == '?' || flat[i] == '!') && i + 1 < flat.size() &&
         flat[i + 1] == ' ';
}

// At most `limit` bytes, up to the end of a sentence where the second half has one.
std::string_view CutPassage(std::string_view flat, size_t limit) {
  if (flat.size() <= limit) return flat;
  const std::string_view cut = TruncateUtf8(flat, limit);
  for (size_t i = cut.size(); i-- > cut.size() / 2;) {
    if (EndsSentence(flat, i)) return flat.substr(0, i + 1);
  }
  const size_t blank = cut.rfind(' ');
  return blank == 0 ? cut : cut.substr(0, blank);
}

class PairsBuilder {
 public:
  PairsBuilder(const TextDocument& document, const DocumentPairOptions& options,
               std::mt19937_64* random)
      : document_(document), options_(options), random_(random) {}

  void AddOpening(const std::string& query) {
    // Behind the first heading, which mostly repeats the title.
    const size_t begin = document_.headings.empty() ? 0 : BehindHeading(0);
    Add(query, Passage(begin, document_.text.size()));
  }

  void AddSections() {
    for (const size_t i : Draw(document_.headings.size(), options_.max_sections)) {
      Add(SectionQuery(i), Passage(BehindHeading(i), SectionEnd(i)));
    }
  }

  // A document is cut into passages all the way through.
  void AddSentences() {
    std::vector<std::string> passages;
    for (size_t i = 0; i <= document_.headings.size(); ++i) {
      const size_t begin = i == 0 ? 0 : BehindHeading(i - 1);
      const size_t end = i == 0 ? SectionEnd(SIZE_MAX) : SectionEnd(i - 1);
      AppendPassages(begin, end, &passages);
    }
    for (const size_t i : Draw(passages.size(), options_.max_sentences)) AddSentence(passages[i]);
  }

  std::vector<TextPair> Take() { return std::move(pairs_); }

 private:
  // Of `count` numbers at most `most`, ascending.
  std::vector<size_t> Draw(size_t count, size_t most) {
    std::vector<size_t> all(count);
    for (size_t i = 0; i < count; ++i) all[i] = i;
    Shuffle(random_, &all);
    all.resize(std::min(count, most));
    std::ranges::sort(all);
    return all;
  }

  // "Parameters" and "Chapter 2" say what they are about only with the title.
  std::string SectionQuery(size_t i) const {
    const std::string heading = Flat(document_.headings[i].title);
    if (CountWords(heading) >= kTellingWords || heading == Flat(document_.title)) return heading;
    return absl::StrCat(document_.title, " ", heading);
  }

  size_t BehindHeading(size_t i) const {
    const size_t end = document_.text.find('\n', document_.headings[i].byte_offset);
    return std::min(end, document_.text.size());
  }

  // Where the next heading begins; SIZE_MAX: before the first.
  size_t SectionEnd(size_t i) const {
    const size_t next = i + 1;
    if (next >= document_.headings.size()) return document_.text.size();
    return document_.headings[next].byte_offset;
  }

  std::string Passage(size_t begin, size_t end) const {
    if (begin >= end) return "";
    // White space goes: twice the bytes are enough.
    const std::string_view source = TruncateUtf8(std::string_view(document_.text).substr(begin),
                                                 std::min(end - begin, 2 * options_.passage_bytes));
    return std::string(CutPassage(Flat(source), options_.passage_bytes));
  }

  void AppendPassages(size_t begin, size_t end, std::vector<std::string>* passages) const {
    if (begin >= end) return;
    const std::string flat = Flat(std::string_view(document_.text).substr(begin, end - begin));
    for (std::string_view rest = flat; rest.size() >= options_.min_passage_bytes;) {
      const std::string_view passage = CutPassage(rest, options_.passage_bytes);
      passages->emplace_back(passage);
      rest.remove_prefix(std::min(rest.size(), passage.size() + 1));  // and the blank
    }
  }

  // Any of its sentences, drawn; the rest of the passage answers it.
  void AddSentence(std::string_view passage) {
    std::vector<std::pair<size_t, size_t>> sentences;
    size_t begin = 0;
    for (size_t i = 0; i < passage.size(); ++i) {
      if (!EndsSentence(passage, i) && i + 1 != passage.size()) continue;
      if (i - begin >= kMinSentenceBytes && i - begin <= kMaxSentenceBytes) {
        sentences.emplace_back(begin, i + 1);
      }
      begin = i + 1;
    }
    if (sentences.empty()) return;
    const auto [from, to] = sentences[(*random_)() % sentences.size()];
    Add(passage.substr(from, to - from),
        absl::StrCat(std::string(passage.substr(0, from)), std::string(passage.substr(to))));
  }

  void Add(std::string_view query, std::string_view passage) {
    TextPair pair{Flat(query), Flat(passage)};
    // A description mostly opens the text below it: found again, it would teach nothing.
    const size_t repeated = pair.query.empty() ? std::string::npos : pair.passage.find(pair.query);
    if (repeated != std::string::npos) {
      pair.passage = Flat(pair.passage.erase(repeated, pair.query.size()));
    }
    if (CountWords(pair.query) < options_.min_query_words) return;
    if (pair.passage.size() < options_.min_passage_bytes) return;
    if (!IsProse(pair.query) || !IsProse(pair.passage)) return;
    pairs_.push_back(std::move(pair));
  }

  static constexpr size_t kTellingWords = 3;
  static constexpr size_t kMinSentenceBytes = 40;
  static constexpr size_t kMaxSentenceBytes = 300;

  const TextDocument& document_;
  const DocumentPairOptions& options_;
  std::mt19937_64* const random_;
  std::vector<TextPair> pairs_;
};

}  // namespace

std::string FrontMatterValue(std::string_view source, std::string_view key) {
  if (!source.starts_with("---")) return "";
  const std::string_view front = source.substr(0, source.find("\n---", 3));
  const std::string begin = absl::StrCat("\n", std::string(key), ":");
  const size_t found = front.find(begin);
  if (found == std::string_view::npos) return "";
  std::string_view value = front.substr(found + begin.size());
  value = value.substr(0, value.find('\n'));
  std::string text = Flat(value);
  const bool quoted = text.size() >= 2 && (text[0] == '"' || text[0] == '\'');
  if (quoted && text.back() == text[0]) text = text.substr(1, text.size() - 2);
  return text;
}

std::vector<TextPair> PairsOfDocument(std::string_view source, const TextDocument& document,
                                      const DocumentPairOptions& options, std::mt19937_64* random) {
  PairsBuilder builder(document, options, random);
  builder.AddOpening(document.title);
  builder.AddOpening(FrontMatterValue(source, "description"));
  builder.AddSections();
  builder.AddSentences();
  return builder.Take();
}

}  // namespace seekd::train
