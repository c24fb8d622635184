#include "embedding_service/hub/hub_client.h"

#include <algorithm>
#include <string_view>
#include <thread>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"

namespace seekd {
namespace {

// How late a cancellation of a wait may be noticed.
constexpr std::chrono::milliseconds kWaitPiece{50};

absl::Status WaitBeforeRetry(std::chrono::milliseconds wait, const CancellationPtr& cancellation) {
  const auto end = std::chrono::steady_clock::now() + wait;
  while (!IsCancelled(cancellation)) {
    const auto now = std::chrono::steady_clock::now();
    if (now >= end) return absl::OkStatus();
    std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(end - now, kWaitPiece));
  }
  return absl::CancelledError("withdrawn by the caller");
}

// Makes room for what the first piece of an answer brings: where `part` ends, or at its start.
absl::Status Place(const AnswerHead& head, const HubFile& file, PartFile* part) {
  if (head.code == 200) return part->bytes() == 0 ? absl::OkStatus() : part->Restart();
  if (head.range_begin == part->bytes() && head.range_total.value_or(file.size) == file.size) {
    return absl::OkStatus();
  }
  const uint64_t wanted = part->bytes();
  // The next try asks for the whole file.
  ABSL_RETURN_IF_ERROR(part->Restart());
  return absl::UnavailableError(absl::StrCat("asked for the bytes from ", wanted, " on of ",
                                             file.size, ", the server sent another range"));
}

// What a code means; OK: 200 and 206.
absl::Status ToStatus(const AnswerHead& head) {
  if (head.code == 200 || head.code == 206) return absl::OkStatus();
  const std::string answer =
      absl::StrCat("the hub answered ", head.code, head.reason.empty() ? "" : " ", head.reason);
  if (head.code == 404) {
    return absl::NotFoundError(
        absl::StrCat(answer, ": there is no such repository, revision or file"));
  }
  if (head.code == 401 || head.code == 403) {
    return absl::PermissionDeniedError(
        absl::StrCat(answer,
                     ": the repository is private or gated, or there is none of this name. "
                     "seekd signs in nowhere: `git clone` it and use its folder"));
  }
  if (head.code == 429 || head.code >= 500) {
    return absl::UnavailableError(absl::StrCat(answer, "; try again later"));
  }
  return absl::FailedPreconditionError(absl::StrCat(answer, ", expected 200. Is it a hub?"));
}

}  // namespace

absl::StatusOr<HubClient> HubClient::Create(HubAddress address, HttpsOptions https,
                                            RetryPolicy retry) {
  CancellationPtr cancellation = https.cancellation;
  ABSL_ASSIGN_OR_RETURN(HttpsGetter getter, HttpsGetter::Create(std::move(https)));
  return HubClient(std::move(address), std::move(getter), std::move(cancellation), retry);
}

absl::Status HubClient::WithRetries(const std::string& file,
                                    const std::function<absl::Status()>& attempt) {
  for (uint32_t tries = 1;; ++tries) {
    const absl::Status status = attempt();
    if (status.ok()) return status;
    if (!absl::IsUnavailable(status) || tries > retry_.retries) {
      return absl::Status(
          status.code(),
          absl::StrCat(address_.Describe(), ": ", file, file.empty() ? "" : ": ", status.message(),
                       tries > 1 ? absl::StrCat(" (tried ", tries, " times)") : ""));
    }
    ABSL_RETURN_IF_ERROR(WaitBeforeRetry(retry_.first_wait * (1 << (tries - 1)), cancellation_));
  }
}

absl::StatusOr<HubListing> HubClient::List() {
  const std::string url = address_.ListingUrl();
  std::string text;
  ABSL_RETURN_IF_ERROR(WithRetries("", [&]() -> absl::Status {
    text.clear();
    ABSL_ASSIGN_OR_RETURN(
        const AnswerHead head,
        https_.Get(url, 0, [&](const AnswerHead&, std::string_view piece) -> absl::Status {
          if (piece.size() > kMaxListingBytes - text.size()) {
            return absl::ResourceExhaustedError(
                absl::StrCat("expected a listing of at most ", kMaxListingBytes, " bytes"));
          }
          text.append(piece);
          return absl::OkStatus();
        }));
    return ToStatus(head);
  }));
  return ParseHubListing(text, url);
}

absl::Status HubClient::TryDownload(const std::string& url, const HubFile& file, PartFile* part,
                                    const std::function<void(uint64_t bytes)>& on_bytes) {
  bool placed = false;
  ABSL_ASSIGN_OR_RETURN(
      const AnswerHead head,
      https_.Get(url, part->bytes(),
                 [&](const AnswerHead& answer, std::string_view piece) -> absl::Status {
                   if (!placed) ABSL_RETURN_IF_ERROR(Place(answer, file, part));
                   placed = true;
                   ABSL_RETURN_IF_ERROR(part->Append(piece));
                   on_bytes(part->bytes());
                   return absl::OkStatus();
                 }));
  // What is there of the file is not what the server has.
  if (head.code == 416) {
    ABSL_RETURN_IF_ERROR(part->Restart());
    return absl::UnavailableError("the server lacks the range that is missing (416)");
  }
  ABSL_RETURN_IF_ERROR(ToStatus(head));
  if (part->complete()) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat("the file ended after ", part->bytes(), " of ", file.size, " bytes"));
}

absl::Status HubClient::Download(const HubFile& file, const std::string& commit, PartFile* part,
                                 const std::function<void(uint64_t bytes)>& on_bytes) {
  if (part->complete()) return absl::OkStatus();
  const std::string url = address_.FileUrl(commit, file.name);
  return WithRetries(file.name, [&] { return TryDownload(url, file, part, on_bytes); });
}

}  // namespace seekd
