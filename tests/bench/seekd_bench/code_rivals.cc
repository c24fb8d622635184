#include "tests/bench/seekd_bench/code_rivals.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "core/base/status_macros.h"
#include "core/search/candidates.h"
#include "core/vector/distance.h"
#include "tests/bench/seekd_bench/best_rows.h"
#include "tests/bench/seekd_bench/sector_file.h"

namespace seekd::bench {
namespace {

class SignCodes final : public Rival {
 public:
  explicit SignCodes(const VectorSet* vectors)
      : vectors_(vectors), code_bytes_((vectors->dim + 7) / 8), mean_(vectors->dim, 0.0F) {
    const uint32_t rows = vectors->size();
    std::vector<double> sum(vectors->dim, 0.0);
    for (uint32_t row = 0; row < rows; ++row) {
      for (uint32_t i = 0; i < vectors->dim; ++i) sum[i] += vectors->row(row)[i];
    }
    for (uint32_t i = 0; i < vectors->dim; ++i) mean_[i] = static_cast<float>(sum[i] / rows);
    codes_.resize(size_t{rows} * code_bytes_);
    for (uint32_t row = 0; row < rows; ++row) {
      uint8_t* const code = &codes_[size_t{row} * code_bytes_];
      for (uint32_t i = 0; i < vectors->dim; ++i) {
        if (vectors->row(row)[i] > mean_[i]) code[i / 8] |= static_cast<uint8_t>(1U << (i % 8));
      }
    }
  }
  std::string name() const override { return "stored 1-bit codes, best rows recomputed"; }
  uint64_t index_bytes() const override { return codes_.size() + mean_.size() * sizeof(float); }
  std::string effort_name() const override { return "rows"; }
  uint32_t least_effort() const override { return 4; }
  uint32_t most_effort() const override { return 16'384; }

  absl::StatusOr<RivalAnswer> Search(std::span<const float> query, uint32_t k,
                                     uint32_t effort) override {
    const std::vector<std::array<float, 256>> table = Table(query);
    BestRows likely(effort);
    for (uint32_t row = 0; row < vectors_->size(); ++row) {
      const uint8_t* const code = &codes_[size_t{row} * code_bytes_];
      float score = 0;
      for (uint32_t b = 0; b < code_bytes_; ++b) score += table[b][code[b]];
      likely.Offer(score, row);
    }
    RivalAnswer answer;
    BestRows best(k);
    for (const uint32_t row : likely.Take()) {
      best.Offer(InnerProduct(query.data(), vectors_->row(row), vectors_->dim), row);
      ++answer.recomputed;
    }
    answer.rows = best.Take();
    return answer;
  }

 private:
  // The score of every byte at every place: sums of +-query[i].
  std::vector<std::array<float, 256>> Table(std::span<const float> query) const {
    std::vector<std::array<float, 256>> table(code_bytes_);
    for (uint32_t i = 0; i < vectors_->dim; ++i) {
      for (uint32_t byte = 0; byte < 256; ++byte) {
        table[i / 8][byte] += ((byte >> (i % 8)) & 1U) != 0 ? query[i] : -query[i];
      }
    }
    return table;
  }

  const VectorSet* const vectors_;
  const uint32_t code_bytes_;
  std::vector<float> mean_;
  std::vector<uint8_t> codes_;
};

class DiskGraph final : public Rival {
 public:
  DiskGraph(const VectorSet* vectors, std::shared_ptr<const Generation> generation)
      : vectors_(vectors), generation_(std::move(generation)) {}
  absl::Status Write(const std::string& path) {
    const uint32_t nodes = vectors_->size();
    uint32_t longest = 0;
    std::vector<NodeId> neighbors;
    for (uint32_t node = 0; node < nodes; ++node) {
      generation_->graph().Neighbors(NodeId{node}, &neighbors);
      longest = std::max(longest, static_cast<uint32_t>(neighbors.size()));
    }
    // A vector, a count and room for the longest list.
    const uint64_t node_bytes = (uint64_t{vectors_->dim} + 1 + longest) * sizeof(float);
    per_sector_ =
        static_cast<uint32_t>(std::max<uint64_t>(1, SectorFile::kSectorBytes / node_bytes));
    sectors_per_ = (node_bytes + SectorFile::kSectorBytes - 1) / SectorFile::kSectorBytes;
    node_floats_ = vectors_->dim + 1 + longest;
    SectorFile::Writer writer(path);
    for (uint32_t first = 0; first < nodes; first += per_sector_) {
      std::vector<float> sector(size_t{per_sector_} * node_floats_);
      for (uint32_t node = first; node < std::min(nodes, first + per_sector_); ++node) {
        // The links' places stay empty: they are read with the vector either way.
        std::copy_n(vectors_->row(node), vectors_->dim,
                    sector.begin() + (node - first) * node_floats_);
      }
      writer.Append(sector);
    }
    ABSL_ASSIGN_OR_RETURN(file_, writer.Finish());
    return absl::OkStatus();
  }
  std::string name() const override { return "codes in memory, vectors and links on disk"; }
  uint64_t index_bytes() const override {
    return file_->bytes() + generation_->codes().file_bytes();
  }
  std::string effort_name() const override { return "beam"; }
  uint32_t least_effort() const override { return 8; }
  uint32_t most_effort() const override { return 4096; }

  absl::StatusOr<RivalAnswer> Search(std::span<const float> query, uint32_t k,
                                     uint32_t effort) override {
    CodeScorer scorer(&generation_->codes(), query);
    uint64_t expanded = 0;
    RivalAnswer answer;
    BestRows best(k);
    for (const ScoredNode& node : GatherByBeam(generation_->graph(), effort, &scorer, &expanded)) {
      const uint32_t row = node.node.value;
      ABSL_ASSIGN_OR_RETURN(const float* sector,
                            file_->Read(row / per_sector_ * sectors_per_, sectors_per_));
      const float* const values = sector + size_t{row % per_sector_} * node_floats_;
      best.Offer(InnerProduct(query.data(), values, vectors_->dim), row);
      ++answer.disk_reads;
      answer.disk_bytes += sectors_per_ * SectorFile::kSectorBytes;
    }
    answer.rows = best.Take();
    return answer;
  }

 private:
  const VectorSet* const vectors_;
  const std::shared_ptr<const Generation> generation_;
  std::unique_ptr<SectorFile> file_;
  uint32_t per_sector_ = 1;
  uint64_t sectors_per_ = 1;
  uint32_t node_floats_ = 0;
};

}  // namespace

std::unique_ptr<Rival> MakeSignCodes(const VectorSet* vectors) {
  return std::make_unique<SignCodes>(vectors);
}

absl::StatusOr<std::unique_ptr<Rival>> MakeDiskGraph(const VectorSet* vectors,
                                                     std::shared_ptr<const Generation> generation,
                                                     const std::string& path) {
  auto graph = std::make_unique<DiskGraph>(vectors, std::move(generation));
  ABSL_RETURN_IF_ERROR(graph->Write(path));
  return graph;
}

}  // namespace seekd::bench
