// Where a transformer computes: the processor, or a device that the numeric library drives.
// A value; no torch.
#ifndef SEEKD_EMBEDDING_SERVICE_DEVICE_H_
#define SEEKD_EMBEDDING_SERVICE_DEVICE_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace seekd {

enum class DeviceKind { kCpu, kCuda, kMps };

struct Device {
  DeviceKind kind = DeviceKind::kCpu;
  uint32_t index = 0;  // of several CUDA devices, as CUDA_VISIBLE_DEVICES numbers them

  friend bool operator==(const Device&, const Device&) = default;
};

std::string DeviceName(const Device& device);              // "cpu", "cuda:0", "mps"
std::string DeviceNames(std::span<const Device> devices);  // "cuda:0, cuda:1"
std::optional<Device> ParseDevice(std::string_view name);  // "cuda" is "cuda:0"

// Told what a person should know: that an encoder is not where it was meant to be, or runs a
// program of the model's.
// From any thread; may be empty.
using WarnFn = std::function<void(const std::string& message)>;

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_DEVICE_H_
