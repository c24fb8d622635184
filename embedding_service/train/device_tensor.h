// From a vector to a tensor on a device.
#ifndef SEEKD_EMBEDDING_SERVICE_TRAIN_DEVICE_TENSOR_H_
#define SEEKD_EMBEDDING_SERVICE_TRAIN_DEVICE_TENSOR_H_

#include <ATen/ATen.h>

#include <cstdint>
#include <vector>

namespace seekd::train {

// Copied to a GPU from pinned memory, so that nobody waits for what the GPU does meanwhile.
inline at::Tensor ToDevice(const std::vector<int64_t>& values, const at::Device& device) {
  const at::Tensor tensor = at::tensor(values, at::kLong);
  if (!device.is_cuda()) return tensor;
  return tensor.pin_memory().to(device, /*dtype=*/at::kLong, /*non_blocking=*/true);
}

}  // namespace seekd::train

#endif  // SEEKD_EMBEDDING_SERVICE_TRAIN_DEVICE_TENSOR_H_
