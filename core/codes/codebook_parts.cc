#include "core/codes/codebook_parts.h"

#include <cmath>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/codes/codes_format.h"
#include "core/vector/distance.h"

namespace seekd {

bool IsCodebookShape(uint32_t dim, uint32_t stages, uint32_t subspaces, uint32_t centroids) {
  return stages <= kMaxStages && subspaces >= 1 && subspaces <= dim && centroids >= 1 &&
         centroids <= kMaxCentroids;
}

bool IsScaleRange(float min_scale, float scale_step) {
  return std::isfinite(min_scale) && min_scale > 0 && std::isfinite(scale_step) && scale_step >= 0;
}

void AppendHalves(std::span<const float> values, std::string* payload) {
  const std::vector<uint16_t> halves = ToHalf(values);
  payload->append(reinterpret_cast<const char*>(halves.data()), halves.size() * sizeof(uint16_t));
}

absl::StatusOr<std::vector<float>> ReadHalves(const CheckedFile& file, uint64_t offset,
                                              uint64_t count) {
  if (count == 0) return std::vector<float>();  // an empty vector has no address to copy to
  std::vector<uint16_t> halves(count);
  if (!file.Touch(offset, count * sizeof(uint16_t))) return file.status();
  std::memcpy(halves.data(), file.bytes().data() + offset, count * sizeof(uint16_t));
  std::vector<float> values(count);
  FromHalf(halves, values.data());
  for (size_t i = 0; i < count; ++i) {
    if (std::isfinite(values[i])) continue;
    return absl::DataLossError(absl::StrCat(file.path(), ": the codebook value at offset ",
                                            offset + i * sizeof(uint16_t),
                                            " of the payload is not finite"));
  }
  return values;
}

}  // namespace seekd
