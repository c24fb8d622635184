#include "embedding_service/train/make_pairs.h"

#include <algorithm>
#include <filesystem>
#include <random>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/storage/atomic_file.h"
#include "core/text/document_reader.h"
#include "core/text/utf8.h"
#include "embedding_service/train/test_collection.h"
#include "embedding_service/train/text_pairs.h"
#include "embedding_service/train/token_pairs.h"

namespace seekd::train {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMaxFileBytes = 16 << 20;

// Regular files below the folder, in the order of their paths.
absl::StatusOr<std::vector<std::string>> FilesBelow(const std::string& folder) {
  std::vector<std::string> paths;
  std::error_code error;
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end;
       it.increment(error)) {
    if (it->is_regular_file(error)) paths.push_back(it->path().string());
  }
  if (error) return absl::NotFoundError(absl::StrCat(folder, ": ", error.message()));
  std::ranges::sort(paths);
  return paths;
}

absl::StatusOr<std::vector<TextPair>> PairsOfFolder(const MakePairsOptions& options,
                                                    std::mt19937_64* random) {
  ABSL_ASSIGN_OR_RETURN(const std::vector<std::string> paths, FilesBelow(options.text_folder));
  std::vector<TextPair> pairs;
  for (const std::string& path : paths) {
    const absl::StatusOr<std::string> bytes = ReadWholeFile(path, kMaxFileBytes);
    if (!bytes.ok()) continue;
    const absl::StatusOr<TextDocument> document = ReadDocument(path, *bytes, "", {});
    if (!document.ok()) continue;
    for (TextPair& pair : PairsOfDocument(*bytes, *document, options.documents, random)) {
      pairs.push_back(std::move(pair));
    }
  }
  return pairs;
}

std::string Cut(const std::string& text, size_t bytes) {
  return std::string(TruncateUtf8(RepairUtf8(text), bytes));
}

absl::StatusOr<std::vector<TextPair>> PairsOfCollection(const MakePairsOptions& options) {
  ABSL_ASSIGN_OR_RETURN(const TestCollection collection,
                        LoadTestCollection(options.collection_folder));
  const size_t limit = options.documents.passage_bytes;
  std::vector<TextPair> pairs;
  for (const TestQuery& query : collection.queries) {
    std::vector<uint32_t> relevant;
    for (const auto& [document, gain] : query.gains) relevant.push_back(document);
    std::ranges::sort(relevant);
    for (const uint32_t document : relevant) {
      pairs.push_back({query.text, Cut(collection.documents[document].TitleAndText(), limit)});
    }
  }
  for (const TestDocument& document : collection.documents) {
    if (!options.titles || document.title.empty()) continue;
    pairs.push_back({document.title, Cut(document.text, limit)});
  }
  std::erase_if(pairs, [&](const TextPair& pair) {
    return pair.passage.size() < options.documents.min_passage_bytes;
  });
  return pairs;
}

// Keeps the first of equal pairs.
void DropRepetitions(std::vector<TextPair>* pairs) {
  std::set<std::pair<std::string, std::string>> seen;
  std::erase_if(
      *pairs, [&](const TextPair& pair) { return !seen.emplace(pair.query, pair.passage).second; });
}

}  // namespace

absl::StatusOr<uint64_t> MakePairs(const MakePairsOptions& options) {
  if (options.text_folder.empty() == options.collection_folder.empty()) {
    return absl::InvalidArgumentError("expected one folder: of text, or a test collection");
  }
  std::mt19937_64 random(options.seed);
  ABSL_ASSIGN_OR_RETURN(std::vector<TextPair> pairs, options.text_folder.empty()
                                                         ? PairsOfCollection(options)
                                                         : PairsOfFolder(options, &random));
  DropRepetitions(&pairs);
  Shuffle(&random, &pairs);
  if (options.max_pairs != 0 && pairs.size() > options.max_pairs) pairs.resize(options.max_pairs);
  if (pairs.empty()) return absl::InvalidArgumentError("the folder gives no pair");
  ABSL_RETURN_IF_ERROR(WritePairs(options.out, pairs));
  return pairs.size();
}

}  // namespace seekd::train
