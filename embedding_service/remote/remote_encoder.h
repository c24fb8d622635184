// A model that an inference server runs, behind the interface of a local one: cuts batches
// under the server's limits, sends the calls side by side, tries again what may pass, and
// answers rows that were checked, or an error.
//
// INVARIANT: a row comes from the model whose probe rows are recorded in the folder. All of
// them are asked for before the first batch, after every error, and whenever the connection
// was lost; and every call has one of them beside its inputs, because behind one address
// there may be several servers, and a server may change its model while it is connected.
#ifndef SEEKD_EMBEDDING_SERVICE_REMOTE_REMOTE_ENCODER_H_
#define SEEKD_EMBEDDING_SERVICE_REMOTE_REMOTE_ENCODER_H_

#include <condition_variable>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/text/tokenizer.h"
#include "embedding_service/encoder.h"
#include "embedding_service/remote/inference_server.h"
#include "embedding_service/remote/remote_spec.h"

namespace seekd {

class RemoteEncoder final : public BatchEncoder {
 public:
  // Of the model folder `dir`. Without recorded probe rows there it asks the server for them and
  // records them; with them it is created whether the server answers or not, and health() says
  // what is wrong. Errors: those of reading the folder; FAILED_PRECONDITION when the rows could
  // not be recorded.
  static absl::StatusOr<std::unique_ptr<RemoteEncoder>> Create(const std::string& dir,
                                                               const Tokenizer& tokenizer);
  ~RemoteEncoder() override;

  uint32_t dim() const override { return spec_.dim; }
  uint32_t vocab_size() const override { return vocab_size_; }
  uint32_t max_input_tokens() const override { return spec_.max_input_tokens; }

  // Errors besides BatchEncoder's: UNAVAILABLE, RESOURCE_EXHAUSTED, FAILED_PRECONDITION
  // (the server has another model).
  absl::Status Encode(std::span<const TokenSpan> inputs, float* rows) override;
  std::string device() const override { return "remote"; }
  absl::Status health() const override;
  void Interrupt() override;

  const RemoteSpec& spec() const { return spec_; }
  // As recorded; row-major, of unit length.
  std::span<const float> probe_rows() const { return probe_rows_; }

 private:
  struct Batch;

  RemoteEncoder(RemoteSpec spec, std::string dir, const Tokenizer& tokenizer,
                std::unique_ptr<InferenceServer> server);
  absl::Status LoadOrRecordProbeRows();
  absl::StatusOr<std::vector<float>> AskForProbeRows(CallDeadline deadline);
  absl::Status CheckServer(CallDeadline deadline);
  absl::Status CheckProbe(size_t probe, std::span<const float> row) const;
  absl::Status RunCall(std::span<const TokenSpan> inputs, CallDeadline deadline,
                       std::vector<float>* rows) const;
  absl::Status RunCheckedCall(Batch* batch, size_t begin, size_t end) const;
  absl::Status Attempt(Batch* batch);
  absl::Status AttemptUntilDone(Batch* batch);
  bool Pause(std::chrono::milliseconds time, CallDeadline deadline);
  void SetHealth(const absl::Status& status);

  const RemoteSpec spec_;
  const std::string dir_;
  const uint32_t vocab_size_;
  const TokenId unknown_id_;
  const std::unique_ptr<InferenceServer> server_;
  const std::vector<std::vector<TokenId>> probes_;
  std::vector<float> probe_rows_;
  size_t call_probe_ = 0;  // the one beside the inputs of every call

  // Of the thread that calls Encode.
  CallLimits limits_;
  bool checked_ = false;  // the server's probe rows, over the present connection
  std::minstd_rand random_{std::random_device{}()};

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool interrupted_ = false;  // guarded by mutex_
  absl::Status health_;       // guarded by mutex_
};

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_REMOTE_REMOTE_ENCODER_H_
