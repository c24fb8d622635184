// Which message a stream of improving answers sends next: the newest, or the last.
// An answer that comes while a message is on its way replaces the one that waits, so
// a slow reader holds one message in memory and never sees a stale one. Pure.
// Thread safety: none; the owner has a lock.
#ifndef SEEKD_SERVER_RESPONSE_MAILBOX_H_
#define SEEKD_SERVER_RESPONSE_MAILBOX_H_

#include <optional>
#include <utility>

#include "absl/status/status.h"

namespace seekd {

template <typename Response>
class ResponseMailbox {
 public:
  // What the owner has to do, once: write message(), or finish with status().
  enum class Action { kNothing, kWrite, kFinish };

  Action Offer(Response response) {
    waiting_ = std::move(response);
    return Next();
  }
  // Nothing is offered after this. An error drops what still waits.
  Action End(absl::Status status) {
    if (!status.ok()) waiting_.reset();
    end_ = std::move(status);
    return Next();
  }
  // The message on its way was taken over, or (`ok` false) the reader has gone.
  Action WriteDone(bool ok) {
    writing_ = false;
    gone_ = gone_ || !ok;
    return Next();
  }

  // Valid and unchanged from kWrite until WriteDone.
  const Response& message() const { return message_; }
  absl::Status status() const {
    return gone_ ? absl::CancelledError("the client has gone") : end_.value_or(absl::OkStatus());
  }

 private:
  Action Next() {
    if (writing_ || finished_) return Action::kNothing;
    if (waiting_.has_value() && !gone_) {
      message_ = *std::exchange(waiting_, std::nullopt);
      writing_ = true;
      return Action::kWrite;
    }
    if (!end_.has_value()) return Action::kNothing;
    finished_ = true;
    return Action::kFinish;
  }

  std::optional<Response> waiting_;
  std::optional<absl::Status> end_;
  Response message_{};
  bool writing_ = false;
  bool gone_ = false;
  bool finished_ = false;
};

}  // namespace seekd

#endif  // SEEKD_SERVER_RESPONSE_MAILBOX_H_
