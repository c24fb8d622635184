// What a batch costs whatever is in it: launching kernels, a round trip to a device,
// threads that have to wake. Learned from the batches that ran.
//
// Pure; not thread-safe.
#ifndef SEEKD_EMBEDDING_SERVICE_BATCH_PRICE_H_
#define SEEKD_EMBEDDING_SERVICE_BATCH_PRICE_H_

#include <array>
#include <cstdint>

namespace seekd {

class BatchPrice {
 public:
  // A batch of so many tokens took `us`.
  void Note(uint64_t tokens, int64_t us);

  // Where the line through small and large batches meets zero tokens; 0 until batches of
  // sizes far enough apart were seen. Never more than what the smallest ones took.
  int64_t fixed_us() const;

 private:
  // Batches of 2^i to 2^(i+1) - 1 tokens: falls to a faster one at once and rises slowly,
  // because a batch is never too fast by accident.
  struct SizeClass {
    double tokens = 0;  // 0: none seen
    double us = 0;
  };
  std::array<SizeClass, 32> classes_;
};

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_BATCH_PRICE_H_
