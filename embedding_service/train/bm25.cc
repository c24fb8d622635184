#include "embedding_service/train/bm25.h"

#include <cmath>

#include "absl/strings/ascii.h"

namespace seekd::train {

std::vector<std::string> LowerCaseWords(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : text) {
    if (absl::ascii_isalnum(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80) {
      word += absl::ascii_tolower(c);
    } else if (!word.empty()) {
      words.push_back(std::move(word));
      word.clear();
    }
  }
  if (!word.empty()) words.push_back(std::move(word));
  return words;
}

Bm25::Bm25(const std::vector<std::string>& documents, double k1, double b)
    : documents_(documents.size()) {
  std::vector<double> lengths;
  double mean = 0;
  for (uint32_t d = 0; d < documents.size(); ++d) {
    const std::vector<std::string> words = LowerCaseWords(documents[d]);
    for (const std::string& word : words) {
      std::vector<Posting>& list = postings_[word];
      if (list.empty() || list.back().document != d) list.push_back({d, 0});
      list.back().weight += 1;
    }
    lengths.push_back(static_cast<double>(words.size()));
    mean += lengths.back() / static_cast<double>(documents.size());
  }
  for (auto& [word, list] : postings_) {
    const auto n = static_cast<double>(list.size()), all = static_cast<double>(documents_);
    const double rarity = std::log(1 + (all - n + 0.5) / (n + 0.5));
    for (Posting& posting : list) {
      const double tf = posting.weight;
      const double norm = k1 * (1 - b + b * lengths[posting.document] / mean);
      posting.weight = static_cast<float>(rarity * tf * (k1 + 1) / (tf + norm));
    }
  }
}

std::vector<float> Bm25::Score(std::string_view query) const {
  std::vector<float> scores(documents_, 0.0F);
  for (const std::string& word : LowerCaseWords(query)) {
    const auto found = postings_.find(word);
    if (found == postings_.end()) continue;
    for (const Posting& posting : found->second) scores[posting.document] += posting.weight;
  }
  return scores;
}

}  // namespace seekd::train
