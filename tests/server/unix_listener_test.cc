#include "server/unix_listener.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <future>

#include "tests/core/storage/temp_folder.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

UniqueFd SocketAt(const std::string& path, bool listening) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::ranges::copy(path, address.sun_path);
  UniqueFd fd(socket(AF_UNIX, SOCK_STREAM, 0));
  const auto* raw = reinterpret_cast<const sockaddr*>(&address);
  if (!listening) {
    return connect(fd.get(), raw, sizeof(address)) == 0 ? std::move(fd) : UniqueFd();
  }
  CATCH_REQUIRE(bind(fd.get(), raw, sizeof(address)) == 0);
  CATCH_REQUIRE(listen(fd.get(), 1) == 0);
  return fd;
}

UniqueFd ConnectTo(const std::string& path) { return SocketAt(path, false); }

CATCH_TEST_CASE("A connection of this user is handed over") {
  const TempFolder folder;
  const std::string path = folder.File("sub/s.sock");
  auto listener = UnixListener::Open(path);
  CATCH_REQUIRE(listener.ok());
  std::promise<int> accepted;
  (*listener)->Start([&](UniqueFd fd) { accepted.set_value(fd.get()); });
  const UniqueFd client = ConnectTo(path);
  CATCH_CHECK(client.get() >= 0);
  CATCH_CHECK(accepted.get_future().get() >= 0);

  struct stat info;
  CATCH_REQUIRE(stat(path.c_str(), &info) == 0);
  CATCH_CHECK((info.st_mode & 0777) == 0600);
  CATCH_REQUIRE(stat(folder.File("sub").c_str(), &info) == 0);
  CATCH_CHECK((info.st_mode & 0777) == 0700);

  (*listener)->Stop();
  CATCH_CHECK(access(path.c_str(), F_OK) != 0);
}

CATCH_TEST_CASE("A second listener on the path fails, the first goes on") {
  const TempFolder folder;
  const std::string path = folder.File("s.sock");
  auto first = UnixListener::Open(path);
  CATCH_REQUIRE(first.ok());
  CATCH_CHECK(absl::IsUnavailable(UnixListener::Open(path).status()));
  CATCH_CHECK(ConnectTo(path).get() >= 0);
}

CATCH_TEST_CASE("A socket file left behind is replaced") {
  const TempFolder folder;
  const std::string path = folder.File("s.sock");
  { const UniqueFd stale = SocketAt(path, true); }
  CATCH_REQUIRE(access(path.c_str(), F_OK) == 0);
  CATCH_REQUIRE(ConnectTo(path).get() < 0);
  auto listener = UnixListener::Open(path);
  CATCH_REQUIRE(listener.ok());
  CATCH_CHECK(ConnectTo(path).get() >= 0);
}

CATCH_TEST_CASE("Another program's live socket is left alone") {
  const TempFolder folder;
  const std::string path = folder.File("s.sock");
  const UniqueFd other = SocketAt(path, true);
  CATCH_CHECK(absl::IsUnavailable(UnixListener::Open(path).status()));
  CATCH_CHECK(ConnectTo(path).get() >= 0);
}

CATCH_TEST_CASE("A file that is no socket is left alone") {
  const TempFolder folder;
  const std::string path = folder.File("s.sock");
  std::ofstream(path) << "precious";
  CATCH_CHECK(absl::IsFailedPrecondition(UnixListener::Open(path).status()));
  CATCH_CHECK(ReadRaw(path) == "precious");
}

CATCH_TEST_CASE("A path too long for a socket address is refused, naming the limit") {
  const TempFolder folder;
  const std::string path = folder.File(std::string(MaxSocketPathBytes(), 'x'));
  const absl::Status status = UnixListener::Open(path).status();
  CATCH_CHECK(absl::IsInvalidArgument(status));
  CATCH_CHECK(std::string(status.message()).find(std::to_string(MaxSocketPathBytes())) !=
              std::string::npos);
}

CATCH_TEST_CASE("A folder that others may write to is refused") {
  const TempFolder folder;
  CATCH_REQUIRE(chmod(folder.path().c_str(), 0777) == 0);
  CATCH_CHECK(absl::IsFailedPrecondition(UnixListener::Open(folder.File("s.sock")).status()));
  // As /tmp is.
  CATCH_REQUIRE(chmod(folder.path().c_str(), 01777) == 0);
  CATCH_CHECK(UnixListener::Open(folder.File("s.sock")).ok());
}

}  // namespace
}  // namespace seekd
