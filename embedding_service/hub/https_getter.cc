#include "embedding_service/hub/https_getter.h"

#include <curl/curl.h>

#include <algorithm>
#include <mutex>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "core/base/status_macros.h"

namespace seekd {
namespace {

constexpr long kMostRedirects = 8;
constexpr long kStallBytesPerSecond = 100;

// One Get in progress, as libcurl's callbacks see it.
struct Transfer {
  const HttpsGetter::Sink* sink;
  AnswerHead head;
  absl::Status status;  // the sink's
};

bool HasWantedBody(const AnswerHead& head) { return head.code == 200 || head.code == 206; }

// Something to show: no sentence, and nothing that a terminal would obey.
bool IsWord(absl::string_view value) {
  return value.size() <= 100 && std::all_of(value.begin(), value.end(), absl::ascii_isalnum);
}

// Once for each line of each answer on the way: a status line begins the next answer.
size_t OnHeader(char* data, size_t size, size_t count, void* user) {
  auto* transfer = static_cast<Transfer*>(user);
  absl::string_view line(data, size * count);
  if (absl::StartsWith(line, "HTTP/")) {
    transfer->head = AnswerHead();
    const std::vector<absl::string_view> words = absl::StrSplit(line, absl::MaxSplits(' ', 2));
    int code = 0;
    if (words.size() > 1 && absl::SimpleAtoi(words[1], &code)) transfer->head.code = code;
    return size * count;
  }
  const std::pair<absl::string_view, absl::string_view> field =
      absl::StrSplit(line, absl::MaxSplits(':', 1));
  const absl::string_view value = absl::StripAsciiWhitespace(field.second);
  if (absl::EqualsIgnoreCase(field.first, "content-range")) {
    internal::ParseContentRange({value.data(), value.size()}, &transfer->head);
  } else if (absl::EqualsIgnoreCase(field.first, "x-error-code")) {
    if (IsWord(value)) transfer->head.reason = std::string(value);
  }
  return size * count;
}

// Returning less than was given ends the transfer.
size_t OnBody(char* data, size_t size, size_t count, void* user) {
  auto* transfer = static_cast<Transfer*>(user);
  if (!HasWantedBody(transfer->head)) return 0;
  transfer->status = (*transfer->sink)(transfer->head, {data, size * count});
  return transfer->status.ok() ? size * count : 0;
}

// Called at least once a second; not 0 ends the transfer.
int OnProgress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return IsCancelled(static_cast<const HttpsOptions*>(user)->cancellation) ? 1 : 0;
}

absl::Status StartCurl() {
  static std::once_flag once;
  static CURLcode result;
  std::call_once(once, [] { result = curl_global_init(CURL_GLOBAL_DEFAULT); });
  if (result == CURLE_OK) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("libcurl does not start: ", curl_easy_strerror(result)));
}

// Sets options of a handle and keeps the first failure.
class OptionSetter {
 public:
  explicit OptionSetter(CURL* curl) : curl_(curl) {}
  template <typename Value>
  void Set(CURLoption option, Value value) {
    const CURLcode code = (curl_easy_setopt)(curl_, option, value);
    if (result_ == CURLE_OK) result_ = code;
  }
  absl::Status status() const {
    if (result_ == CURLE_OK) return absl::OkStatus();
    return absl::FailedPreconditionError(
        absl::StrCat("libcurl ", curl_version(), ": ", curl_easy_strerror(result_)));
  }

 private:
  CURL* curl_;
  CURLcode result_ = CURLE_OK;
};

void AllowOnlyHttps(OptionSetter* curl) {
#if LIBCURL_VERSION_NUM >= 0x075500
  curl->Set(CURLOPT_PROTOCOLS_STR, "https");
  curl->Set(CURLOPT_REDIR_PROTOCOLS_STR, "https");
#else
  curl->Set(CURLOPT_PROTOCOLS, long{CURLPROTO_HTTPS});
  curl->Set(CURLOPT_REDIR_PROTOCOLS, long{CURLPROTO_HTTPS});
#endif
  curl->Set(CURLOPT_SSL_VERIFYPEER, 1L);
  curl->Set(CURLOPT_SSL_VERIFYHOST, 2L);
  curl->Set(CURLOPT_FOLLOWLOCATION, 1L);
  curl->Set(CURLOPT_MAXREDIRS, kMostRedirects);
}

// "" has to be said, too: libcurl would read the environment.
void UseProxy(const std::string& proxy, OptionSetter* curl) {
  curl->Set(CURLOPT_PROXY, proxy.c_str());
  curl->Set(CURLOPT_NOPROXY, "");
  curl->Set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
}

// No folder of the system's roots beside the file.
void UseRoots(const std::string& ca_file, OptionSetter* curl) {
  if (ca_file.empty()) return;
  curl->Set(CURLOPT_CAINFO, ca_file.c_str());
  curl->Set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  curl->Set(CURLOPT_PROXY_CAINFO, ca_file.c_str());
  curl->Set(CURLOPT_PROXY_CAPATH, static_cast<const char*>(nullptr));
}

