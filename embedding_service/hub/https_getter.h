// HTTPS GET over libcurl, which only this unit includes. Certificates and host names are always
// checked; redirects are followed, and only to https; no proxy, password or option is taken from
// the environment.
// Thread safety: one thread at a time. The program should ignore SIGPIPE, as the daemon does: an
// old libcurl may raise it.
#ifndef SEEKD_EMBEDDING_SERVICE_HUB_HTTPS_GETTER_H_
#define SEEKD_EMBEDDING_SERVICE_HUB_HTTPS_GETTER_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/cancellation.h"

namespace seekd {

struct HttpsLimits {
  std::chrono::milliseconds connect_timeout{15'000};
  std::chrono::seconds stall_timeout{30};  // so long next to nothing has come
};

struct HttpsOptions {
  std::string proxy;    // "http://proxy:3128"; "": none
  std::string ca_file;  // roots, PEM, instead of the system's; "": these
  HttpsLimits limits;
  CancellationPtr cancellation;  // noticed within about a second
};

// The last answer's, redirects followed.
struct AnswerHead {
  int code = 0;
  std::optional<uint64_t> range_begin;  // Content-Range, of a 206
  std::optional<uint64_t> range_total;  // none: "*"
  std::string reason;                   // X-Error-Code, the hub's own word for a refusal
};

class HttpsGetter {
 public:
  // Takes a piece of a body; an error ends the transfer and is what Get returns.
  using Sink = std::function<absl::Status(const AnswerHead& head, std::string_view piece)>;

  // FAILED_PRECONDITION where libcurl lacks TLS or cannot start.
  static absl::StatusOr<HttpsGetter> Create(HttpsOptions options);

  // Reads `url` from byte `offset` on (0: no Range is asked for). Bodies of 200 and 206 go to
  // `sink`, any other is not read; the caller looks at the code. Errors, which leave it to the
  // caller to name the URL (that of a redirect may hold secrets): UNAVAILABLE (no
  // connection, or one that broke or stalled: worth another try), FAILED_PRECONDITION (a
  // certificate, a redirect that leaves https, ca_file, proxy), CANCELLED, the sink's.
  absl::StatusOr<AnswerHead> Get(const std::string& url, uint64_t offset, const Sink& sink);

 private:
  struct FreeCurl {
    void operator()(void* curl) const;
  };
  using Curl = std::unique_ptr<void, FreeCurl>;

  HttpsGetter(HttpsOptions options, Curl curl)
      : options_(std::make_unique<HttpsOptions>(std::move(options))), curl_(std::move(curl)) {}
  absl::Status SetUp();

  std::unique_ptr<HttpsOptions> options_;  // libcurl holds its address
  Curl curl_;
};

namespace internal {
// "bytes 100-199/1000" -> 100 and 1000; false where it is something else (RFC 9110, 14.4).
bool ParseContentRange(std::string_view value, AnswerHead* head);
}  // namespace internal

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_HUB_HTTPS_GETTER_H_
