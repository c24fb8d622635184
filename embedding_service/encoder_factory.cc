#include "embedding_service/encoder_factory.h"

#include <algorithm>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/storage/mapped_file.h"
#include "embedding_service/fingerprint.h"
#include "embedding_service/model_weights.h"
#include "embedding_service/remote_loader.h"
#include "embedding_service/safetensors.h"
#include "embedding_service/static_encoder.h"
#include "embedding_service/torchscript_encoder.h"
#include "embedding_service/transformer_loader.h"

namespace seekd {
namespace {

int ThreadsFor(ModelFamily family, int asked) {
  if (asked > 0) return asked;
  if (family == ModelFamily::kStatic) return 1;
  return static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
}

// As long as the encoder lives.
using FileBytes = std::vector<std::span<const uint8_t>>;

absl::Status CheckVocabulary(const std::string& dir, const LoadedModel& model) {
  if (model.tokenizer->vocab_size() <= model.encoder->vocab_size()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(dir, ": the tokenizer has ", model.tokenizer->vocab_size(),
                   " tokens, the model rows for ", model.encoder->vocab_size()));
}

absl::Status CheckCase(const std::string& dir, const LoadedModel& model) {
  if (!model.spec.lowercases_input || model.tokenizer->normalization().lowercase) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      dir, "/sentence_bert_config.json: \"do_lower_case\" is true, and the tokenizer keeps case: ",
      "supported is lower case of the tokenizer's making (tokenizer_config.json)"));
}

// The encoder of `model` is there: what is left is who it is.
absl::Status Finish(const std::string& dir, FileBytes weights, LoadedModel* model) {
  ABSL_RETURN_IF_ERROR(CheckVocabulary(dir, *model));
  ABSL_ASSIGN_OR_RETURN(model->fingerprint,
                        FingerprintModel(dir, model->spec, *model->tokenizer, std::move(weights),
                                         model->encoder.get()));
  return absl::OkStatus();
}

absl::Status LoadStatic(const std::string& dir, const LoadOptions& options, LoadedModel* model) {
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<const SafetensorsFile> file,
                        SafetensorsFile::Open(dir + "/model.safetensors"));
  const auto bytes = file->file_bytes();
  model->memory_bytes = bytes.size();
  ABSL_ASSIGN_OR_RETURN(
      model->encoder,
      StaticEncoder::Create(model->spec, model->tokenizer->unknown_id(), std::move(file),
                            ThreadsFor(ModelFamily::kStatic, options.threads)));
  return Finish(dir, {bytes}, model);
}

absl::Status LoadTransformer(const std::string& dir, const LoadOptions& options,
                             LoadedModel* model) {
  const Tokenizer& tokenizer = *model->tokenizer;
  TransformerParts parts{.spec = model->spec,
                         .special = {tokenizer.cls_id(), tokenizer.sep_id()},
                         .tokenizer = &tokenizer};
  parts.threads = ThreadsFor(ModelFamily::kBert, options.threads);
  ABSL_ASSIGN_OR_RETURN(parts.weights, ModelWeights::Open(dir));
  model->memory_bytes = parts.weights->component_count() * sizeof(float);
  ABSL_ASSIGN_OR_RETURN(model->encoder, CpuEncoder(parts, Precision::kFp32));
  ABSL_RETURN_IF_ERROR(Finish(dir, parts.weights->file_bytes(), model));
  parts.fingerprint = model->fingerprint;
  ABSL_ASSIGN_OR_RETURN(model->encoder, ChooseEncoder(parts,
                                                      {options.device, options.precision,
                                                       options.precision_profile, options.warn},
                                                      std::move(model->encoder)));
  return absl::OkStatus();
}

// What a person should know of a TorchScript module. Device and precision are the daemon's, for
// models that can choose.
void WarnOfModule(const std::string& path, const LoadOptions& options) {
  if (!options.warn) return;
  options.warn(absl::StrCat(path, " is a program that runs with all rights of this process"));
  if (options.device.value_or(Device{}) == Device{} &&
      options.precision.value_or(Precision::kFp32) == Precision::kFp32) {
    return;
  }
  options.warn(absl::StrCat(path, " runs on the CPU in fp32, whatever was asked for"));
}

absl::Status LoadTorchScript(const std::string& dir, const LoadOptions& options,
                             LoadedModel* model) {
  ABSL_ASSIGN_OR_RETURN(const TorchScriptSpec script, LoadTorchScriptSpec(dir));
  const std::string path = absl::StrCat(dir, "/", script.file);
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<MappedFile> file, MappedFile::Open(path));
  model->memory_bytes = file->bytes().size();
  WarnOfModule(path, options);
  ABSL_ASSIGN_OR_RETURN(
      model->encoder,
      TorchScriptEncoder::Create(path, model->spec, script, *model->tokenizer,
                                 ThreadsFor(ModelFamily::kTorchScript, options.threads)));
  ABSL_RETURN_IF_ERROR(Finish(dir, {file->bytes()}, model));
  return file->status();
}

absl::StatusOr<std::shared_ptr<const SharedCodebooks>> LoadCodebooks(const std::string& dir,
                                                                     uint32_t dim) {
  const std::string path = dir + "/codebooks.bin";
  absl::StatusOr<std::shared_ptr<const SharedCodebooks>> codebooks = SharedCodebooks::Open(path);
  if (absl::IsNotFound(codebooks.status())) return nullptr;
  if (codebooks.ok() && (*codebooks)->dim() != dim) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": codebooks of ", (*codebooks)->dim(),
                                                   " dimensions; the model's rows have ", dim));
  }
  return codebooks;
}

}  // namespace

absl::StatusOr<LoadedModel> LoadModel(const std::string& dir, const LoadOptions& options) {
  LoadedModel model;
  ABSL_ASSIGN_OR_RETURN(model.spec, LoadModelSpec(dir));
  ABSL_ASSIGN_OR_RETURN(model.tokenizer, Tokenizer::Load(dir));
  ABSL_RETURN_IF_ERROR(CheckCase(dir, model));
  switch (model.spec.family) {
    case ModelFamily::kStatic:
      ABSL_RETURN_IF_ERROR(LoadStatic(dir, options, &model));
      break;
    case ModelFamily::kBert:
      ABSL_RETURN_IF_ERROR(LoadTransformer(dir, options, &model));
      break;
    case ModelFamily::kTorchScript:
      ABSL_RETURN_IF_ERROR(LoadTorchScript(dir, options, &model));
      break;
    case ModelFamily::kRemote:
      ABSL_RETURN_IF_ERROR(LoadRemote(dir, &model));
      break;
  }
  ABSL_ASSIGN_OR_RETURN(model.codebooks, LoadCodebooks(dir, model.encoder->dim()));
  return model;
}

}  // namespace seekd
