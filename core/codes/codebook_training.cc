// The only file that includes FAISS.
#include <faiss/Clustering.h>
#include <faiss/IndexFlat.h>

#include <algorithm>
#include <exception>
#include <mutex>
#include <numeric>
#include <random>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/parallel_for.h"
#include "core/base/status_macros.h"
#include "core/codes/codes.h"
#include "core/vector/distance.h"

#ifdef __linux__
// Subspaces are trained side by side on our own threads; FAISS's OpenMP and a
// threaded BLAS inside each would fight over the cores. Weak: another BLAS or
// OpenMP runtime may not have them.
extern "C" {
void openblas_set_num_threads(int) __attribute__((weak));
void omp_set_num_threads(int) __attribute__((weak));
}
#endif

namespace seekd {
namespace {

void UseOneThreadPerLibrary() {
#ifdef __linux__
  if (openblas_set_num_threads != nullptr) openblas_set_num_threads(1);
  if (omp_set_num_threads != nullptr) omp_set_num_threads(1);
#endif
}

std::vector<uint32_t> SampleRows(uint32_t rows, uint32_t wanted, uint64_t seed) {
  std::vector<uint32_t> all(rows);
  std::iota(all.begin(), all.end(), 0U);
  std::vector<uint32_t> sample;
  std::mt19937_64 rng(seed);
  std::sample(all.begin(), all.end(), std::back_inserter(sample), wanted, rng);
  return sample;
}

// The sampled rows' components [begin, end), row-major.
std::vector<float> Slice(const VectorSet& vectors, const std::vector<uint32_t>& rows,
                         uint32_t begin, uint32_t end) {
  std::vector<float> slice;
  slice.reserve(rows.size() * (end - begin));
  for (const uint32_t row : rows) {
    slice.insert(slice.end(), vectors.row(row) + begin, vectors.row(row) + end);
  }
  return slice;
}

absl::Status TrainSubspace(const std::vector<float>& slice, uint32_t width, uint32_t centroids,
                           const CodeTrainingOptions& options, float* out) {
  UseOneThreadPerLibrary();
  try {
    faiss::ClusteringParameters parameters;
    parameters.niter = static_cast<int>(options.iterations);
    parameters.seed = static_cast<int>(options.seed);
    parameters.min_points_per_centroid = 1;
    parameters.max_points_per_centroid = 1 << 20;
    faiss::Clustering clustering(static_cast<int>(width), static_cast<int>(centroids), parameters);
    faiss::IndexFlatL2 index(width);
    clustering.train(static_cast<int64_t>(slice.size() / width), slice.data(), index);
    std::copy(clustering.centroids.begin(), clustering.centroids.end(), out);
    return absl::OkStatus();
  } catch (const std::exception& e) {
    return absl::InternalError(absl::StrCat("k-means of ", slice.size() / width, " points in ",
                                            width, " dimensions: ", e.what()));
  }
}

// What the file holds is what codes are made with.
void RoundToHalf(std::vector<float>* values) { FromHalf(ToHalf(*values), values->data()); }

}  // namespace

absl::Status CodeTrainingOptions::Validate(uint32_t dim) const {
  if (code_bytes < 1 || code_bytes > dim) {
    return absl::InvalidArgumentError(
        absl::StrCat("code_bytes is ", code_bytes, "; expected 1 to the dimension, ", dim));
  }
  if (max_centroids < 2 || max_centroids > 256) {
    return absl::InvalidArgumentError(
        absl::StrCat("max_centroids is ", max_centroids, "; expected 2 to 256"));
  }
  if (max_training_rows < 256 || iterations < 1) {
    return absl::InvalidArgumentError(absl::StrCat("max_training_rows is ", max_training_rows,
                                                   " (at least 256), iterations ", iterations,
                                                   " (at least 1)"));
  }
  return absl::OkStatus();
}

absl::StatusOr<Codebook> TrainCodebook(const VectorSet& vectors, const CodeTrainingOptions& options,
                                       const CancellationPtr& cancellation) {
  ABSL_RETURN_IF_ERROR(options.Validate(vectors.dim));
  Codebook codebook;
  codebook.dim = vectors.dim;
  codebook.code_bytes = options.code_bytes;
  codebook.centroids = std::clamp(vectors.size(), 1U, options.max_centroids);
  codebook.values.assign(size_t{vectors.dim} * codebook.centroids, 0.0F);
  if (vectors.size() == 0) return codebook;  // one centroid at the origin

  const std::vector<uint32_t> rows =
      SampleRows(vectors.size(), std::min(vectors.size(), options.max_training_rows), options.seed);
  std::mutex mutex;
  absl::Status failure;
  const auto train = [&](uint32_t, uint64_t begin, uint64_t end) {
    for (auto s = static_cast<uint32_t>(begin); s < end; ++s) {
      const uint32_t first = codebook.begin(s);
      const uint32_t last = codebook.begin(s + 1);
      absl::Status status =
          TrainSubspace(Slice(vectors, rows, first, last), last - first, codebook.centroids,
                        options, codebook.values.data() + size_t{first} * codebook.centroids);
      std::lock_guard lock(mutex);
      if (failure.ok()) failure = std::move(status);
    }
  };
  ABSL_RETURN_IF_ERROR(
      ParallelFor(options.code_bytes, {options.threads, 1, cancellation, nullptr}, train));
  ABSL_RETURN_IF_ERROR(failure);
  RoundToHalf(&codebook.values);
  return codebook;
}

}  // namespace seekd
