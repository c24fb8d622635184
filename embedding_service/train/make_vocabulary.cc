#include "embedding_service/train/make_vocabulary.h"

#include "core/base/status_macros.h"
#include "core/storage/atomic_file.h"
#include "embedding_service/train/json_lines.h"
#include "embedding_service/train/model_files.h"
#include "embedding_service/train/text_pairs.h"

namespace seekd::train {

absl::StatusOr<size_t> MakeVocabulary(const MakeVocabularyOptions& options) {
  WordCounts counts;
  for (const std::string& path : options.pairs) {
    ABSL_RETURN_IF_ERROR(ForEachPair(path, [&](const TextPair& pair) {
      CountWords(pair.query, &counts);
      CountWords(pair.passage, &counts);
    }));
  }
  for (const std::string& path : options.texts) {
    ABSL_RETURN_IF_ERROR(ForEachLine(path, [&](std::string_view line) {
      CountWords(line, &counts);
      return absl::OkStatus();
    }));
  }
  ABSL_ASSIGN_OR_RETURN(const std::vector<std::string> vocabulary,
                        LearnVocabulary(counts, options.vocabulary));
  std::string lines;
  for (const std::string& token : vocabulary) lines += token + "\n";
  ABSL_RETURN_IF_ERROR(CreatePrivateFolder(options.out));
  ABSL_RETURN_IF_ERROR(WriteModelFile(options.out + "/vocab.txt", lines));
  ABSL_RETURN_IF_ERROR(WriteModelFile(options.out + "/tokenizer.json", TokenizerJson(vocabulary)));
  return vocabulary.size();
}

}  // namespace seekd::train
