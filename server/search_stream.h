// The reactor of SearchService.StreamSearch: sends better answers as they come
// and the final one last. Deletes itself when the call is over.
// Thread safety: the search's thread and gRPC's may meet in it.
#ifndef SEEKD_SERVER_SEARCH_STREAM_H_
#define SEEKD_SERVER_SEARCH_STREAM_H_

#include <grpcpp/support/server_callback.h>

#include <mutex>

#include "seekd/v1/search.pb.h"
#include "server/call.h"
#include "server/response_mailbox.h"

namespace seekd {

class SearchStream final : public grpc::ServerWriteReactor<v1::SearchResponse> {
 public:
  explicit SearchStream(grpc::CallbackServerContext* context)
      : call_(context, "SearchService/StreamSearch") {}

  const Call& call() const { return call_; }

  // Replaces an answer that still waits. Not after Complete.
  void Send(v1::SearchResponse response);
  // Exactly once, after the last Send. The reactor may be gone when it returns.
  void Complete(const absl::Status& status);

  void OnWriteDone(bool ok) override;
  // The search notices, and completes the call.
  void OnCancel() override { call_.Cancel(); }
  void OnDone() override { delete this; }

 private:
  using Mailbox = ResponseMailbox<v1::SearchResponse>;

  // REQUIRES: the lock is not held: the reactor may be gone when it returns.
  void Do(Mailbox::Action action);

  Call call_;
  std::mutex mutex_;
  Mailbox mailbox_;
};

}  // namespace seekd

#endif  // SEEKD_SERVER_SEARCH_STREAM_H_
