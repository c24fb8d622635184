#include "embedding_service/train/average_tables.h"

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/storage/atomic_file.h"
#include "core/text/tokenizer_config.h"
#include "embedding_service/train/model_files.h"

namespace seekd::train {
namespace {

absl::Status CheckSame(const NamedTensor& table, const TokenizerConfig& tokenizer,
                       const NamedTensor& first, const TokenizerConfig& first_tokenizer,
                       const std::string& dir) {
  if (table.shape != first.shape) {
    return absl::InvalidArgumentError(absl::StrCat(dir, " is a table of ", table.shape[0], " x ",
                                                   table.shape[1], ", expected ", first.shape[0],
                                                   " x ", first.shape[1]));
  }
  if (tokenizer.vocabulary != first_tokenizer.vocabulary ||
      tokenizer.normalization != first_tokenizer.normalization) {
    return absl::InvalidArgumentError(
        absl::StrCat(dir, " has another vocabulary or normalisation"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status AverageTables(const std::vector<std::string>& models, const std::string& out) {
  if (models.empty()) return absl::InvalidArgumentError("no model");
  ABSL_ASSIGN_OR_RETURN(const NamedTensor first, ReadTable(models[0]));
  ABSL_ASSIGN_OR_RETURN(const TokenizerConfig tokenizer, LoadTokenizerConfig(models[0]));
  std::vector<double> sums(first.values.size());
  for (const std::string& dir : models) {
    ABSL_ASSIGN_OR_RETURN(const NamedTensor table, ReadTable(dir));
    ABSL_ASSIGN_OR_RETURN(const TokenizerConfig its_tokenizer, LoadTokenizerConfig(dir));
    ABSL_RETURN_IF_ERROR(CheckSame(table, its_tokenizer, first, tokenizer, dir));
    for (size_t i = 0; i < sums.size(); ++i) sums[i] += table.values[i];
  }
  NamedTensor mean{first.name, first.shape, {}};
  for (const double sum : sums) {
    mean.values.push_back(static_cast<float>(sum / static_cast<double>(models.size())));
  }
  ABSL_RETURN_IF_ERROR(CreatePrivateFolder(out));
  return WriteStaticModel(mean, models[0], out);
}

}  // namespace seekd::train
