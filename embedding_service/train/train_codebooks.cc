#include "embedding_service/train/train_codebooks.h"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/codes/shared_codebooks.h"
#include "core/collection/run_sync.h"
#include "core/vector/vector_set.h"
#include "embedding_service/embedding_service.h"
#include "embedding_service/model_location.h"
#include "embedding_service/train/sample_chunks.h"

namespace seekd::train {
namespace {

constexpr size_t kInputsPerEncode = 256;

absl::Status AppendRows(std::span<const std::string> inputs, EmbeddingService* service,
                        VectorSet* rows) {
  for (size_t begin = 0; begin < inputs.size(); begin += kInputsPerEncode) {
    const size_t end = std::min(begin + kInputsPerEncode, inputs.size());
    std::vector<std::vector<TokenId>> tokens;
    for (size_t i = begin; i < end; ++i) {
      tokens.push_back(service->tokenizer().Tokenize(inputs[i]));
    }
    const EncodeOptions options{EncodePriority::kIngest, nullptr, /*use_cache=*/false};
    ABSL_ASSIGN_OR_RETURN(const EmbeddingRows encoded,
                          RunSync(service->encoder().Encode(std::move(tokens), options)));
    rows->values.insert(rows->values.end(), encoded.values.begin(), encoded.values.end());
  }
  return absl::OkStatus();
}

absl::StatusOr<VectorSet> SampleRows(const CodebookOptions& options, EmbeddingService* service) {
  VectorSet rows{service->model().dim, {}};
  for (const std::string& folder : options.folders) {
    const std::string path = std::filesystem::absolute(folder).lexically_normal().string();
    ABSL_ASSIGN_OR_RETURN(
        const std::vector<std::string> inputs,
        SampleChunks(path, options.rows, service->tokenizer(), service->model().passage_prefix));
    ABSL_RETURN_IF_ERROR(AppendRows(inputs, service, &rows));
    std::cout << folder << ": " << inputs.size() << " chunks" << std::endl;
  }
  return rows;
}

}  // namespace

absl::Status TrainCodebooksOfModel(const CodebookOptions& options) {
  ABSL_ASSIGN_OR_RETURN(const std::string model_dir, FindModelDir(options.model_dir));
  ABSL_ASSIGN_OR_RETURN(const auto service, EmbeddingService::Start(model_dir, {}));
  ABSL_ASSIGN_OR_RETURN(const VectorSet rows, SampleRows(options, service.get()));
  CodeTrainingOptions training;
  training.stages = options.stages;
  if (rows.size() < training.max_centroids) {
    return absl::InvalidArgumentError(absl::StrCat(
        "expected text of at least ", training.max_centroids, " chunks, found ", rows.size()));
  }
  std::vector<uint32_t> lengths = options.code_bytes;
  std::sort(lengths.begin(), lengths.end());
  ABSL_ASSIGN_OR_RETURN(const std::vector<Codebook> codebooks,
                        TrainCodebooks(rows, training, lengths, nullptr));
  ABSL_ASSIGN_OR_RETURN(const uint64_t bytes, WriteSharedCodebooks(options.out, codebooks));
  // A model is for all users of a machine.
  std::filesystem::permissions(
      options.out, std::filesystem::perms::group_read | std::filesystem::perms::others_read,
      std::filesystem::perm_options::add);
  ABSL_ASSIGN_OR_RETURN(const auto written, SharedCodebooks::Open(options.out));
  std::cout << options.out << ": " << bytes << " bytes, digest " << written->digest().ToHex()
            << ", trained on " << rows.size() << " chunks" << std::endl;
  return absl::OkStatus();
}

}  // namespace seekd::train
