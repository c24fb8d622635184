// A hub of one repository on this machine: hub_server.py, run as a process of its own.
#ifndef SEEKD_TESTS_EMBEDDING_SERVICE_HUB_HUB_SERVER_H_
#define SEEKD_TESTS_EMBEDDING_SERVICE_HUB_HUB_SERVER_H_

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "embedding_service/hub/model_pull.h"
#include "tests/support/temp_folder.h"

namespace seekd::testing {

inline constexpr char kHubRepository[] = "someone/small-model_1.0";
inline constexpr char kHubCommit[] = "0123456789abcdef0123456789abcdef01234567";

class HubServer {
 public:
  // With a small token table in its repository. Aborts where it does not start.
  HubServer();
  ~HubServer();
  HubServer(const HubServer&) = delete;
  HubServer& operator=(const HubServer&) = delete;

  // Asks this hub for its repository.
  PullRequest Request() const;
  std::string proxy() const;
  int port() const { return hub_port_; }

  void Put(std::string_view name, std::string_view content) const;
  void Remove(std::string_view name) const;
  void SetCommit(std::string_view commit) const { root_.Write("commit", commit); }
  // The listing's body word for word.
  void SetListing(std::string_view body) const { root_.Write("listing", body); }
  // hub_server.py says what there is; a list in JSON.
  void SetFaults(std::string_view json) const { root_.Write("faults.json", json); }

  // "hub PATH RANGE", "cdn PATH RANGE" and "proxy HOST:PORT", in order, since the last call.
  std::vector<std::string> TakeRequests();

 private:
  TempFolder root_;
  pid_t process_ = -1;
  int input_ = -1;  // of the process, which ends when this is closed
  int hub_port_ = 0;
  int proxy_port_ = 0;
  std::string roots_;
  size_t taken_ = 0;
};

}  // namespace seekd::testing

#endif  // SEEKD_TESTS_EMBEDDING_SERVICE_HUB_HUB_SERVER_H_
