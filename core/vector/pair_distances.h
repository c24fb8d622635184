// Squared Euclidean distance between two rows of a set that may not be at hand:
// exact over vectors, an estimate over codes. What links are chosen by.
//
// Thread safety: any thread may call.
#ifndef SEEKD_CORE_VECTOR_PAIR_DISTANCES_H_
#define SEEKD_CORE_VECTOR_PAIR_DISTANCES_H_

#include <cstdint>

#include "core/vector/distance.h"
#include "core/vector/vector_set.h"

namespace seekd {

class PairDistances {
 public:
  virtual ~PairDistances() = default;
  virtual uint32_t size() const = 0;  // rows
  // REQUIRES: a, b < size().
  virtual float Between(uint32_t a, uint32_t b) const = 0;
};

class VectorDistances final : public PairDistances {
 public:
  // `vectors` must outlive this.
  explicit VectorDistances(const VectorSet& vectors) : vectors_(vectors) {}
  uint32_t size() const override { return vectors_.size(); }
  float Between(uint32_t a, uint32_t b) const override {
    return SquaredDistance(vectors_.row(a), vectors_.row(b), vectors_.dim);
  }

 private:
  const VectorSet& vectors_;
};

}  // namespace seekd

#endif  // SEEKD_CORE_VECTOR_PAIR_DISTANCES_H_