void UseLimits(const HttpsOptions& options, OptionSetter* curl) {
  curl->Set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.limits.connect_timeout.count()));
  curl->Set(CURLOPT_LOW_SPEED_LIMIT, kStallBytesPerSecond);
  curl->Set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(options.limits.stall_timeout.count()));
  curl->Set(CURLOPT_NOPROGRESS, 0L);
  curl->Set(CURLOPT_XFERINFOFUNCTION, &OnProgress);
  curl->Set(CURLOPT_XFERINFODATA, &options);
  curl->Set(CURLOPT_NOSIGNAL, 1L);  // signals belong to the program, not to one of its threads
}

absl::Status Withdrawn() { return absl::CancelledError("withdrawn by the caller"); }

absl::Status TransferError(CURLcode code, const char* details) {
  const std::string what = details[0] != '\0' ? details : curl_easy_strerror(code);
  switch (code) {
    case CURLE_ABORTED_BY_CALLBACK:
      return Withdrawn();
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_TOO_MANY_REDIRECTS:
      return absl::FailedPreconditionError(
          absl::StrCat(what, ". Expected https, and after at most ", kMostRedirects,
                       " redirects the file; plain http is not followed"));
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
      return absl::FailedPreconditionError(absl::StrCat(
          what,
          ". The server's certificate has to be signed by a root of this system or of the "
          "given file of roots (PEM)"));
    case CURLE_URL_MALFORMAT:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_NOT_BUILT_IN:
      return absl::FailedPreconditionError(what);
    default:
      return absl::UnavailableError(what);
  }
}

}  // namespace

bool internal::ParseContentRange(std::string_view value, AnswerHead* head) {
  absl::string_view rest(value.data(), value.size());
  if (!absl::ConsumePrefix(&rest, "bytes ")) return false;
  const std::vector<absl::string_view> parts = absl::StrSplit(rest, '/');
  const std::vector<absl::string_view> ends = absl::StrSplit(parts[0], '-');
  uint64_t begin = 0, last = 0, total = 0;
  if (parts.size() != 2 || ends.size() != 2 || !absl::SimpleAtoi(ends[0], &begin) ||
      !absl::SimpleAtoi(ends[1], &last) || last < begin) {
    return false;
  }
  if (parts[1] != "*" && (!absl::SimpleAtoi(parts[1], &total) || total <= last)) return false;
  head->range_begin = begin;
  if (parts[1] != "*") head->range_total = total;
  return true;
}

void HttpsGetter::FreeCurl::operator()(void* curl) const { curl_easy_cleanup(curl); }

absl::StatusOr<HttpsGetter> HttpsGetter::Create(HttpsOptions options) {
  ABSL_RETURN_IF_ERROR(StartCurl());
  Curl curl(curl_easy_init());
  if (curl == nullptr) return absl::FailedPreconditionError("libcurl gives no handle");
  HttpsGetter getter(std::move(options), std::move(curl));
  ABSL_RETURN_IF_ERROR(getter.SetUp());
  return getter;
}

absl::Status HttpsGetter::SetUp() {
  OptionSetter curl(curl_.get());
  AllowOnlyHttps(&curl);
  UseProxy(options_->proxy, &curl);
  UseRoots(options_->ca_file, &curl);
  UseLimits(*options_, &curl);
  curl.Set(CURLOPT_USERAGENT, "seekd");
  curl.Set(CURLOPT_HEADERFUNCTION, &OnHeader);
  curl.Set(CURLOPT_WRITEFUNCTION, &OnBody);
  return curl.status();
}

absl::StatusOr<AnswerHead> HttpsGetter::Get(const std::string& url, uint64_t offset,
                                            const Sink& sink) {
  if (IsCancelled(options_->cancellation)) return Withdrawn();
  Transfer transfer{&sink, {}, {}};
  char details[CURL_ERROR_SIZE] = "";
  const std::string range = absl::StrCat(offset, "-");
  OptionSetter curl(curl_.get());
  curl.Set(CURLOPT_URL, url.c_str());
  curl.Set(CURLOPT_RANGE, offset == 0 ? nullptr : range.c_str());
  curl.Set(CURLOPT_HEADERDATA, &transfer);
  curl.Set(CURLOPT_WRITEDATA, &transfer);
  curl.Set(CURLOPT_ERRORBUFFER, details);
  ABSL_RETURN_IF_ERROR(curl.status());
  const CURLcode code = curl_easy_perform(curl_.get());
  curl.Set(CURLOPT_ERRORBUFFER, static_cast<char*>(nullptr));  // it ends with this call
  if (!transfer.status.ok()) return transfer.status;
  // The body of a refusal was not read: no failure.
  const bool refused = code == CURLE_WRITE_ERROR && !HasWantedBody(transfer.head);
  if (code != CURLE_OK && !refused) return TransferError(code, details);
  return transfer.head;
}

}  // namespace seekd
