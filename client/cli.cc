#include "client/cli.h"

#include <chrono>
#include <filesystem>
#include <system_error>

#include "client/resource_names.h"
#include "client/terminal_text.h"

namespace seekd::client {

std::string Cli::collection_name() const { return CollectionName(options.collection); }

ConnectOptions Cli::MakeConnectOptions() {
  ConnectOptions connect;
  connect.socket_path = options.socket;
  connect.tcp_address = options.address;
  connect.token_file = options.token_file;
  connect.timeout = std::chrono::milliseconds(static_cast<int64_t>(options.timeout_seconds * 1000));
  connect.long_timeout = connect.timeout;
  connect.interrupt = &interrupt;
  return connect;
}

LaunchOptions Cli::MakeLaunchOptions() {
  LaunchOptions launch;
  launch.connect = MakeConnectOptions();
  launch.data_dir = options.data;
  launch.on_message = [this](const std::string& message) { output->Note(OneLine(message)); };
  return launch;
}

absl::StatusOr<std::unique_ptr<Client>> Cli::Connect() {
  return Client::Connect(MakeConnectOptions());
}

absl::StatusOr<std::unique_ptr<Client>> Cli::ConnectOrStart() {
  return EnsureDaemon(MakeLaunchOptions());
}

std::string ResolvePath(const std::string& path) {
  std::error_code error;
  const std::filesystem::path resolved = std::filesystem::weakly_canonical(path, error);
  if (!error && resolved.is_absolute()) return resolved.string();
  return std::filesystem::absolute(path, error).lexically_normal().string();
}

absl::StatusOr<std::string> AbsoluteFolder(const std::string& folder) {
  std::error_code error;
  const std::filesystem::path path = std::filesystem::canonical(folder, error);
  if (error) return absl::NotFoundError(absl::StrCat(folder, ": ", error.message()));
  if (!std::filesystem::is_directory(path, error)) {
    return absl::InvalidArgumentError(absl::StrCat(folder, ": expected a folder"));
  }
  return path.string();
}

absl::Status WithDocument(const std::string& argument,
                          const std::function<absl::Status(const std::string&)>& call) {
  const absl::Status status = call(argument);
  if (!absl::IsNotFound(status)) return status;
  const std::string path = ResolvePath(argument);
  if (path == argument) return status;
  const absl::Status second = call(path);
  return absl::IsNotFound(second) ? status : second;
}

}  // namespace seekd::client
