// BM25 (Robertson and Zaragoza 2009) over whole documents: the yardstick beside an encoder, not a
// search engine.
#ifndef SEEKD_EMBEDDING_SERVICE_TRAIN_BM25_H_
#define SEEKD_EMBEDDING_SERVICE_TRAIN_BM25_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace seekd::train {

// Runs of letters, digits and underscores, lower-cased: \w+ where every character beyond ASCII
// is taken for a letter, and is not lower-cased.
std::vector<std::string> LowerCaseWords(std::string_view text);

class Bm25 {
 public:
  explicit Bm25(const std::vector<std::string>& documents, double k1 = 1.2, double b = 0.75);
  // A score for each document; a word counts as often as the query has it.
  std::vector<float> Score(std::string_view query) const;

 private:
  struct Posting {
    uint32_t document;
    float weight;  // saturated frequency times inverse document frequency
  };
  size_t documents_ = 0;
  std::unordered_map<std::string, std::vector<Posting>> postings_;
};

}  // namespace seekd::train

#endif  // SEEKD_EMBEDDING_SERVICE_TRAIN_BM25_H_
