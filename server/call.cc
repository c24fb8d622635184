#include "server/call.h"

#include <grpcpp/server_context.h>

#include <algorithm>
#include <atomic>
#include <random>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "server/errors.h"
#include "server/logging.h"

namespace seekd {
namespace {

constexpr char kRequestIdKey[] = "x-request-id";
constexpr std::chrono::milliseconds kMaxDeadlineMargin{5};

// Unique within the process, and hardly repeated by the next one.
std::string NewRequestId() {
  static const uint32_t process = std::random_device()();
  static std::atomic<uint32_t> next{1};
  return absl::StrCat(absl::Hex(process, absl::kZeroPad8), "-", next.fetch_add(1));
}

std::string RequestIdOf(const grpc::CallbackServerContext& context) {
  const auto& metadata = context.client_metadata();
  const auto it = metadata.find(kRequestIdKey);
  if (it == metadata.end()) return NewRequestId();
  const std::string_view given(it->second.data(), it->second.size());
  return IsUsableRequestId(given) ? std::string(given) : NewRequestId();
}

// The margin is an eighth of the time left, at most 5 ms.
std::optional<std::chrono::steady_clock::time_point> DeadlineOf(
    const grpc::CallbackServerContext& context) {
  using std::chrono::system_clock;
  const system_clock::time_point deadline = context.deadline();
  if (deadline == system_clock::time_point::max()) return std::nullopt;
  const auto left = std::max(deadline - system_clock::now(), system_clock::duration::zero());
  // One so far away that it does not fit the other clock is none.
  if (left > std::chrono::hours(24 * 365)) return std::nullopt;
  const auto margin = std::min<system_clock::duration>(left / 8, kMaxDeadlineMargin);
  return std::chrono::steady_clock::now() +
         std::chrono::duration_cast<std::chrono::steady_clock::duration>(left - margin);
}

}  // namespace

bool IsUsableRequestId(std::string_view id) {
  return !id.empty() && id.size() <= 128 && std::ranges::all_of(id, [](unsigned char c) {
    return absl::ascii_isalnum(c) || c == '.' || c == '_' || c == ':' || c == '-';
  });
}

std::string PeerKind(std::string_view peer) {
  return peer.starts_with("ipv4:") || peer.starts_with("ipv6:") ? "tcp" : "unix";
}

Call::Call(grpc::CallbackServerContext* context, const char* method)
    : method_(method),
      request_id_(RequestIdOf(*context)),
      peer_(PeerKind(context->peer())),
      deadline_(DeadlineOf(*context)) {
  context->AddTrailingMetadata(kRequestIdKey, request_id_);
}

grpc::Status Call::Finish(const absl::Status& status) const {
  const auto elapsed = std::chrono::steady_clock::now() - begin_;
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(elapsed).count();
  LogInfo(absl::StrCat(request_id_, " ", method_, " ", peer_, " ",
                       absl::StatusCodeToString(status.code()), " ", us, " us"));
  const bool is_fault = absl::IsInternal(status) || absl::IsDataLoss(status);
  if (!status.ok()) {
    Log(is_fault ? LogLevel::kError : LogLevel::kDebug,
        absl::StrCat(request_id_, " ", status.message()));
  }
  return ToGrpcStatus(status);
}

}  // namespace seekd
