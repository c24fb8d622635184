// The only file that includes FAISS.
#include "core/codes/kmeans.h"

#include <faiss/Clustering.h>

#if __has_include(<omp.h>)
#include <omp.h>
#endif

#include <exception>

#include "absl/strings/str_cat.h"
#include "core/codes/subspace_quantizer.h"

namespace seekd {
namespace {

// Callers bring threads of their own; FAISS's would only get in their way.
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

}  // namespace

absl::StatusOr<std::vector<float>> KMeans(const std::vector<float>& points, uint32_t dims,
                                          const KMeansOptions& options) {
  const SingleThreadedOpenMp single_threaded;
  faiss::ClusteringParameters parameters;
  parameters.niter = static_cast<int>(options.iterations);
  parameters.seed = static_cast<int>(options.seed & 0x7FFFFFFF);
  parameters.min_points_per_centroid = 1;  // only silences a warning on stderr
  const size_t rows = points.size() / dims;
  parameters.max_points_per_centroid = static_cast<int>(rows);  // the caller took the sample
  try {
    faiss::Clustering clustering(static_cast<int>(dims), static_cast<int>(options.centroids),
                                 parameters);
    AssignmentIndex index(dims);
    clustering.train(static_cast<int64_t>(rows), points.data(), index);
    return clustering.centroids;
  } catch (const std::exception& error) {
    return absl::InternalError(
        absl::StrCat("k-means of ", rows, " rows of ", dims, ": ", error.what()));
  }
}

}  // namespace seekd
