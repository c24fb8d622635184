#include "client/json_lines.h"

#include <cstdint>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "core/base/status_macros.h"
#include "nlohmann/json.hpp"

namespace seekd::client {
namespace {

using nlohmann::json;

bool IsBlank(std::string_view line) {
  return line.find_first_not_of(" \t\r\f\v") == std::string_view::npos;
}

absl::StatusOr<json> ParseObject(std::string_view line) {
  json parsed = json::parse(line.begin(), line.end(), nullptr, /*allow_exceptions=*/false);
  if (parsed.is_discarded())
    return absl::InvalidArgumentError("expected JSON, found something else");
  if (!parsed.is_object()) {
    return absl::InvalidArgumentError(
        absl::StrCat("expected a JSON object, found a JSON ", parsed.type_name()));
  }
  return parsed;
}

absl::StatusOr<std::string> IdOf(const json& object) {
  const auto id = object.find("_id");
  if (id == object.end())
    return absl::InvalidArgumentError("expected a member \"_id\", found none");
  if (id->is_number_integer()) return absl::StrCat(id->get<int64_t>());
  if (!id->is_string() || id->get_ref<const std::string&>().empty()) {
    return absl::InvalidArgumentError("expected \"_id\" to be a non-empty string or an integer");
  }
  return id->get<std::string>();
}

absl::StatusOr<std::string> TextOf(const json& object, const char* member, bool required) {
  const auto text = object.find(member);
  if (text == object.end() || text->is_null()) {
    if (!required) return std::string();
    return absl::InvalidArgumentError(
        absl::StrCat("expected a member \"", member, "\", found none"));
  }
  if (text->is_string()) return text->get<std::string>();
  return absl::InvalidArgumentError(
      absl::StrCat("expected \"", member, "\" to be a string, found a ", text->type_name()));
}

absl::StatusOr<EvalQuery> ParseQueryLine(std::string_view line) {
  ABSL_ASSIGN_OR_RETURN(const json object, ParseObject(line));
  EvalQuery query;
  ABSL_ASSIGN_OR_RETURN(query.id, IdOf(object));
  ABSL_ASSIGN_OR_RETURN(query.text, TextOf(object, "text", true));
  return query;
}

absl::Status AtLine(const std::string& name, int64_t line, absl::string_view message) {
  return absl::InvalidArgumentError(absl::StrCat(name, ":", line, ": ", message));
}

std::vector<std::string> Columns(const std::string& line) {
  if (line.find('\t') != std::string::npos) return absl::StrSplit(line, '\t');
  return absl::StrSplit(line, ' ', absl::SkipEmpty());
}

}  // namespace

absl::StatusOr<ImportedDocument> ParseDocumentLine(std::string_view line) {
  ABSL_ASSIGN_OR_RETURN(const json object, ParseObject(line));
  ImportedDocument document;
  ABSL_ASSIGN_OR_RETURN(document.id, IdOf(object));
  ABSL_ASSIGN_OR_RETURN(document.title, TextOf(object, "title", false));
  ABSL_ASSIGN_OR_RETURN(document.text, TextOf(object, "text", true));
  return document;
}

absl::StatusOr<std::vector<EvalQuery>> ReadQueries(std::istream& in, const std::string& name) {
  std::vector<EvalQuery> queries;
  int64_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (IsBlank(line)) continue;
    auto query = ParseQueryLine(line);
    if (!query.ok()) return AtLine(name, number, query.status().message());
    queries.push_back(*std::move(query));
  }
  return queries;
}

absl::StatusOr<std::map<std::string, Judgements>> ReadJudgements(std::istream& in,
                                                                 const std::string& name) {
  std::map<std::string, Judgements> judgements;
  int64_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (IsBlank(line)) continue;
    const std::vector<std::string> columns = Columns(std::string(absl::StripSuffix(line, "\r")));
    if (columns.size() != 3 && columns.size() != 4) {
      return AtLine(name, number, absl::StrCat("expected 3 or 4 columns, found ", columns.size()));
    }
    double gain = 0;
    if (!absl::SimpleAtod(columns.back(), &gain)) {
      if (number == 1) continue;
      return AtLine(name, number, absl::StrCat("expected a gain, found \"", columns.back(), "\""));
    }
    judgements[columns[0]][columns[columns.size() - 2]] = gain;
  }
  return judgements;
}

std::vector<std::string> ReadQueryTexts(std::istream& in) {
  std::vector<std::string> texts;
  for (std::string line; std::getline(in, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (IsBlank(line)) continue;
    const absl::StatusOr<json> object = ParseObject(line);
    const bool has_text = object.ok() && object->contains("text") && (*object)["text"].is_string();
    texts.push_back(has_text ? (*object)["text"].get<std::string>() : line);
  }
  return texts;
}

}  // namespace seekd::client
