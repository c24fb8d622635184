#include "embedding_service/train/text_pairs.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "core/base/status_macros.h"
#include "core/storage/atomic_file.h"
#include "embedding_service/train/json_lines.h"

namespace seekd::train {

absl::Status ForEachPair(const std::string& path, const std::function<void(TextPair)>& visit) {
  return ForEachObject(path, {"query", "passage"}, [&](std::vector<std::string> values) {
    visit({std::move(values[0]), std::move(values[1])});
    return absl::OkStatus();
  });
}

absl::Status WritePairs(const std::string& path, const std::vector<TextPair>& pairs) {
  using nlohmann::ordered_json;
  ABSL_ASSIGN_OR_RETURN(AtomicFileWriter file, AtomicFileWriter::Create(path));
  for (const TextPair& pair : pairs) {
    const ordered_json line = {{"query", pair.query}, {"passage", pair.passage}};
    ABSL_RETURN_IF_ERROR(
        file.Append(line.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n"));
  }
  return file.Commit();
}

}  // namespace seekd::train
