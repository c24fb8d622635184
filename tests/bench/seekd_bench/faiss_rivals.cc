#include "tests/bench/seekd_bench/faiss_rivals.h"

#include <faiss/IndexFlat.h>
#include <faiss/IndexHNSW.h>
#include <faiss/IndexIVF.h>
#include <faiss/IndexIVFFlat.h>
#include <faiss/IndexPQ.h>
#include <faiss/IndexScalarQuantizer.h>
#include <faiss/impl/io.h>
#include <faiss/index_io.h>
#include <omp.h>

#include <cmath>
#include <exception>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/codes/codes.h"

namespace seekd::bench {
namespace {

constexpr int kBuildThreads = 2;
constexpr faiss::MetricType kMetric = faiss::METRIC_INNER_PRODUCT;

class CountingWriter final : public faiss::IOWriter {
 public:
  size_t operator()(const void*, size_t size, size_t count) override {
    bytes_ += size * count;
    return count;
  }
  uint64_t bytes() const { return bytes_; }

 private:
  uint64_t bytes_ = 0;
};

// As a file; FAISS's indexes take about that in memory.
uint64_t SerializedBytes(const faiss::Index& index) {
  CountingWriter writer;
  faiss::write_index(&index, &writer);
  return writer.bytes();
}

absl::Status Fill(const VectorSet& vectors, faiss::Index* index) {
  omp_set_num_threads(kBuildThreads);
  try {
    index->train(vectors.size(), vectors.values.data());
    index->add(vectors.size(), vectors.values.data());
  } catch (const std::exception& error) {
    return absl::InternalError(absl::StrCat("FAISS: ", error.what()));
  }
  omp_set_num_threads(1);
  return absl::OkStatus();
}

std::vector<uint32_t> SearchFaiss(const faiss::Index& index, std::span<const float> query,
                                  uint32_t k) {
  std::vector<float> scores(k);
  std::vector<faiss::Index::idx_t> labels(k);
  index.search(1, query.data(), k, scores.data(), labels.data());
  std::vector<uint32_t> rows;
  for (const auto label : labels) {
    if (label >= 0) rows.push_back(static_cast<uint32_t>(label));
  }
  return rows;
}

class Hnsw final : public Rival {
 public:
  Hnsw(uint32_t dim, uint32_t m, uint32_t ef_construction)
      : index_(static_cast<int>(dim), static_cast<int>(m), kMetric) {
    index_.hnsw.efConstruction = static_cast<int>(ef_construction);
  }
  absl::Status Build(const VectorSet& vectors) {
    const absl::Status status = Fill(vectors, &index_);
    bytes_ = SerializedBytes(index_);
    return status;
  }
  std::string name() const override {
    return absl::StrCat("HNSW (M ", index_.hnsw.nb_neighbors(1), ", efC ",
                        index_.hnsw.efConstruction, "), fp32 vectors in memory");
  }
  uint64_t index_bytes() const override { return bytes_; }
  std::string effort_name() const override { return "efSearch"; }
  uint32_t least_effort() const override { return 4; }
  uint32_t most_effort() const override { return 4096; }
  absl::StatusOr<RivalAnswer> Search(std::span<const float> query, uint32_t k,
                                     uint32_t effort) override {
    index_.hnsw.efSearch = static_cast<int>(effort);
    return RivalAnswer{SearchFaiss(index_, query, k)};
  }

 private:
  faiss::IndexHNSWFlat index_;
  uint64_t bytes_ = 0;
};

// Codes that are scanned from end to end: one recall, one price.
class Scanned final : public Rival {
 public:
  Scanned(std::string name, std::unique_ptr<faiss::Index> index)
      : name_(std::move(name)), index_(std::move(index)), bytes_(SerializedBytes(*index_)) {}
  std::string name() const override { return name_; }
  uint64_t index_bytes() const override { return bytes_; }
  std::string effort_name() const override { return ""; }
  uint32_t least_effort() const override { return 1; }
  uint32_t most_effort() const override { return 1; }
  absl::StatusOr<RivalAnswer> Search(std::span<const float> query, uint32_t k, uint32_t) override {
    return RivalAnswer{SearchFaiss(*index_, query, k)};
  }

