#include "embedding_service/encoder_factory.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "embedding_service/fingerprint.h"
#include "embedding_service/remote/remote_encoder.h"
#include "embedding_service/safetensors.h"
#include "embedding_service/static_encoder.h"
#include "embedding_service/transformer_encoder.h"

namespace seekd {
namespace {

int ThreadsFor(ModelFamily family, int asked) {
  if (asked > 0) return asked;
  if (family == ModelFamily::kStatic) return 1;
  return static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
}

absl::StatusOr<std::unique_ptr<BatchEncoder>> CreateEncoder(
    const ModelSpec& spec, const Tokenizer& tokenizer,
    std::unique_ptr<const SafetensorsFile> weights, int asked_threads) {
  const int threads = ThreadsFor(spec.family, asked_threads);
  if (spec.family == ModelFamily::kStatic) {
    return StaticEncoder::Create(spec, tokenizer.unknown_id(), std::move(weights), threads);
  }
  const SpecialTokens special{tokenizer.cls_id(), tokenizer.sep_id(), tokenizer.pad_id()};
  return TransformerEncoder::Create(spec, special, std::move(weights), threads);
}

absl::StatusOr<LoadedModel> LoadRemoteModel(const std::string& dir, LoadedModel model) {
  ABSL_ASSIGN_OR_RETURN(auto encoder, RemoteEncoder::Create(dir, *model.tokenizer));
  ABSL_ASSIGN_OR_RETURN(model.fingerprint,
                        FingerprintFolder(dir, {}, encoder->dim(), encoder->probe_rows()));
  model.remote = encoder->spec().Describe();
  model.encoder = std::move(encoder);
  return model;
}

}  // namespace

absl::StatusOr<LoadedModel> LoadModel(const std::string& dir, int threads) {
  LoadedModel model;
  ABSL_ASSIGN_OR_RETURN(model.spec, LoadModelSpec(dir));
  ABSL_ASSIGN_OR_RETURN(model.tokenizer, Tokenizer::Load(dir));
  if (model.spec.family == ModelFamily::kRemote) return LoadRemoteModel(dir, std::move(model));
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<const SafetensorsFile> weights,
                        SafetensorsFile::Open(dir + "/model.safetensors"));
  const auto weight_bytes = weights->file_bytes();  // lives as long as the encoder
  ABSL_ASSIGN_OR_RETURN(model.encoder,
                        CreateEncoder(model.spec, *model.tokenizer, std::move(weights), threads));
  if (model.tokenizer->vocab_size() > model.encoder->vocab_size()) {
    return absl::InvalidArgumentError(
        absl::StrCat(dir, ": the tokenizer has ", model.tokenizer->vocab_size(),
                     " tokens, the model rows for ", model.encoder->vocab_size()));
  }
  ABSL_ASSIGN_OR_RETURN(model.fingerprint,
                        FingerprintModel(dir, *model.tokenizer, weight_bytes, model.encoder.get()));
  return model;
}

}  // namespace seekd
