// The tables of one benchmark run: each row is printed as Markdown at once, so that
// a long run can be watched, and kept for a JSON file at the end.
#ifndef SEEKD_TESTS_BENCH_SEEKD_BENCH_REPORT_H_
#define SEEKD_TESTS_BENCH_SEEKD_BENCH_REPORT_H_

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"

namespace seekd::bench {

// Text, or a number; NaN where there is nothing to say.
using Cell = std::variant<std::string, double>;
inline constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();

struct Column {
  std::string key;    // in JSON
  std::string title;  // in Markdown
  int decimals = 0;   // of its numbers, in Markdown; JSON has all digits
};

class Report {
 public:
  // `out` outlives the report.
  Report(std::string command, std::ostream* out);

  // What the tables below were measured on: printed as a line, kept beside them.
  void Fact(const std::string& key, const Cell& value);
  void BeginTable(const std::string& name, const std::string& title, std::vector<Column> columns);
  // REQUIRES: a table was begun; a cell for each of its columns.
  void Row(const std::vector<Cell>& cells);

  // {"command", "facts": {...}, "tables": {name: {"title", "rows": [{key: value}]}}}.
  std::string Json() const;
  // UNAVAILABLE when the file cannot be written. An empty path writes nothing.
  absl::Status WriteJson(const std::string& path) const;

 private:
  std::ostream* const out_;
  std::vector<Column> columns_;
  std::string table_;
  nlohmann::ordered_json json_;
};

}  // namespace seekd::bench

#endif  // SEEKD_TESTS_BENCH_SEEKD_BENCH_REPORT_H_
