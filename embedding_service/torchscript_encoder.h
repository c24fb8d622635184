// A TorchScript module as an encoder: pads inputs, calls forward, pools what comes back, and scales
// rows to unit length. On the CPU, under inference mode, as the module was saved: fp32.
//
// A module is a program. It runs in this process with all its rights: see docs/encoders.md. What
// it answers is trusted in nothing: shape, type and finiteness of every output are checked.
//
// Thread safety: as BatchEncoder.
#ifndef SEEKD_EMBEDDING_SERVICE_TORCHSCRIPT_ENCODER_H_
#define SEEKD_EMBEDDING_SERVICE_TORCHSCRIPT_ENCODER_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "absl/status/statusor.h"
#include "embedding_service/encoder.h"
#include "embedding_service/model_spec.h"
#include "embedding_service/token_block.h"
#include "embedding_service/torchscript_spec.h"

namespace seekd {

class TorchScriptEncoder final : public BatchEncoder {
 public:
  // Loads the module in the file `path` and calls it with a long and a short input. Ids are those
  // of `tokenizer`. Errors: INVALID_ARGUMENT (no TorchScript; it throws; an output of another
  // shape or type, or not finite; a row that depends on its batch; no [CLS] or [SEP]).
  static absl::StatusOr<std::unique_ptr<TorchScriptEncoder>> Create(const std::string& path,
                                                                    const ModelSpec& spec,
                                                                    const TorchScriptSpec& script,
                                                                    const Tokenizer& tokenizer,
                                                                    int threads);
  ~TorchScriptEncoder() override;

  uint32_t dim() const override { return spec_.dim; }
  uint32_t vocab_size() const override { return spec_.vocab_size; }
  uint32_t max_input_tokens() const override { return spec_.max_input_tokens; }
  // An input without tokens is the zero row. INTERNAL: what the module did wrong.
  absl::Status Encode(std::span<const TokenSpan> inputs, float* rows) override;

 private:
  struct Module;

  TorchScriptEncoder(const std::string& path, const ModelSpec& spec, const TorchScriptSpec& script,
                     const SpecialTokens& special, TokenId pad, std::unique_ptr<Module> module,
                     int threads);
  // INTERNAL, as the two below: what the module did wrong.
  absl::Status Probe();
  absl::Status EncodeAll(std::span<const TokenSpan> inputs, float* rows);
  // A batch of inputs that are not empty, numbered by `batch`.
  absl::Status EncodePadded(std::span<const TokenSpan> inputs, std::span<const uint32_t> batch,
                            float* rows);
  // The vectors of an input's tokens, one after another, made its row.
  absl::Status MakeRow(const float* vectors, uint32_t tokens, float* row) const;

  const std::string path_;  // for messages
  const ModelSpec spec_;
  const TorchScriptSpec script_;
  const SpecialTokens special_;
  const TokenId pad_;
  const std::unique_ptr<Module> module_;
  const int threads_;
};

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_TORCHSCRIPT_ENCODER_H_
