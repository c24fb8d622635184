// gRPC callback reactors that run a handler on a WorkPool and delete
// themselves when the call is over. gRPC's own threads never run a handler.
#ifndef SEEKD_SERVER_REACTORS_H_
#define SEEKD_SERVER_REACTORS_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <functional>
#include <utility>

#include "absl/status/statusor.h"
#include "server/call.h"
#include "server/work_pool.h"

namespace seekd {

// One request, one response. Request and response live until OnDone.
class UnaryReactor final : public grpc::ServerUnaryReactor {
 public:
  UnaryReactor(grpc::CallbackServerContext* context, const char* method) : call_(context, method) {}

  const Call& call() const { return call_; }
  // Exactly once. The reactor may be gone when it returns.
  void Complete(const absl::Status& status) { Finish(call_.Finish(status)); }

  void OnCancel() override { call_.Cancel(); }
  void OnDone() override { delete this; }

 private:
  Call call_;
};

using UnaryWork = std::function<absl::Status(const Call&)>;

inline grpc::ServerUnaryReactor* RunUnary(WorkPool* pool, grpc::CallbackServerContext* context,
                                          const char* method, UnaryWork work) {
  auto* reactor = new UnaryReactor(context, method);
  const absl::Status posted = pool->Post([reactor, work = std::move(work)] {
    reactor->Complete(Guarded([&] { return work(reactor->call()); }));
  });
  if (!posted.ok()) reactor->Complete(posted);
  return reactor;
}

// One request, many responses, each produced when the one before has been
// taken over by gRPC: a slow client holds one message in memory.
template <typename Response>
class StreamReactor final : public grpc::ServerWriteReactor<Response> {
 public:
  // Fills the next response; false: there is none. Called by one thread at a time.
  using Next = std::function<absl::StatusOr<bool>(const Call&, Response*)>;

  StreamReactor(WorkPool* pool, grpc::CallbackServerContext* context, const char* method, Next next)
      : pool_(pool), call_(context, method), next_(std::move(next)) {}

  StreamReactor* Start() {
    const absl::Status posted = pool_->Post([this] { Produce(); });
    if (!posted.ok()) Complete(posted);
    return this;
  }

  void OnWriteDone(bool ok) override {
    if (!ok) return Complete(absl::CancelledError("the client has gone"));
    pool_->Continue([this] { Produce(); });
  }
  void OnCancel() override { call_.Cancel(); }
  void OnDone() override { delete this; }

 private:
  void Complete(const absl::Status& status) { this->Finish(call_.Finish(status)); }

  void Produce() {
    if (IsCancelled(call_.cancellation())) return Complete(absl::CancelledError("cancelled"));
    bool more = false;
    const absl::Status status = Guarded([&]() -> absl::Status {
      response_.Clear();
      absl::StatusOr<bool> produced = next_(call_, &response_);
      if (produced.ok()) more = *produced;
      return produced.status();
    });
    if (!status.ok() || !more) return Complete(status);
    this->StartWrite(&response_);
  }

  WorkPool* const pool_;
  Call call_;
  Next next_;
  Response response_;
};

}  // namespace seekd

#endif  // SEEKD_SERVER_REACTORS_H_
