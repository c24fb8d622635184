// Product-quantization codes: training (FAISS k-means), codes.bin
// (docs/formats/codes.md) and the per-query distance table.
//
// A code is `code_bytes` bytes: the vector's dimensions are cut into code_bytes
// consecutive subspaces whose sizes differ by at most one, each coded by the
// nearest of 256 centroids. (Jegou et al. 2011; LEANN section 3.)
#ifndef SEEKD_CORE_CODES_CODES_H_
#define SEEKD_CORE_CODES_CODES_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/cancellation.h"
#include "core/base/ids.h"
#include "core/storage/checked_file.h"
#include "core/vector/row_source.h"
#include "core/vector/vector_set.h"

namespace seekd {

struct Codebook {
  uint32_t dim = 0;
  uint32_t code_bytes = 0;    // number of subspaces
  uint32_t centroids = 256;   // per subspace; fewer for tiny sets
  std::vector<float> values;  // subspace after subspace, centroid after centroid

  // First dimension of subspace s; begin(code_bytes) == dim.
  uint32_t begin(uint32_t s) const { return static_cast<uint32_t>(uint64_t{dim} * s / code_bytes); }
  uint32_t dims(uint32_t s) const { return begin(s + 1) - begin(s); }
  // dims(s) values; the next centroid of the subspace follows. REQUIRES: c < centroids.
  const float* centroid(uint32_t s, uint32_t c) const {
    return values.data() + size_t{begin(s)} * centroids + size_t{c} * dims(s);
  }
};

struct CodeTrainingOptions {
  uint32_t code_bytes = 32;  // 1 to dim
  // 1 to 256; each costs 2 * dim bytes, and a small collection cannot pay for many.
  uint32_t max_centroids = 256;
  uint32_t iterations = 12;
  uint64_t seed = 1;
  uint32_t threads = 0;

  absl::Status Validate(uint32_t dim) const;
};

// Trains on all of `sample`. `centroids` of the result is the least of max_centroids and
// the number of rows, and at least 1: a set without rows gives one zero centroid. Values are
// rounded to fp16, so that codebook and file agree. INVALID_ARGUMENT, CANCELLED.
absl::StatusOr<Codebook> TrainCodebook(const VectorSet& sample, const CodeTrainingOptions& options,
                                       const CancellationPtr& cancellation);

class SubspaceQuantizer;

// Turns vectors into codes. Thread safety: any thread may call.
class VectorEncoder {
 public:
  explicit VectorEncoder(const Codebook& codebook);
  ~VectorEncoder();

  // Writes vectors.size() * code_bytes bytes, row after row: per subspace the nearest
  // centroid, the first of equals. REQUIRES: vectors.dim == codebook.dim.
  void Encode(const VectorSet& vectors, uint8_t* out) const;

 private:
  std::vector<uint32_t> begins_;  // of the subspaces
  std::vector<SubspaceQuantizer> quantizers_;
};

// The codes of all rows of `source`, row after row. CANCELLED, and the source's errors.
absl::StatusOr<std::vector<uint8_t>> EncodeRows(const Codebook& codebook, const RowSource& source,
                                                uint32_t threads,
                                                const CancellationPtr& cancellation);

// Writes codes.bin (codebook as fp16, then the codes); returns its size.
absl::StatusOr<uint64_t> WriteCodes(const std::string& path, const Codebook& codebook,
                                    std::span<const uint8_t> codes);

// Size of codes.bin for `nodes` nodes.
uint64_t CodesFileBytes(uint32_t dim, uint32_t code_bytes, uint32_t centroids, uint64_t nodes);

// Squared Euclidean distance from one query to every centroid: approximate
// distance of a code = sum of code_bytes look-ups. A byte that names no centroid
// (only a corrupt file has one) is infinitely far.
class DistanceTable {
 public:
  // REQUIRES: query.size() == codebook.dim.
  DistanceTable(const Codebook& codebook, std::span<const float> query);
  float Distance(const uint8_t* code) const;
  // out[i] = Distance(codes + i * code_bytes), i < count, to the last bit.
  void DistanceBlock(const uint8_t* codes, size_t count, float* out) const;

 private:
  uint32_t code_bytes_;
  std::vector<float> table_;  // code_bytes * 256
};

// Squared lengths of coded vectors: the sum of code_bytes look-ups. A byte that names no
// centroid makes it infinite.
class CodeNorms {
 public:
  explicit CodeNorms(const Codebook& codebook);
  float SquaredNorm(const uint8_t* code) const;

 private:
  uint32_t code_bytes_;
  std::vector<float> table_;  // code_bytes * 256
};

// Read side of codes.bin. Thread safety: any thread may call any const member.
class CodesView {
 public:
  // Proves the sections' bounds and reads the codebook. DATA_LOSS,
  // FAILED_PRECONDITION.
  static absl::StatusOr<CodesView> Open(const std::string& path);

  uint32_t node_count() const { return node_count_; }
  uint32_t code_bytes() const { return codebook_->code_bytes; }
  const Codebook& codebook() const { return *codebook_; }
  const CodeNorms& norms() const { return *norms_; }
  uint64_t file_bytes() const { return file_->file_bytes(); }

  // The node's code, or null when its block is bad (status() tells).
  // REQUIRES: node < node_count().
  const uint8_t* Code(NodeId node) const;
  // `count` codes from `first` on, or null.
  const uint8_t* Codes(NodeId first, uint32_t count) const;
  void ReleasePages() const { file_->ReleasePages(); }
  absl::Status status() const { return file_->status(); }

 private:
  CodesView() = default;
  std::shared_ptr<const CheckedFile> file_;
  std::shared_ptr<const Codebook> codebook_;
  std::shared_ptr<const CodeNorms> norms_;
  uint32_t node_count_ = 0;
  uint64_t codes_offset_ = 0;
};

}  // namespace seekd

#endif  // SEEKD_CORE_CODES_CODES_H_
