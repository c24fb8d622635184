#include "embedding_service/device.h"

#include <vector>

#include "tests/support/catch.h"

namespace seekd {
namespace {

CATCH_TEST_CASE("names of devices, and back", "[device]") {
  const std::vector<Device> devices = {
      {}, {DeviceKind::kCuda}, {DeviceKind::kCuda, 3}, {DeviceKind::kMps}};
  CATCH_CHECK(DeviceNames(devices) == "cpu, cuda:0, cuda:3, mps");
  for (const Device& device : devices) CATCH_CHECK(ParseDevice(DeviceName(device)) == device);
  CATCH_CHECK(ParseDevice("cuda") == Device{DeviceKind::kCuda, 0});
}

CATCH_TEST_CASE("what is no device", "[device]") {
  for (const char* name : {"", "auto", "CPU", "gpu", "cuda:", "cuda:-1", "cuda: 1", "cuda:x",
                           "cuda1", "cuda:128", "cuda:99999999999", "mps:0"}) {
    CATCH_INFO(name);
    CATCH_CHECK_FALSE(ParseDevice(name).has_value());
  }
}

}  // namespace
}  // namespace seekd
