#include "embedding_service/train/vocabulary.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <queue>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/text/bert_words.h"

namespace seekd::train {
namespace {

constexpr const char* kSpecial[] = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};
constexpr std::string_view kContinuation = "##";

std::vector<std::string> Characters(std::string_view word) {
  std::vector<std::string> characters;
  for (size_t pos = 0; pos < word.size();) {
    const size_t begin = pos;
    DecodeUtf8(word, &pos);
    characters.emplace_back(word.substr(begin, pos - begin));
  }
  return characters;
}

// By falling count, then by themselves; at most `most`.
std::vector<std::string> FrequentCharacters(const WordCounts& counts, size_t most) {
  std::map<std::string, uint64_t> by_character;
  for (const auto& [word, count] : counts) {
    for (const std::string& c : Characters(word)) by_character[c] += count;
  }
  std::vector<std::pair<std::string, uint64_t>> sorted(by_character.begin(), by_character.end());
  std::ranges::stable_sort(sorted, std::ranges::greater{},
                           &std::pair<std::string, uint64_t>::second);
  std::vector<std::string> characters;
  for (size_t i = 0; i < std::min(most, sorted.size()); ++i) characters.push_back(sorted[i].first);
  return characters;
}

using TokenNumber = uint32_t;
using TokenPair = std::pair<TokenNumber, TokenNumber>;

struct PairHash {
  size_t operator()(const TokenPair& pair) const {
    return std::hash<uint64_t>()(uint64_t{pair.first} << 32 | pair.second);
  }
};

// All words as tokens, and how often which two stand side by side.
class Merger {
 public:
  explicit Merger(std::vector<std::string> tokens) : tokens_(std::move(tokens)) {
    for (TokenNumber i = 0; i < tokens_.size(); ++i) numbers_.emplace(tokens_[i], i);
  }

  // A word with a character that is no token is left out.
  void AddWord(std::string_view word, uint64_t count) {
    std::vector<TokenNumber> spelled;
    for (const std::string& c : Characters(word)) {
      const std::string token = spelled.empty() ? c : absl::StrCat(std::string(kContinuation), c);
      const auto found = numbers_.find(token);
      if (found == numbers_.end()) return;
      spelled.push_back(found->second);
    }
    const auto number = static_cast<uint32_t>(words_.size());
    words_.push_back({std::move(spelled), count});
    CountPairs(number, 1);
  }

  // Merges the most frequent pair; false where none is frequent enough.
  bool MergeOne(uint64_t min_count) {
    Flush();
    while (!queue_.empty()) {
      const auto [count, pair] = queue_.top();
      queue_.pop();
      const auto found = pairs_.find(pair);
      if (found == pairs_.end() || found->second.count != count) continue;  // out of date
      if (count < min_count) return false;
      Merge(pair);
      return true;
    }
    return false;
  }

  const std::vector<std::string>& tokens() const { return tokens_; }

 private:
  struct Word {
    std::vector<TokenNumber> tokens;
    uint64_t count;
  };
  struct Occurrences {
    uint64_t count = 0;
    std::unordered_set<uint32_t> words;  // that have it, or had it
  };
  struct Candidate {
    uint64_t count;
    TokenPair pair;
    // The most frequent first, then the one whose tokens are older.
    bool operator<(const Candidate& other) const {
      return count != other.count ? count < other.count : pair > other.pair;
    }
  };

  void CountPairs(uint32_t number, int sign) {
    const Word& word = words_[number];
    for (size_t i = 0; i + 1 < word.tokens.size(); ++i) {
      const TokenPair pair{word.tokens[i], word.tokens[i + 1]};
      Occurrences& occurrences = pairs_[pair];
      occurrences.count += sign > 0 ? word.count : -word.count;
      if (sign > 0) occurrences.words.insert(number);
      changed_.insert(pair);
    }
  }

  void Flush() {
    for (const TokenPair& pair : changed_) {
      const auto found = pairs_.find(pair);
      if (found->second.count == 0) {
        pairs_.erase(found);
      } else {
        queue_.push({found->second.count, pair});
      }
    }
    changed_.clear();
  }

