// The layers of BertModel on a device, as its kernels want them: whole blocks at a time, from token
// ids to pooled rows, which is all that travels back.
//
// Linear layers, norms and activations see packed tokens, as in BertModel; attention sees the
// rectangles of attention_layout.h. Weights are copied to the device once, in the precision that
// everything between the word table and pooling then has. Blocks follow each other without
// waiting: while one computes, the next is prepared.
//
// The CPU is a device, too: slower than BertModel, for tests.
//
// Thread safety: Run by one thread at a time.
#ifndef SEEKD_EMBEDDING_SERVICE_DEVICE_BERT_H_
#define SEEKD_EMBEDDING_SERVICE_DEVICE_BERT_H_

#include <memory>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "embedding_service/device.h"
#include "embedding_service/model_spec.h"
#include "embedding_service/model_weights.h"
#include "embedding_service/precision.h"
#include "embedding_service/token_block.h"

namespace seekd {

class DeviceBert {
 public:
  // Other than the CPU, the best first.
  static std::vector<Device> FindDevices();
  // Those worth a try; fp32 first.
  static std::vector<Precision> PrecisionsOf(const Device& device);

  // Weights as for BertModel::Load. Errors: its own, INVALID_ARGUMENT (a precision that the device
  // lacks), UNAVAILABLE (what the library said of the device).
  static absl::StatusOr<std::unique_ptr<DeviceBert>> Load(
      const ModelSpec& spec, std::shared_ptr<const ModelWeights> weights, const Device& device,
      Precision precision);
  ~DeviceBert();

  // Writes dim floats for each sequence of each block, in order: the sum of its last hidden states
  // or the one of its first token, not yet of unit length. A row does not depend on the other
  // sequences but for the rounding of the precision. REQUIRES: ids and lengths within the spec's
  // limits. Errors: UNAVAILABLE (what the library said of the device), INTERNAL (a component that
  // is not finite).
  absl::Status Run(std::span<const TokenBlock> blocks, float* rows) const;

 private:
  struct Layers;  // torch tensors
  DeviceBert(const ModelSpec& spec, std::shared_ptr<const ModelWeights> weights,
             const Device& device);
  absl::Status Failure(const char* what) const;

  const ModelSpec spec_;
  const std::shared_ptr<const ModelWeights> weights_;  // mapped tensors live in it
  const Device device_;
  std::unique_ptr<Layers> layers_;
};

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_DEVICE_BERT_H_
