// The line formats of retrieval test collections (BEIR's layout): documents and
// queries as JSON lines, judgements as TSV. Pure; errors name the line.
#ifndef SEEKD_CLIENT_JSON_LINES_H_
#define SEEKD_CLIENT_JSON_LINES_H_

#include <istream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "client/metrics.h"

namespace seekd::client {

struct ImportedDocument {
  std::string id;     // not empty
  std::string title;  // may be empty
  std::string text;   // may be empty
};

// {"_id": "d1" or 1, "title": "...", "text": "..."}; further members are ignored.
// INVALID_ARGUMENT.
absl::StatusOr<ImportedDocument> ParseDocumentLine(std::string_view line);

struct EvalQuery {
  std::string id;
  std::string text;
};

// One {"_id", "text"} per line; blank lines are skipped. INVALID_ARGUMENT
// "<name>:<line>: ...".
absl::StatusOr<std::vector<EvalQuery>> ReadQueries(std::istream& in, const std::string& name);

// Query id -> judgements. Lines of query, document, gain between tabs, or the four
// columns of TREC (query, 0, document, gain); a first line whose gain is no number
// is a heading. INVALID_ARGUMENT "<name>:<line>: ...".
absl::StatusOr<std::map<std::string, Judgements>> ReadJudgements(std::istream& in,
                                                                 const std::string& name);

// One query a line: the member "text" of a JSON object, else the line itself. Blank
// lines are skipped.
std::vector<std::string> ReadQueryTexts(std::istream& in);

}  // namespace seekd::client

#endif  // SEEKD_CLIENT_JSON_LINES_H_
