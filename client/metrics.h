// Retrieval quality and cost figures: pure functions over ranked lists.
#ifndef SEEKD_CLIENT_METRICS_H_
#define SEEKD_CLIENT_METRICS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace seekd::client {

// Document id -> gain of one query; a document is relevant when its gain is > 0.
using Judgements = std::map<std::string, double>;

// Discounted cumulative gain of the first `depth` documents over that of the
// best possible order: sum of gain / log2(rank + 1), ranks from 1 (Järvelin and
// Kekäläinen 2002, gain as given). 0 when nothing is relevant.
double NormalizedDcg(std::span<const std::string> ranked, const Judgements& judged, size_t depth);

// Share of the relevant documents among the first `depth`. 0 when nothing is relevant.
double RecallAt(std::span<const std::string> ranked, const Judgements& judged, size_t depth);

// Whether the first document is relevant.
bool HitAtOne(std::span<const std::string> ranked, const Judgements& judged);

bool HasRelevant(const Judgements& judged);

struct RankedChunk {
  int64_t id;
  float score;
};

// Share of the true top k that was found. A returned chunk is right when it is one of
// them, or scores at least the k-th true score - 1e-6: ties are no misses. `truth`
// holds at most k chunks. 1 when it is empty.
double ChunkRecall(std::span<const RankedChunk> returned, std::span<const RankedChunk> truth);

double Mean(std::span<const double> values);

// Nearest rank: the smallest value that at least `percent` of the values do not
// exceed. 0 for no values. REQUIRES: 0 < percent <= 100.
double Percentile(std::vector<double> values, double percent);

}  // namespace seekd::client

#endif  // SEEKD_CLIENT_METRICS_H_
