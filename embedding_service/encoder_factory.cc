#include "embedding_service/encoder_factory.h"

#include <algorithm>
#include <chrono>
#include <random>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "embedding_service/fingerprint.h"
#include "embedding_service/model_weights.h"
#include "embedding_service/remote/remote_encoder.h"
#include "embedding_service/safetensors.h"
#include "embedding_service/static_encoder.h"
#include "embedding_service/transformer_encoder.h"

namespace seekd {
namespace {

constexpr uint32_t kTimedTokens = 200;  // of a chunk of the default size, roughly
constexpr int kRepetitions = 3;

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
  ABSL_ASSIGN_OR_RETURN(
      model->encoder,
      StaticEncoder::Create(model->spec, model->tokenizer->unknown_id(), std::move(file),
                            ThreadsFor(ModelFamily::kStatic, options.threads)));
  return Finish(dir, {bytes}, model);
}

// Makes and compares the encoders of one transformer.
class PrecisionTrial {
 public:
  PrecisionTrial(const LoadedModel& model, std::shared_ptr<const ModelWeights> weights, int threads)
      : model_(model), weights_(std::move(weights)), threads_(threads) {}

  absl::StatusOr<std::unique_ptr<TransformerEncoder>> Create(Precision precision) const {
    const SpecialTokens special{model_.tokenizer->cls_id(), model_.tokenizer->sep_id()};
    return TransformerEncoder::Create(model_.spec, special, weights_, threads_, precision);
  }

  absl::StatusOr<std::vector<PrecisionTiming>> Measure() const {
    std::vector<PrecisionTiming> timings;
    std::vector<float> exact;
    for (const Precision precision : BertModel::SupportedPrecisions()) {
      ABSL_ASSIGN_OR_RETURN(const auto encoder, Create(precision));
      ABSL_ASSIGN_OR_RETURN(const double speed, TokensPerSecond(encoder.get()));
      ABSL_ASSIGN_OR_RETURN(std::vector<float> rows,
                            EncodeProbes(*model_.tokenizer, encoder.get()));
      if (exact.empty()) exact = rows;
      timings.push_back({precision, speed, LeastCosine(exact, rows)});
    }
    return timings;
  }

 private:
  // Of inputs as long as chunks, two for each thread, others each time: a library may
  // remember what it made of the last ones.
  absl::StatusOr<double> TokensPerSecond(BatchEncoder* encoder) const {
    std::mt19937 random(1);
    const uint32_t length = std::min(kTimedTokens, encoder->max_input_tokens());
    std::vector<std::vector<TokenId>> tokens(2 * static_cast<size_t>(threads_),
                                             std::vector<TokenId>(length));
    const std::vector<TokenSpan> inputs(tokens.begin(), tokens.end());
    std::vector<float> rows(inputs.size() * encoder->dim());
    double best = 0;
    for (int i = 0; i < kRepetitions; ++i) {
      for (auto& input : tokens) {
        for (TokenId& id : input) id = static_cast<TokenId>(random() % encoder->vocab_size());
      }
      const auto begin = std::chrono::steady_clock::now();
      ABSL_RETURN_IF_ERROR(encoder->Encode(inputs, rows.data()));
      const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
      best = std::max(best, static_cast<double>(length * inputs.size()) / seconds.count());
    }
    return best;
  }

  // Of unit rows; the probes without known tokens are zero in both.
  double LeastCosine(const std::vector<float>& exact, const std::vector<float>& rows) const {
    double least = 1;
    for (size_t begin = 0; begin < rows.size(); begin += model_.spec.dim) {
      double dot = 0, norm = 0;
      for (size_t i = begin; i < begin + model_.spec.dim; ++i) {
        dot += static_cast<double>(exact[i]) * rows[i];
        norm += static_cast<double>(exact[i]) * exact[i];
      }
      if (norm > 0) least = std::min(least, dot);
    }
    return least;
  }

  const LoadedModel& model_;
  const std::shared_ptr<const ModelWeights> weights_;
  const int threads_;
};

absl::StatusOr<Precision> PrecisionFor(const LoadOptions& options, const std::string& fingerprint,
                                       int threads, const PrecisionTrial& trial) {
  if (options.precision) return *options.precision;
  if (options.precision_profile.empty()) return Precision::kFp32;
  const PrecisionKey key{fingerprint, static_cast<uint32_t>(threads),
                         BertModel::SupportedPrecisions()};
  return LoadOrMeasurePrecision(options.precision_profile, key, [&] { return trial.Measure(); });
}

absl::Status LoadTransformer(const std::string& dir, const LoadOptions& options,
                             LoadedModel* model) {
  const int threads = ThreadsFor(ModelFamily::kBert, options.threads);
  ABSL_ASSIGN_OR_RETURN(std::shared_ptr<const ModelWeights> weights, ModelWeights::Open(dir));
  const PrecisionTrial trial(*model, weights, threads);
  ABSL_ASSIGN_OR_RETURN(model->encoder, trial.Create(Precision::kFp32));
  ABSL_RETURN_IF_ERROR(Finish(dir, weights->file_bytes(), model));
  ABSL_ASSIGN_OR_RETURN(model->precision,
                        PrecisionFor(options, model->fingerprint, threads, trial));
  if (model->precision == Precision::kFp32) return absl::OkStatus();
  model->encoder.reset();
  ABSL_ASSIGN_OR_RETURN(model->encoder, trial.Create(model->precision));
  return absl::OkStatus();
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

absl::Status LoadRemote(const std::string& dir, LoadedModel* model) {
  ABSL_ASSIGN_OR_RETURN(auto encoder, RemoteEncoder::Create(dir, *model->tokenizer));
  ABSL_ASSIGN_OR_RETURN(model->fingerprint,
                        FingerprintFolder(dir, model->spec, {}, encoder->probe_rows()));
  model->remote = encoder->spec().Describe();
  model->encoder = std::move(encoder);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<LoadedModel> LoadModel(const std::string& dir, const LoadOptions& options) {
  LoadedModel model;
  ABSL_ASSIGN_OR_RETURN(model.spec, LoadModelSpec(dir));
  ABSL_ASSIGN_OR_RETURN(model.tokenizer, Tokenizer::Load(dir));
  switch (model.spec.family) {
    case ModelFamily::kStatic:
      ABSL_RETURN_IF_ERROR(LoadStatic(dir, options, &model));
      break;
    case ModelFamily::kBert:
      ABSL_RETURN_IF_ERROR(LoadTransformer(dir, options, &model));
      break;
    case ModelFamily::kRemote:
      ABSL_RETURN_IF_ERROR(LoadRemote(dir, &model));
      break;
  }
  ABSL_ASSIGN_OR_RETURN(model.codebooks, LoadCodebooks(dir, model.encoder->dim()));
  return model;
}

}  // namespace seekd
