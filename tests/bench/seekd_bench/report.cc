#include "tests/bench/seekd_bench/report.h"

#include <fstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace seekd::bench {
namespace {

std::string Printed(const Cell& cell, int decimals) {
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  const double number = std::get<double>(cell);
  return std::isnan(number) ? "–" : absl::StrFormat("%.*f", decimals, number);
}

nlohmann::ordered_json Kept(const Cell& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  const double number = std::get<double>(cell);
  if (std::isnan(number)) return nullptr;
  return number;
}

}  // namespace

Report::Report(std::string command, std::ostream* out) : out_(out) {
  json_["command"] = std::move(command);
  json_["facts"] = nlohmann::ordered_json::object();
  json_["tables"] = nlohmann::ordered_json::object();
}

void Report::Fact(const std::string& key, const Cell& value) {
  json_["facts"][key] = Kept(value);
  *out_ << key << ": "
        << (std::holds_alternative<double>(value) ? absl::StrCat(std::get<double>(value))
                                                  : std::get<std::string>(value))
        << std::endl;
}

void Report::BeginTable(const std::string& name, const std::string& title,
                        std::vector<Column> columns) {
  columns_ = std::move(columns);
  table_ = name;
  json_["tables"][name] = {{"title", title}, {"rows", nlohmann::ordered_json::array()}};
  std::string head = "|";
  std::string rule = "|";
  for (const Column& column : columns_) {
    absl::StrAppend(&head, " ", column.title, " |");
    absl::StrAppend(&rule, "---|");
  }
  *out_ << "\n" << title << "\n\n" << head << "\n" << rule << std::endl;
}

void Report::Row(const std::vector<Cell>& cells) {
  nlohmann::ordered_json row;
  std::string line = "|";
  for (size_t i = 0; i < columns_.size(); ++i) {
    row[columns_[i].key] = Kept(cells[i]);
    absl::StrAppend(&line, " ", Printed(cells[i], columns_[i].decimals), " |");
  }
  json_["tables"][table_]["rows"].push_back(std::move(row));
  *out_ << line << std::endl;
}

std::string Report::Json() const { return json_.dump(1) + "\n"; }

absl::Status Report::WriteJson(const std::string& path) const {
  if (path.empty()) return absl::OkStatus();
  std::ofstream file(path);
  file << Json();
  file.flush();
  if (!file) return absl::UnavailableError(absl::StrCat("cannot write ", path));
  return absl::OkStatus();
}

}  // namespace seekd::bench
