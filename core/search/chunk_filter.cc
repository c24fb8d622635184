#include "core/search/chunk_filter.h"

#include <bit>

namespace seekd {
namespace {

uint64_t Mask(ChunkId chunk) { return uint64_t{1} << (chunk.value % 64); }

}  // namespace

void ChunkSet::Insert(ChunkId chunk) {
  const size_t word = chunk.value / 64;
  if (word >= words_.size()) words_.resize(word + 1, 0);
  size_ += (words_[word] & Mask(chunk)) == 0 ? 1 : 0;
  words_[word] |= Mask(chunk);
}

void ChunkSet::Erase(ChunkId chunk) {
  if (!Contains(chunk)) return;
  words_[chunk.value / 64] &= ~Mask(chunk);
  --size_;
}

bool ChunkSet::Contains(ChunkId chunk) const {
  const size_t word = chunk.value / 64;
  return word < words_.size() && (words_[word] & Mask(chunk)) != 0;
}

std::vector<ChunkId> ChunkSet::ToVector() const {
  std::vector<ChunkId> chunks;
  chunks.reserve(size_);
  for (size_t word = 0; word < words_.size(); ++word) {
    for (uint64_t bits = words_[word]; bits != 0; bits &= bits - 1) {
      chunks.push_back(ChunkId{word * 64 + static_cast<uint64_t>(std::countr_zero(bits))});
    }
  }
  return chunks;
}

}  // namespace seekd
