#include "embedding_service/train/json_lines.h"

#include <cstdint>
#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"

namespace seekd::train {
namespace {

using nlohmann::json;

// The value of the string member `name` ('?' at its end: may be absent).
absl::Status ReadMember(const json& object, std::string name, std::string* value) {
  const bool optional = name.back() == '?';
  if (optional) name.pop_back();
  const auto found = object.find(name);
  if (found == object.end() && optional) return absl::OkStatus();
  if (found == object.end() || !found->is_string()) {
    return absl::DataLossError(absl::StrCat("expected a string \"", name, "\""));
  }
  *value = found->get<std::string>();
  return absl::OkStatus();
}

}  // namespace

absl::Status ForEachLine(const std::string& path,
                         const std::function<absl::Status(std::string_view)>& visit) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return absl::NotFoundError(absl::StrCat("cannot open ", path));
  uint64_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    const absl::Status status = visit(line);
    if (status.ok()) continue;
    return absl::Status(status.code(), absl::StrCat(path, ":", number, ": ", status.message()));
  }
  if (in.bad()) return absl::DataLossError(absl::StrCat("cannot read ", path));
  return absl::OkStatus();
}

absl::Status ForEachObject(const std::string& path, const std::vector<std::string>& names,
                           const std::function<absl::Status(std::vector<std::string>)>& visit) {
  return ForEachLine(path, [&](std::string_view line) -> absl::Status {
    if (line.empty()) return absl::OkStatus();
    const json object = json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!object.is_object()) return absl::DataLossError("expected a JSON object");
    std::vector<std::string> values(names.size());
    for (size_t i = 0; i < names.size(); ++i) {
      ABSL_RETURN_IF_ERROR(ReadMember(object, names[i], &values[i]));
    }
    return visit(std::move(values));
  });
}

}  // namespace seekd::train