  TokenNumber NumberOf(const std::string& token) {
    const auto [at, added] = numbers_.emplace(token, static_cast<TokenNumber>(tokens_.size()));
    if (added) tokens_.push_back(token);
    return at->second;
  }

  void Merge(const TokenPair& pair) {
    const std::string tail = tokens_[pair.second].substr(kContinuation.size());
    const TokenNumber merged = NumberOf(tokens_[pair.first] + tail);
    const std::unordered_set<uint32_t> numbers = pairs_[pair].words;
    for (const uint32_t number : numbers) {
      CountPairs(number, -1);
      std::vector<TokenNumber>& tokens = words_[number].tokens;
      size_t out = 0;
      for (size_t i = 0; i < tokens.size(); ++i) {
        const bool here =
            i + 1 < tokens.size() && tokens[i] == pair.first && tokens[i + 1] == pair.second;
        tokens[out++] = here ? merged : tokens[i];
        if (here) ++i;
      }
      tokens.resize(out);
      CountPairs(number, 1);
    }
  }

  std::vector<std::string> tokens_;
  std::unordered_map<std::string, TokenNumber> numbers_;
  std::vector<Word> words_;
  std::unordered_map<TokenPair, Occurrences, PairHash> pairs_;
  std::set<TokenPair> changed_;
  std::priority_queue<Candidate> queue_;
};

}  // namespace

void CountWords(std::string_view text, WordCounts* counts) {
  BertWordSplitter splitter([&](std::string_view word, uint32_t characters) {
    if (characters > kMaxWordCharacters) return;
    const auto found = counts->find(word);
    if (found != counts->end()) {
      ++found->second;
    } else {
      counts->emplace(word, 1);
    }
  });
  splitter.Split(text);
}

absl::StatusOr<std::vector<std::string>> LearnVocabulary(const WordCounts& counts,
                                                         const VocabularyOptions& options) {
  if (counts.empty()) return absl::InvalidArgumentError("no words to learn from");
  std::vector<std::string> tokens(std::begin(kSpecial), std::end(kSpecial));
  const std::vector<std::string> characters = FrequentCharacters(counts, options.max_characters);
  tokens.insert(tokens.end(), characters.begin(), characters.end());
  for (const std::string& c : characters) {
    tokens.push_back(absl::StrCat(std::string(kContinuation), c));
  }
  if (tokens.size() > options.size) {
    return absl::InvalidArgumentError(absl::StrCat(
        "a vocabulary of ", options.size, " has no room for ", characters.size(), " characters"));
  }
  Merger merger(std::move(tokens));
  for (const auto& [word, count] : counts) merger.AddWord(word, count);
  while (merger.tokens().size() < options.size && merger.MergeOne(options.min_count)) {
  }
  return merger.tokens();
}

std::string TokenizerJson(const std::vector<std::string>& vocabulary) {
  using nlohmann::ordered_json;
  ordered_json added = ordered_json::array(), vocab = ordered_json::object();
  for (size_t id = 0; id < std::size(kSpecial); ++id) {
    added.push_back({{"id", id},
                     {"content", kSpecial[id]},
                     {"single_word", false},
                     {"lstrip", false},
                     {"rstrip", false},
                     {"normalized", false},
                     {"special", true}});
  }
  for (size_t id = 0; id < vocabulary.size(); ++id) {
    vocab.push_back({vocabulary[id], id});  // no look-up, which would take linear time
  }
  const ordered_json json = {
      {"version", "1.0"},
      {"truncation", nullptr},
      {"padding", nullptr},
      {"added_tokens", added},
      {"normalizer",
       {{"type", "BertNormalizer"},
        {"clean_text", true},
        {"handle_chinese_chars", true},
        {"strip_accents", nullptr},
        {"lowercase", true}}},
      {"pre_tokenizer", {{"type", "BertPreTokenizer"}}},
      {"post_processor", nullptr},
      {"decoder", {{"type", "WordPiece"}, {"prefix", "##"}, {"cleanup", true}}},
      {"model",
       {{"type", "WordPiece"},
        {"unk_token", "[UNK]"},
        {"continuing_subword_prefix", "##"},
        {"max_input_chars_per_word", kMaxWordCharacters},
        {"vocab", vocab}}}};
  return json.dump();
}

}  // namespace seekd::train
