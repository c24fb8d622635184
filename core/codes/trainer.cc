// The only file that includes FAISS.
#include <faiss/Clustering.h>

#if __has_include(<omp.h>)
#include <omp.h>
#endif

#include <algorithm>
#include <cstring>
#include <exception>
#include <iterator>
#include <mutex>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/base/parallel_for.h"
#include "core/base/status_macros.h"
#include "core/codes/codes.h"
#include "core/codes/codes_format.h"
#include "core/codes/subspace_quantizer.h"
#include "core/vector/distance.h"

namespace seekd {
namespace {

// Subspaces are trained in parallel on our threads; FAISS's own threads within
// each would only get in each other's way.
class SingleThreadedOpenMp {
 public:
#if __has_include(<omp.h>)
  SingleThreadedOpenMp() : threads_(omp_get_max_threads()) { omp_set_num_threads(1); }
  ~SingleThreadedOpenMp() { omp_set_num_threads(threads_); }

 private:
  int threads_;
#else
  SingleThreadedOpenMp() {}
#endif
};

// Assigns points to centroids for faiss::Clustering with the kernel that encodes:
// several times as fast as a flat index in so few dimensions, and without BLAS,
// whose threads fight OpenMP's.
class AssignmentIndex : public faiss::Index {
 public:
  explicit AssignmentIndex(uint32_t dims) : faiss::Index(dims, faiss::METRIC_L2) {}

  void add(int64_t n, const float* x) override {
    centroids_.insert(centroids_.end(), x, x + n * d);
    ntotal += n;
  }
  void reset() override {
    centroids_.clear();
    ntotal = 0;
  }
  // REQUIRES: k == 1.
  void search(int64_t n, const float* x, int64_t, float* distances, int64_t* labels,
              const faiss::SearchParameters*) const override {
    const SubspaceQuantizer quantizer(centroids_.data(), static_cast<uint32_t>(d),
                                      static_cast<uint32_t>(ntotal));
    for (int64_t i = 0; i < n; ++i) labels[i] = quantizer.Nearest(x + i * d, &distances[i]);
  }

 private:
  std::vector<float> centroids_;
};

// Ascending rows, at most options.max_training_rows.
std::vector<uint32_t> SampleRows(const VectorSet& vectors, const CodeTrainingOptions& options) {
  std::vector<uint32_t> all(vectors.size());
  std::iota(all.begin(), all.end(), 0U);
  std::vector<uint32_t> rows;
  std::mt19937_64 random(options.seed);
  std::sample(all.begin(), all.end(), std::back_inserter(rows), options.max_training_rows, random);
  return rows;
}

// Throws what FAISS throws.
std::vector<float> Cluster(const std::vector<float>& points, uint32_t dims, uint32_t centroids,
                           const CodeTrainingOptions& options) {
  const SingleThreadedOpenMp single_threaded;
  faiss::ClusteringParameters parameters;
  parameters.niter = static_cast<int>(options.iterations);
  parameters.seed = static_cast<int>(options.seed & 0x7FFFFFFF);
  parameters.min_points_per_centroid = 1;  // only silences a warning on stderr
  parameters.max_points_per_centroid = static_cast<int>(options.max_training_rows);
  faiss::Clustering clustering(static_cast<int>(dims), static_cast<int>(centroids), parameters);
  AssignmentIndex index(dims);
  clustering.train(static_cast<int64_t>(points.size() / dims), points.data(), index);
  return clustering.centroids;
}

// Fills the subspace's part of codebook->values.
absl::Status TrainSubspace(const VectorSet& vectors, const std::vector<uint32_t>& rows, uint32_t s,
                           const CodeTrainingOptions& options, Codebook* codebook) {
  const uint32_t begin = codebook->begin(s);
  const uint32_t dims = codebook->begin(s + 1) - begin;
  std::vector<float> points;
  points.reserve(rows.size() * dims);
  for (const uint32_t row : rows) {
    const float* first = vectors.row(row) + begin;
    points.insert(points.end(), first, first + dims);
  }
  try {
    const std::vector<float> centroids = Cluster(points, dims, codebook->centroids, options);
    FromHalf(ToHalf(centroids), codebook->values.data() + size_t{begin} * codebook->centroids);
    return absl::OkStatus();
  } catch (const std::exception& error) {
    return absl::InternalError(absl::StrCat("k-means of subspace ", s, ": ", error.what()));
  }
}

}  // namespace

absl::Status CodeTrainingOptions::Validate(uint32_t dim) const {
  if (code_bytes < 1 || code_bytes > dim) {
    return absl::InvalidArgumentError(
        absl::StrCat("code_bytes must be in [1, ", dim, "], got ", code_bytes));
  }
  if (max_centroids < 1 || max_centroids > kMaxCentroids) {
    return absl::InvalidArgumentError(
        absl::StrCat("max_centroids must be in [1, 256], got ", max_centroids));
  }
  if (max_training_rows < kMaxCentroids || max_training_rows > 100'000'000) {
    return absl::InvalidArgumentError(
        absl::StrCat("max_training_rows must be in [256, 100000000], got ", max_training_rows));
  }
  if (iterations < 1 || iterations > 1000) {
    return absl::InvalidArgumentError(
        absl::StrCat("iterations must be in [1, 1000], got ", iterations));
  }
  return absl::OkStatus();
}

absl::StatusOr<Codebook> TrainCodebook(const VectorSet& vectors, const CodeTrainingOptions& options,
                                       const CancellationPtr& cancellation) {
  ABSL_RETURN_IF_ERROR(options.Validate(vectors.dim));
  const std::vector<uint32_t> rows = SampleRows(vectors, options);
  Codebook codebook{.dim = vectors.dim, .code_bytes = options.code_bytes};
  codebook.centroids =
      static_cast<uint32_t>(std::clamp<size_t>(rows.size(), 1, options.max_centroids));
  codebook.values.assign(size_t{codebook.dim} * codebook.centroids, 0.0F);
  if (rows.empty()) return codebook;
  std::mutex mutex;
  absl::Status first_error;
  ABSL_RETURN_IF_ERROR(ParallelFor(
      codebook.code_bytes, {.threads = options.threads, .grain = 1, .cancellation = cancellation},
      [&](uint32_t, uint64_t s, uint64_t) {
        const absl::Status status =
            TrainSubspace(vectors, rows, static_cast<uint32_t>(s), options, &codebook);
        const std::lock_guard<std::mutex> guard(mutex);
        first_error.Update(status);
      }));
  ABSL_RETURN_IF_ERROR(first_error);
  return codebook;
}

}  // namespace seekd
