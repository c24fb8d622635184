// Codes of vectors: training (FAISS k-means), codes.bin (docs/formats/codes.md) and the
// per-query distance table.
//
// A code is a sum of centroids, one per byte, and a scale. The first `stages` bytes are
// residual quantization: each names a centroid for what the ones before it left of the
// whole vector (Chen et al. 2010). What is left then is product-quantized: its dimensions
// are cut into `subspaces` consecutive parts whose sizes differ by at most one, a byte for
// each (Jegou et al. 2011; LEANN section 3). The last byte is the scale that makes the sum as
// long as a unit vector. Without stages this is plain product quantization.
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
#include "core/base/digest.h"
#include "core/base/ids.h"
#include "core/storage/checked_file.h"
#include "core/vector/row_source.h"
#include "core/vector/vector_set.h"

namespace seekd {

struct Codebook {
  uint32_t dim = 0;
  uint32_t stages = 0;
  uint32_t subspaces = 0;     // 1 to dim
  uint32_t centroids = 256;   // per byte; fewer for tiny sets
  std::vector<float> values;  // stage after stage, then subspace after subspace; centroid
                              // after centroid
  // Scale of a last byte b: min_scale + b * scale_step. Positive.
  float min_scale = 1;
  float scale_step = 0;

  uint32_t code_bytes() const { return stages + subspaces + 1; }
  // First dimension of subspace s; begin(subspaces) == dim.
  uint32_t begin(uint32_t s) const { return static_cast<uint32_t>(uint64_t{dim} * s / subspaces); }
  uint32_t dims(uint32_t s) const { return begin(s + 1) - begin(s); }
  // dim values; the next centroid of the stage follows. REQUIRES: c < centroids.
  const float* stage_centroid(uint32_t stage, uint32_t c) const {
    return values.data() + (size_t{stage} * centroids + c) * dim;
  }
  // dims(s) values; the next centroid of the subspace follows. REQUIRES: c < centroids.
  const float* centroid(uint32_t s, uint32_t c) const {
    return stage_centroid(stages, 0) + size_t{begin(s)} * centroids + size_t{c} * dims(s);
  }
  float scale(uint8_t b) const { return min_scale + static_cast<float>(b) * scale_step; }
  // The byte whose scale is nearest to `wanted`.
  uint8_t ScaleByte(float wanted) const;
  // Writes the `dim` values of the sum of a code's centroids, times its scale. REQUIRES: every
  // byte but the last names a centroid.
  void Decode(const uint8_t* code, float* out) const;
};

struct CodeTrainingOptions {
  uint32_t code_bytes = 32;  // stages, one subspace at least, and the scale; to stages + dim + 1
  uint32_t stages = 0;       // 0 to kMaxStages; each costs 2 * dim * centroids bytes
  // 1 to 256; each costs 2 * dim bytes a table, and a small collection cannot pay for many.
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
// The same for each length of `code_bytes` instead of the option's; the stages are trained
// once.
absl::StatusOr<std::vector<Codebook>> TrainCodebooks(const VectorSet& sample,
                                                     const CodeTrainingOptions& options,
                                                     std::span<const uint32_t> code_bytes,
                                                     const CancellationPtr& cancellation);

class SharedCodebooks;
class SubspaceQuantizer;

// Turns vectors into codes. Thread safety: any thread may call.
class VectorEncoder {
 public:
  explicit VectorEncoder(Codebook codebook);
  ~VectorEncoder();

  // Writes vectors.size() * code_bytes bytes, row after row: per byte the centroid nearest to
  // what the stages before it left, the first of equals. Returns the squared distance of
  // each row from its sum of centroids. REQUIRES: vectors.dim == codebook.dim.
  std::vector<float> Encode(const VectorSet& vectors, uint8_t* out) const;

 private:
  // One byte of every row: the nearest centroid to residual's dimensions from `begin` on,
  // which is taken off.
  void EncodeByte(uint32_t byte, uint32_t begin, VectorSet* residual, uint8_t* out) const;

  const Codebook codebook_;
  const std::vector<SubspaceQuantizer> quantizers_;  // by byte
};

// The codes of all rows of `source`, row after row. CANCELLED, and the source's errors.
absl::StatusOr<std::vector<uint8_t>> EncodeRows(const Codebook& codebook, const RowSource& source,
                                                uint32_t threads,
                                                const CancellationPtr& cancellation);

// Writes codes.bin (codebook as fp16, then the codes); returns its size. `shared`: the digest of
// the model's codebooks.bin that `codebook` is of; in its place only the digest is written.
absl::StatusOr<uint64_t> WriteCodes(const std::string& path, const Codebook& codebook,
                                    std::span<const uint8_t> codes, const Digest* shared = nullptr);

// What a code of a collection looks like.
struct CodeShape {
  uint32_t code_bytes = 0;
  uint32_t stages = 0;
  uint32_t centroids = 0;
  bool shared = false;  // the codebook is the model's and takes no room in codes.bin
};
// Size of codes.bin for `nodes` nodes.
uint64_t CodesFileBytes(uint32_t dim, const CodeShape& shape, uint64_t nodes);

// A rough distance takes one look-up in so many.
inline constexpr uint32_t kRoughShare = 3;

// Squared distance of a unit query from the direction of every code: 2 - 2 * cosine, and the
// cosine is a sum of look-ups times the scale. A byte that names no centroid (only a corrupt
// file has one) is infinitely far.
class DistanceTable {
 public:
  // REQUIRES: query.size() == codebook.dim.
  DistanceTable(const Codebook& codebook, std::span<const float> query);
  float Distance(const uint8_t* code) const;
  // out[i] = Distance(codes + i * code_bytes), i < count, to the last bit.
  void DistanceBlock(const uint8_t* codes, size_t count, float* out) const;

  // out[i] = Distance(codes + i * code_bytes), i < count, as far as the stages and no less than
  // the first kRoughShare-th of the code tell it.
  void RoughDistanceBlock(const uint8_t* codes, size_t count, float* out) const;

 private:
  uint32_t code_bytes_;
  uint32_t rough_bytes_;
  std::vector<float> table_;  // inner products; (code_bytes - 1) * 256
  std::vector<float> scale_;  // 256
};

// Read side of codes.bin. Thread safety: any thread may call any const member.
class CodesView {
 public:
  // Proves the sections' bounds and reads the codebook, or takes it from `shared`: the
  // model's, null where it has none. DATA_LOSS; FAILED_PRECONDITION also when the codes are by
  // a codebook that `shared` does not hold.
  static absl::StatusOr<CodesView> Open(const std::string& path,
                                        const SharedCodebooks* shared = nullptr);

  uint32_t node_count() const { return node_count_; }
  uint32_t code_bytes() const { return codebook_->code_bytes(); }
  const Codebook& codebook() const { return *codebook_; }
  bool codebook_is_shared() const { return codebook_is_shared_; }
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
  bool codebook_is_shared_ = false;
  uint32_t node_count_ = 0;
  uint64_t codes_offset_ = 0;
};

}  // namespace seekd

#endif  // SEEKD_CORE_CODES_CODES_H_
