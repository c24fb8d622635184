// In which number format the linear layers of a transformer compute, and how one is chosen:
// measured once per model and machine, kept in a small file of the data directory.
// On the CPU everything between the linear layers is fp32; a device keeps all between the word
// table and pooling in the format. Why the format is no part of what a model
// is: docs/adr/0017.
#ifndef SEEKD_EMBEDDING_SERVICE_PRECISION_H_
#define SEEKD_EMBEDDING_SERVICE_PRECISION_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace seekd {

enum class Precision {
  kFp32,
  kBf16,
  kFp16,  // devices only
  kInt8,  // CPU only: weights once, a scale per output; inputs as they come, a scale per token
};

std::string_view PrecisionName(Precision precision);  // "int8"
std::optional<Precision> ParsePrecision(std::string_view name);
// "cuda:0 bf16"; of fp32 the device alone.
std::string DeviceAndPrecision(const std::string& device, Precision precision);

struct PrecisionTiming {
  Precision precision = Precision::kFp32;
  double tokens_per_second = 0;
  double cosine = 1;  // of the probe row that is farthest from its fp32 one

  friend bool operator==(const PrecisionTiming&, const PrecisionTiming&) = default;
};

// The fastest one whose rows keep a cosine of 0.999 to the exact ones, and fp32 unless that is
// at least a tenth faster. REQUIRES: fp32 among them.
Precision ChoosePrecision(std::span<const PrecisionTiming> timings);

// What a choice was measured with. That of one holds for no other.
struct PrecisionKey {
  std::string fingerprint;  // of the model
  std::string device;       // "cuda:0"
  uint32_t threads = 0;
  std::vector<Precision> supported;  // by library and device

  friend bool operator==(const PrecisionKey&, const PrecisionKey&) = default;
};

// One line of JSON, and back: none when it is no such line, or one for another key.
std::string FormatPrecisionProfile(const PrecisionKey& key,
                                   std::span<const PrecisionTiming> timings);
std::optional<std::vector<PrecisionTiming>> ParsePrecisionProfile(std::string_view json,
                                                                  const PrecisionKey& key);

// Of the timings kept in the file `path`; if there are none for `key`, of those that `measure`
// returns, which are kept then. Errors: those of `measure` and of writing the file.
using MeasurePrecisions = std::function<absl::StatusOr<std::vector<PrecisionTiming>>()>;
absl::StatusOr<Precision> LoadOrMeasurePrecision(const std::string& path, const PrecisionKey& key,
                                                 const MeasurePrecisions& measure);

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_PRECISION_H_
