#include "server/search_stream.h"

#include <utility>

namespace seekd {

void SearchStream::Send(v1::SearchResponse response) {
  Mailbox::Action action;
  {
    std::lock_guard lock(mutex_);
    action = mailbox_.Offer(std::move(response));
  }
  Do(action);
}

void SearchStream::Complete(const absl::Status& status) {
  Mailbox::Action action;
  {
    std::lock_guard lock(mutex_);
    action = mailbox_.End(status);
  }
  Do(action);
}

void SearchStream::OnWriteDone(bool ok) {
  if (!ok) call_.Cancel();
  Mailbox::Action action;
  {
    std::lock_guard lock(mutex_);
    action = mailbox_.WriteDone(ok);
  }
  Do(action);
}

// Only one thread is told to write or to finish, and until it has nobody else is.
void SearchStream::Do(Mailbox::Action action) {
  if (action == Mailbox::Action::kWrite) StartWrite(&mailbox_.message());
  if (action == Mailbox::Action::kFinish) Finish(call_.Finish(mailbox_.status()));
}

}  // namespace seekd
