// Files of one JSON object a line.
#ifndef SEEKD_EMBEDDING_SERVICE_TRAIN_JSON_LINES_H_
#define SEEKD_EMBEDDING_SERVICE_TRAIN_JSON_LINES_H_

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace seekd::train {

// Calls `visit` for each line of a text file, without its end, until it fails. Errors: NOT_FOUND,
// DATA_LOSS (cannot be read), and the one of `visit`, with the path and the line's number (from 1).
absl::Status ForEachLine(const std::string& path,
                         const std::function<absl::Status(std::string_view line)>& visit);

// Calls `visit` with the values of the string members `names`, in their order, of the object in
// each line that is not empty. A member that ends with '?' may be absent and is then "". DATA_LOSS:
// a line that is no such object.
absl::Status ForEachObject(
    const std::string& path, const std::vector<std::string>& names,
    const std::function<absl::Status(std::vector<std::string> values)>& visit);

}  // namespace seekd::train

#endif  // SEEKD_EMBEDDING_SERVICE_TRAIN_JSON_LINES_H_
