#include "server/unix_listener.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/base/location.h"
#include "core/base/status_macros.h"
#include "server/logging.h"
#include "server/peer.h"

namespace seekd {
namespace {

constexpr int kFirstInheritedFd = 3;
constexpr int kBacklog = 128;

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, std::max<size_t>(slash, 1));
}

absl::StatusOr<sockaddr_un> AddressOf(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() > MaxSocketPathBytes()) {
    return absl::InvalidArgumentError(absl::StrCat("socket path ", path, ": expected at most ",
                                                   MaxSocketPathBytes(), " bytes, found ",
                                                   path.size()));
  }
  std::ranges::copy(path, address.sun_path);
  return address;
}

// Others must be able neither to replace the socket nor to have made the folder.
absl::Status CheckFolder(const std::string& folder) {
  struct stat info;
  if (stat(folder.c_str(), &info) != 0) return ErrnoError("cannot stat", folder);
  if (info.st_uid != getuid() && info.st_uid != 0) {
    return absl::FailedPreconditionError(absl::StrCat("socket folder ", folder, ": expected owner ",
                                                      getuid(), ", found ", info.st_uid));
  }
  const bool others_write = (info.st_mode & (S_IWGRP | S_IWOTH)) != 0;
  if (others_write && (info.st_mode & S_ISVTX) == 0) {
    return absl::FailedPreconditionError(
        absl::StrFormat("socket folder %s: mode 0%o lets others write to it; run: chmod 700 %s",
                        folder, info.st_mode & 0777, folder));
  }
  return absl::OkStatus();
}

absl::Status PrepareFolder(const std::string& path) {
  const std::string folder = FolderOf(path);
  ABSL_RETURN_IF_ERROR(CreatePrivateFolder(folder));
  // The default folder below /tmp has a name that anybody could have taken first.
  if (path == DefaultSocketPath(ProcessEnvironment(), ThisPlatform())) {
    return CheckPrivateFolder(folder);
  }
  return CheckFolder(folder);
}

absl::StatusOr<UniqueFd> NewSocket() {
  UniqueFd fd(socket(AF_UNIX, SOCK_STREAM, 0));
  if (fd.get() < 0) return ErrnoError("cannot make a", "unix socket");
  return fd;
}

absl::Status MakeNonBlocking(int fd) {
  const int flags = fcntl(fd, F_GETFL);
  if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0 ||
      fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) {
    return ErrnoError("cannot set up a", "socket");
  }
  return absl::OkStatus();
}

// REQUIRES: the lock is held, so no seekd listens there. Some other program might.
absl::Status RemoveStale(const std::string& path, const sockaddr_un& address) {
  struct stat info;
  if (lstat(path.c_str(), &info) != 0) {
    return errno == ENOENT ? absl::OkStatus() : ErrnoError("cannot stat", path);
  }
  if (!S_ISSOCK(info.st_mode)) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, ": expected a socket or nothing, found another file"));
  }
  ABSL_ASSIGN_OR_RETURN(const UniqueFd probe, NewSocket());
  if (connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) {
    return absl::UnavailableError(absl::StrCat(path, ": another program listens there"));
  }
  if (unlink(path.c_str()) != 0) return ErrnoError("cannot remove the stale socket", path);
  return absl::OkStatus();
}

absl::StatusOr<UniqueFd> Bind(const std::string& path, const sockaddr_un& address) {
  ABSL_RETURN_IF_ERROR(RemoveStale(path, address));
  ABSL_ASSIGN_OR_RETURN(UniqueFd fd, NewSocket());
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    return ErrnoError("cannot bind", path);
  }
  // Nobody can connect before listen().
  if (chmod(path.c_str(), 0600) != 0) return ErrnoError("cannot set the mode of", path);
  if (listen(fd.get(), kBacklog) != 0) return ErrnoError("cannot listen on", path);
  ABSL_RETURN_IF_ERROR(MakeNonBlocking(fd.get()));
  return fd;
}

bool IsListeningUnixSocket(int fd) {
  int listening = 0;
  socklen_t size = sizeof(listening);
  sockaddr_storage address{};
  socklen_t address_size = sizeof(address);
  return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 && listening != 0 &&
         getsockname(fd, reinterpret_cast<sockaddr*>(&address), &address_size) == 0 &&
         address.ss_family == AF_UNIX;
}

