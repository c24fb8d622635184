// How many rows make a good batch for this model on this machine: measured once with
// synthetic inputs, kept in a small file of the data directory, measured anew when
// model, device or threads are others or the file is damaged.
#ifndef SEEKD_EMBEDDING_SERVICE_BATCH_PROFILE_H_
#define SEEKD_EMBEDDING_SERVICE_BATCH_PROFILE_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/cancellation.h"
#include "core/search/embedding_source.h"

namespace seekd {

struct BatchTiming {
  uint32_t rows = 0;  // asked for at once
  int64_t us = 0;     // of the encoder, for all of them

  friend bool operator==(const BatchTiming&, const BatchTiming&) = default;
};

// What a profile was measured with. A profile of one holds for no other.
struct BatchProfileKey {
  std::string fingerprint;  // of the model
  std::string device;       // "cpu"
  uint32_t threads = 0;

  friend bool operator==(const BatchProfileKey&, const BatchProfileKey&) = default;
};

struct BatchProfile {
  BatchProfileKey key;
  std::vector<BatchTiming> timings;  // ascending rows
  uint32_t batch_rows = 0;           // the fewest that reach 90 % of the best rows per second
  double rows_per_second = 0;        // with batch_rows
};

// Fills in batch_rows and rows_per_second. REQUIRES: timings with rows > 0 and us > 0,
// at least one.
BatchProfile MakeBatchProfile(BatchProfileKey key, std::vector<BatchTiming> timings);

// Encodes 1, 2, 4 ... 256 distinct inputs of 200 tokens (ids below `vocab_size`) behind all
// queries, a few times each, and keeps the best; stops after a count that takes longer
// than a quarter of a second. The encoder bounds such batches in time (encoder_service.h): more
// rows than fit show no gain. Blocks. Errors: the encoder's, CANCELLED.
absl::StatusOr<std::vector<BatchTiming>> MeasureBatches(InputEncoder* encoder, uint32_t vocab_size,
                                                        const CancellationPtr& cancellation);

// One line of JSON.
std::string FormatBatchProfile(const BatchProfile& profile);
// DATA_LOSS says what is wrong.
absl::StatusOr<BatchProfile> ParseBatchProfile(std::string_view json);

// The profile kept in the file `path`; if there is none for `key`, a new one, which is kept then.
// Errors: those of MeasureBatches and of writing the file.
absl::StatusOr<BatchProfile> LoadOrMeasureBatchProfile(const std::string& path,
                                                       const BatchProfileKey& key,
                                                       InputEncoder* encoder, uint32_t vocab_size,
                                                       const CancellationPtr& cancellation);

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_BATCH_PROFILE_H_
