// Where the model's folder is, by one rule:
//   1. what the user configured (flag or configuration file);
//   2. the environment variable SEEKD_MODEL;
//   3. ../share/seekd/models/<default model>, seen from the program's own
//      folder: <prefix>/bin/seekd of an installed tree, and the build tree,
//      which has the same share/seekd/models.
// A place that is named but holds no config.json is an error, not a reason to
// go on to the next.
#ifndef SEEKD_EMBEDDING_SERVICE_MODEL_LOCATION_H_
#define SEEKD_EMBEDDING_SERVICE_MODEL_LOCATION_H_

#include <string>

#include "absl/status/statusor.h"

namespace seekd {

inline constexpr char kDefaultModelId[] = "seek-static-en-256";

// `configured` may be "". NOT_FOUND says where it was looked for.
absl::StatusOr<std::string> FindModelDir(const std::string& configured);

// ../share/seekd/models seen from the program's own folder: the models that came with it. It need
// not exist.
std::string InstalledModelsDir();

// The pure rule. `environment` is SEEKD_MODEL's value or "", `program_dir` the
// folder of the running program.
absl::StatusOr<std::string> ChooseModelDir(const std::string& configured,
                                           const std::string& environment,
                                           const std::string& program_dir);

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_MODEL_LOCATION_H_