// No value: nobody listens for us.
absl::StatusOr<std::optional<UniqueFd>> TakeInherited() {
  const char* pid = std::getenv("LISTEN_PID");
  const char* count = std::getenv("LISTEN_FDS");
  int64_t expected_pid = 0;
  if (pid == nullptr || count == nullptr || !absl::SimpleAtoi(pid, &expected_pid) ||
      expected_pid != getpid()) {
    return std::nullopt;
  }
  const bool is_one = std::string_view(count) == "1";
  unsetenv("LISTEN_PID");
  unsetenv("LISTEN_FDS");
  if (!is_one || !IsListeningUnixSocket(kFirstInheritedFd)) {
    return absl::FailedPreconditionError(
        "socket activation: expected one listening unix socket as descriptor 3");
  }
  ABSL_RETURN_IF_ERROR(MakeNonBlocking(kFirstInheritedFd));
  return UniqueFd(kFirstInheritedFd);
}

}  // namespace

size_t MaxSocketPathBytes() { return sizeof(sockaddr_un::sun_path) - 1; }

absl::StatusOr<std::unique_ptr<UnixListener>> UnixListener::Open(const std::string& path) {
  ABSL_ASSIGN_OR_RETURN(const sockaddr_un address, AddressOf(path));
  ABSL_RETURN_IF_ERROR(PrepareFolder(path));
  ABSL_ASSIGN_OR_RETURN(FileLock lock, FileLock::Acquire(path + ".lock"));
  ABSL_ASSIGN_OR_RETURN(std::optional<UniqueFd> socket, TakeInherited());
  const bool is_inherited = socket.has_value();
  if (!is_inherited) {
    ABSL_ASSIGN_OR_RETURN(socket, Bind(path, address));
  }
  int wake[2];
  if (pipe(wake) != 0) return ErrnoError("cannot make a", "pipe");
  UniqueFd wake_out(wake[0]), wake_in(wake[1]);
  return std::unique_ptr<UnixListener>(new UnixListener(path, std::move(lock), *std::move(socket),
                                                        is_inherited, std::move(wake_in),
                                                        std::move(wake_out)));
}

UnixListener::UnixListener(std::string path, FileLock lock, UniqueFd socket, bool is_inherited,
                           UniqueFd wake_in, UniqueFd wake_out)
    : path_(std::move(path)),
      lock_(std::move(lock)),
      socket_(std::move(socket)),
      is_inherited_(is_inherited),
      wake_in_(std::move(wake_in)),
      wake_out_(std::move(wake_out)) {}

UnixListener::~UnixListener() { Stop(); }

void UnixListener::Start(OnConnection on_connection) {
  on_connection_ = std::move(on_connection);
  thread_ = std::thread([this] { Run(); });
}

void UnixListener::Stop() {
  if (socket_.get() < 0) return;
  wake_in_ = UniqueFd();  // the other end becomes readable
  if (thread_.joinable()) thread_.join();
  socket_ = UniqueFd();
  if (!is_inherited_) unlink(path_.c_str());
}

void UnixListener::Run() {
  for (;;) {
    pollfd events[2] = {{socket_.get(), POLLIN, 0}, {wake_out_.get(), POLLIN, 0}};
    if (poll(events, 2, -1) < 0 && errno != EINTR) {
      return LogError(ErrnoError("cannot wait for connections on", path_).ToString());
    }
    if (events[1].revents != 0) return;
    if (events[0].revents != 0) AcceptOne();
  }
}

void UnixListener::AcceptOne() {
  UniqueFd connection(accept(socket_.get(), nullptr, nullptr));
  if (connection.get() < 0) {
    if (errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM) return;
    LogError(ErrnoError("cannot accept a connection on", path_).ToString());
    // The connection stays in the queue: wait for a descriptor, do not spin.
    pollfd wake = {wake_out_.get(), POLLIN, 0};
    poll(&wake, 1, 100);
    return;
  }
  const absl::StatusOr<Peer> peer = PeerOf(connection.get());
  absl::Status allowed = peer.ok() ? CheckPeer(*peer, getuid()) : peer.status();
  if (allowed.ok()) allowed = MakeNonBlocking(connection.get());
  if (allowed.ok()) return on_connection_(std::move(connection));
  LogWarning(absl::StrCat("connection refused: ", allowed.message()));
}

}  // namespace seekd
