// The reactor of IndexService.WatchOperation: sends the operation's state now
// and after each change. Changes that come while a message is on its way are
// merged into the next, so a slow client holds up nothing and misses no end.
// Thread safety: the registry's, gRPC's and the caller's threads may meet in it.
#ifndef SEEKD_SERVER_OPERATION_WATCH_H_
#define SEEKD_SERVER_OPERATION_WATCH_H_

#include <grpcpp/support/server_callback.h>

#include <memory>
#include <mutex>
#include <string>

#include "google/longrunning/operations.pb.h"
#include "server/call.h"
#include "server/operations.h"

namespace seekd {

class OperationWatch final : public grpc::ServerWriteReactor<google::longrunning::Operation> {
 public:
  // Lives until the call is over. `operations` outlives the call.
  static OperationWatch* Start(OperationRegistry* operations, grpc::CallbackServerContext* context,
                               const std::string& name);

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  OperationWatch(OperationRegistry* operations, grpc::CallbackServerContext* context)
      : operations_(operations), call_(context, "IndexService/WatchOperation") {}
  absl::Status Register(const std::string& name);
  void OnChange();
  void SendLocked();
  void FinishLocked(const absl::Status& status);

  OperationRegistry* const operations_;
  Call call_;
  std::shared_ptr<OperationWatch> self_;  // until OnDone
  uint64_t id_ = 0;
  uint64_t key_ = 0;  // of the registration; 0: none

  std::mutex mutex_;
  bool writing_ = false;
  bool changed_ = false;  // since the message on its way was made
  bool finished_ = false;
  google::longrunning::Operation message_;
};

}  // namespace seekd

#endif  // SEEKD_SERVER_OPERATION_WATCH_H_
