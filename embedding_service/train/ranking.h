// Scores of all documents for one query: how good their order is, and how two become one. Pure.
#ifndef SEEKD_EMBEDDING_SERVICE_TRAIN_RANKING_H_
#define SEEKD_EMBEDDING_SERVICE_TRAIN_RANKING_H_

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

namespace seekd::train {

// Normalised discounted cumulative gain of the best `cutoff` documents (Järvelin and Kekäläinen
// 2002), gain / log2(1 + rank) against the best order there is. Equal scores rank by number.
double Ndcg(std::span<const float> scores, const std::unordered_map<uint32_t, double>& gains,
            size_t cutoff);

// (score - mean) / deviation over all documents; zeros where all scores are equal.
std::vector<float> ZScores(std::span<const float> scores);

}  // namespace seekd::train

#endif  // SEEKD_EMBEDDING_SERVICE_TRAIN_RANKING_H_