 private:
  const std::string name_;
  const std::unique_ptr<faiss::Index> index_;
  const uint64_t bytes_;
};

class FaissLists final : public InvertedLists {
 public:
  explicit FaissLists(uint32_t dim) : quantizer_(dim, kMetric) {}
  absl::Status Build(const VectorSet& vectors) {
    const auto count = static_cast<size_t>(std::sqrt(vectors.size()));
    faiss::IndexIVFFlat index(&quantizer_, vectors.dim, count, kMetric);
    // Without the rows themselves: assignment is all that is needed of FAISS.
    omp_set_num_threads(kBuildThreads);
    try {
      index.train(vectors.size(), vectors.values.data());
      std::vector<faiss::Index::idx_t> labels(vectors.size());
      quantizer_.assign(vectors.size(), vectors.values.data(), labels.data());
      lists_.resize(count);
      for (uint32_t row = 0; row < vectors.size(); ++row) {
        lists_[static_cast<size_t>(labels[row])].push_back(row);
      }
    } catch (const std::exception& error) {
      return absl::InternalError(absl::StrCat("FAISS: ", error.what()));
    }
    omp_set_num_threads(1);
    bytes_ = count * vectors.dim * sizeof(float) + vectors.size() * sizeof(uint32_t);
    return absl::OkStatus();
  }
  uint32_t list_count() const override { return static_cast<uint32_t>(lists_.size()); }
  const std::vector<uint32_t>& list(uint32_t i) const override { return lists_[i]; }
  std::vector<uint32_t> Nearest(std::span<const float> query, uint32_t count) const override {
    return SearchFaiss(quantizer_, query, count);
  }
  uint64_t bytes_without_vectors() const override { return bytes_; }

 private:
  faiss::IndexFlat quantizer_;
  std::vector<std::vector<uint32_t>> lists_;
  uint64_t bytes_ = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Rival>> MakeHnsw(const VectorSet& vectors, uint32_t m,
                                                uint32_t ef_construction) {
  auto hnsw = std::make_unique<Hnsw>(vectors.dim, m, ef_construction);
  if (const absl::Status status = hnsw->Build(vectors); !status.ok()) return status;
  return hnsw;
}

absl::StatusOr<std::unique_ptr<Rival>> MakePq(const VectorSet& vectors, uint32_t bytes) {
  auto index = std::make_unique<faiss::IndexPQ>(vectors.dim, bytes, 8, kMetric);
  // As many rows and iterations as seekd's own codes are trained with.
  index->pq.cp.niter = static_cast<int>(CodeTrainingOptions{}.iterations);
  index->pq.cp.max_points_per_centroid = 20'000 / 256;
  if (const absl::Status status = Fill(vectors, index.get()); !status.ok()) return status;
  return std::make_unique<Scanned>(absl::StrCat("PQ, ", bytes, " bytes, no re-scoring"),
                                   std::move(index));
}

absl::StatusOr<std::unique_ptr<Rival>> MakeScalarQuantizer(const VectorSet& vectors,
                                                           uint32_t bits) {
  auto index = std::make_unique<faiss::IndexScalarQuantizer>(
      vectors.dim, bits == 8 ? faiss::ScalarQuantizer::QT_8bit : faiss::ScalarQuantizer::QT_4bit,
      kMetric);
  if (const absl::Status status = Fill(vectors, index.get()); !status.ok()) return status;
  return std::make_unique<Scanned>(absl::StrCat("stored vectors of ", bits, " bits a dimension"),
                                   std::move(index));
}

absl::StatusOr<std::shared_ptr<const InvertedLists>> InvertedLists::Make(const VectorSet& vectors) {
  auto lists = std::make_shared<FaissLists>(vectors.dim);
  if (const absl::Status status = lists->Build(vectors); !status.ok()) return status;
  return lists;
}

}  // namespace seekd::bench
