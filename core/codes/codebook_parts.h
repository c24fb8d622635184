// What codes.bin and codebooks.bin check and read alike.
#ifndef SEEKD_CORE_CODES_CODEBOOK_PARTS_H_
#define SEEKD_CORE_CODES_CODEBOOK_PARTS_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/storage/checked_file.h"

namespace seekd {

// Values of one stage, or of the product quantization of all subspaces.
inline uint64_t TableValues(uint32_t dim, uint32_t centroids) { return uint64_t{dim} * centroids; }

bool IsCodebookShape(uint32_t dim, uint32_t stages, uint32_t subspaces, uint32_t centroids);
bool IsScaleRange(float min_scale, float scale_step);

void AppendHalves(std::span<const float> values, std::string* payload);
// `count` fp16 values at `offset` of the payload. DATA_LOSS when they cannot be read or one is
// not finite: distances that are no numbers would have no order.
absl::StatusOr<std::vector<float>> ReadHalves(const CheckedFile& file, uint64_t offset,
                                              uint64_t count);

}  // namespace seekd

#endif  // SEEKD_CORE_CODES_CODEBOOK_PARTS_H_
