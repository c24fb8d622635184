#include "embedding_service/train/test_collection.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/base/status_macros.h"
#include "embedding_service/train/json_lines.h"

namespace seekd::train {
namespace {

using NumberById = std::unordered_map<std::string, uint32_t>;

// False where the id is there already: some collections repeat a document.
bool AddId(std::string id, NumberById* numbers) {
  return numbers->emplace(std::move(id), static_cast<uint32_t>(numbers->size())).second;
}

absl::StatusOr<uint32_t> FindId(const NumberById& numbers, std::string_view id, const char* what) {
  const auto found = numbers.find(std::string(id));
  if (found != numbers.end()) return found->second;
  return absl::DataLossError(absl::StrCat("no ", what, " \"", std::string(id), "\""));
}

absl::Status ReadGain(std::string_view line, const NumberById& queries, const NumberById& documents,
                      TestCollection* collection) {
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  if (line.empty() || line.starts_with("query-id\t")) return absl::OkStatus();
  const std::vector<std::string> fields = absl::StrSplit(std::string(line), '\t');
  double gain = 0;
  if (fields.size() != 3 || !absl::SimpleAtod(fields[2], &gain)) {
    return absl::DataLossError("expected query id, tab, document id, tab, gain");
  }
  ABSL_ASSIGN_OR_RETURN(const uint32_t query, FindId(queries, fields[0], "query"));
  ABSL_ASSIGN_OR_RETURN(const uint32_t document, FindId(documents, fields[1], "document"));
  if (gain > 0) collection->queries[query].gains[document] = gain;
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<TestCollection> LoadTestCollection(const std::string& dir) {
  TestCollection collection;
  NumberById documents, queries;
  ABSL_RETURN_IF_ERROR(ForEachObject(
      dir + "/corpus.jsonl", {"_id", "title?", "text"}, [&](std::vector<std::string> values) {
        if (AddId(std::move(values[0]), &documents)) {
          collection.documents.push_back({std::move(values[1]), std::move(values[2])});
        }
        return absl::OkStatus();
      }));
  ABSL_RETURN_IF_ERROR(
      ForEachObject(dir + "/queries.jsonl", {"_id", "text"}, [&](std::vector<std::string> values) {
        if (AddId(std::move(values[0]), &queries)) {
          collection.queries.push_back({std::move(values[1]), {}});
        }
        return absl::OkStatus();
      }));
  ABSL_RETURN_IF_ERROR(ForEachLine(dir + "/qrels.tsv", [&](std::string_view line) {
    return ReadGain(line, queries, documents, &collection);
  }));
  std::erase_if(collection.queries, [](const TestQuery& query) { return query.gains.empty(); });
  return collection;
}

}  // namespace seekd::train
