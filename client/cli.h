// What every command of `seek` shares: the global options, the connection, the
// output. A command is a function that adds itself to the parser (commands.h)
// and sets `Cli::run` when it was chosen.
#ifndef SEEKD_CLIENT_CLI_H_
#define SEEKD_CLIENT_CLI_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/daemon_launcher.h"
#include "client/interrupt.h"
#include "client/output.h"
#include "client/seekd_client.h"

namespace seekd::client {

struct GlobalOptions {
  std::string socket;
  std::string data;
  std::string address;
  std::string token_file;
  std::string collection = "default";
  // Whether -c was given: `ls` then lists documents.
  bool collection_given = false;
  double timeout_seconds = 0;
  Output::Options output;
};

class Cli {
 public:
  using Run = std::function<absl::StatusOr<ExitCode>(Cli&)>;

  GlobalOptions options;
  // What the chosen command does.
  Run run;
  // Set while commands run.
  std::unique_ptr<Output> output;
  Interrupt interrupt;

  std::string collection_name() const;

  ConnectOptions MakeConnectOptions();
  LaunchOptions MakeLaunchOptions();
  // A daemon that runs already.
  absl::StatusOr<std::unique_ptr<Client>> Connect();
  // Starts one when needed.
  absl::StatusOr<std::unique_ptr<Client>> ConnectOrStart();
};

// The absolute path without symbolic links, as the daemon sees it; the parts
// that do not exist are kept as they are.
std::string ResolvePath(const std::string& path);

// A folder that is there, by its absolute path without symbolic links. NOT_FOUND,
// INVALID_ARGUMENT (no folder).
absl::StatusOr<std::string> AbsoluteFolder(const std::string& folder);

// A document as a person names it: its id, or the path of the file. Calls `call`
// with the id; when there is no such document, with the absolute path.
absl::Status WithDocument(const std::string& argument,
                          const std::function<absl::Status(const std::string&)>& call);

}  // namespace seekd::client

#endif  // SEEKD_CLIENT_CLI_H_
