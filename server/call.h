// One RPC from its first byte to its log line: request id, cancellation,
// deadline, and the conversion of its outcome.
// Thread safety: Cancel may be called by any thread, beside the one that works
// on the call.
#ifndef SEEKD_SERVER_CALL_H_
#define SEEKD_SERVER_CALL_H_

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include <grpcpp/support/status.h>
#include "absl/status/status.h"
#include "core/base/cancellation.h"

namespace grpc {
class CallbackServerContext;
}

namespace seekd {

class Call {
 public:
  // Takes the id of the request's "x-request-id" where it is usable, else makes
  // one, and sends it back in the trailers. `method`: "SearchService/Search".
  Call(grpc::CallbackServerContext* context, const char* method);

  const std::string& request_id() const { return request_id_; }
  // Just before the client's deadline, so that an answer still arrives in time.
  std::optional<std::chrono::steady_clock::time_point> deadline() const { return deadline_; }
  CancellationPtr cancellation() const { return cancellation_; }
  void Cancel() { cancellation_->Cancel(); }

  // Logs the call. Once, at its end.
  grpc::Status Finish(const absl::Status& status) const;

 private:
  const char* const method_;
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  const std::shared_ptr<Cancellation> cancellation_ = std::make_shared<Cancellation>();
  std::string request_id_;
  std::string peer_;
  std::optional<std::chrono::steady_clock::time_point> deadline_;
};

// Whether an id that a client chose may stand in the log: [A-Za-z0-9._:-]{1,128}.
bool IsUsableRequestId(std::string_view id);
// "unix" for "fd:7" and "unix:...", "tcp" for "ipv4:..." and "ipv6:...".
std::string PeerKind(std::string_view peer);

}  // namespace seekd

#endif  // SEEKD_SERVER_CALL_H_
