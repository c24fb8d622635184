#include "embedding_service/device.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace seekd {
namespace {

constexpr std::string_view kCuda = "cuda";
constexpr uint32_t kMaxIndex = 127;  // of torch's device indices

}  // namespace

std::string DeviceName(const Device& device) {
  if (device.kind == DeviceKind::kCpu) return "cpu";
  if (device.kind == DeviceKind::kMps) return "mps";
  return absl::StrCat("cuda:", device.index);
}

std::string DeviceNames(std::span<const Device> devices) {
  return absl::StrJoin(devices, ", ", [](std::string* out, const Device& device) {
    out->append(DeviceName(device));
  });
}

std::optional<Device> ParseDevice(std::string_view name) {
  if (name == "cpu") return Device{};
  if (name == "mps") return Device{DeviceKind::kMps};
  if (!name.starts_with(kCuda)) return std::nullopt;
  Device device{DeviceKind::kCuda};
  const std::string_view rest = name.substr(kCuda.size());
  if (rest.empty()) return device;
  // SimpleAtoi takes blanks and signs.
  const std::string_view number = rest.substr(1);
  if (rest[0] != ':' || number.find_first_not_of("0123456789") != std::string_view::npos ||
      !absl::SimpleAtoi(absl::string_view(number.data(), number.size()), &device.index) ||
      device.index > kMaxIndex) {
    return std::nullopt;
  }
  return device;
}

}  // namespace seekd
