#include "tests/bench/seekd_bench/ivf_rivals.h"

#include <cstdint>
#include <utility>
#include <vector>

#include "core/base/status_macros.h"
#include "core/vector/distance.h"
#include "tests/bench/seekd_bench/best_rows.h"
#include "tests/bench/seekd_bench/sector_file.h"

namespace seekd::bench {
namespace {

class Ivf : public Rival {
 public:
  Ivf(const VectorSet* vectors, std::shared_ptr<const InvertedLists> lists)
      : vectors_(vectors), lists_(std::move(lists)) {}
  std::string effort_name() const override { return "lists probed"; }
  uint32_t least_effort() const override { return 1; }
  uint32_t most_effort() const override { return lists_->list_count(); }
  absl::StatusOr<RivalAnswer> Search(std::span<const float> query, uint32_t k,
                                     uint32_t effort) override {
    RivalAnswer answer;
    BestRows best(k);
    for (const uint32_t list : lists_->Nearest(query, effort)) {
      ABSL_RETURN_IF_ERROR(Visit(list, query, &best, &answer));
    }
    answer.rows = best.Take();
    return answer;
  }

 protected:
  virtual absl::Status Visit(uint32_t list, std::span<const float> query, BestRows* best,
                             RivalAnswer* answer) = 0;
  void VisitInMemory(uint32_t list, std::span<const float> query, BestRows* best) const {
    for (const uint32_t row : lists_->list(list)) {
      best->Offer(InnerProduct(query.data(), vectors_->row(row), vectors_->dim), row);
    }
  }
  uint64_t vector_bytes() const { return vectors_->values.size() * sizeof(float); }

  const VectorSet* const vectors_;
  const std::shared_ptr<const InvertedLists> lists_;
};

class IvfInMemory final : public Ivf {
 public:
  using Ivf::Ivf;
  std::string name() const override { return "IVF, fp32 vectors in memory"; }
  uint64_t index_bytes() const override { return lists_->bytes_without_vectors() + vector_bytes(); }

 private:
  absl::Status Visit(uint32_t list, std::span<const float> query, BestRows* best,
                     RivalAnswer*) override {
    VisitInMemory(list, query, best);
    return absl::OkStatus();
  }
};

class IvfRecompute final : public Ivf {
 public:
  using Ivf::Ivf;
  std::string name() const override { return "IVF, rows recomputed"; }
  uint64_t index_bytes() const override { return lists_->bytes_without_vectors(); }

 private:
  absl::Status Visit(uint32_t list, std::span<const float> query, BestRows* best,
                     RivalAnswer* answer) override {
    VisitInMemory(list, query, best);
    answer->recomputed += lists_->list(list).size();
    return absl::OkStatus();
  }
};

class IvfOnDisk final : public Ivf {
 public:
  using Ivf::Ivf;
  absl::Status Write(const std::string& path) {
    SectorFile::Writer writer(path);
    for (uint32_t list = 0; list < lists_->list_count(); ++list) {
      std::vector<float> values;
      for (const uint32_t row : lists_->list(list)) {
        values.insert(values.end(), vectors_->row(row), vectors_->row(row) + vectors_->dim);
      }
      first_sector_.push_back(writer.Append(values));
    }
    ABSL_ASSIGN_OR_RETURN(file_, writer.Finish());
    first_sector_.push_back(file_->bytes() / SectorFile::kSectorBytes);
    return absl::OkStatus();
  }
  std::string name() const override {
    return file_->direct() ? "IVF, fp32 vectors on disk" : "IVF, fp32 vectors on disk (cached)";
  }
  uint64_t index_bytes() const override { return lists_->bytes_without_vectors() + file_->bytes(); }

 private:
  absl::Status Visit(uint32_t list, std::span<const float> query, BestRows* best,
                     RivalAnswer* answer) override {
    const uint64_t sectors = first_sector_[list + 1] - first_sector_[list];
    if (sectors == 0) return absl::OkStatus();
    ABSL_ASSIGN_OR_RETURN(const float* row_values, file_->Read(first_sector_[list], sectors));
    ++answer->disk_reads;
    answer->disk_bytes += sectors * SectorFile::kSectorBytes;
    for (const uint32_t row : lists_->list(list)) {
      best->Offer(InnerProduct(query.data(), row_values, vectors_->dim), row);
      row_values += vectors_->dim;
    }
    return absl::OkStatus();
  }

  std::unique_ptr<SectorFile> file_;
  std::vector<uint64_t> first_sector_;  // of each list, and the end
};

}  // namespace

std::unique_ptr<Rival> MakeIvfInMemory(const VectorSet* vectors,
                                       std::shared_ptr<const InvertedLists> lists) {
  return std::make_unique<IvfInMemory>(vectors, std::move(lists));
}

absl::StatusOr<std::unique_ptr<Rival>> MakeIvfOnDisk(const VectorSet* vectors,
                                                     std::shared_ptr<const InvertedLists> lists,
                                                     const std::string& path) {
  auto ivf = std::make_unique<IvfOnDisk>(vectors, std::move(lists));
  ABSL_RETURN_IF_ERROR(ivf->Write(path));
  return ivf;
}

std::unique_ptr<Rival> MakeIvfRecompute(const VectorSet* vectors,
                                        std::shared_ptr<const InvertedLists> lists) {
  return std::make_unique<IvfRecompute>(vectors, std::move(lists));
}

}  // namespace seekd::bench
