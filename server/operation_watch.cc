#include "server/operation_watch.h"

#include <utility>

#include "core/base/status_macros.h"
#include "server/marshalling.h"
#include "server/resource_names.h"

namespace seekd {

OperationWatch* OperationWatch::Start(OperationRegistry* operations,
                                      grpc::CallbackServerContext* context,
                                      const std::string& name) {
  std::shared_ptr<OperationWatch> watch(new OperationWatch(operations, context));
  watch->self_ = watch;
  const absl::Status registered = watch->Register(name);
  std::lock_guard lock(watch->mutex_);
  if (registered.ok()) {
    watch->SendLocked();
  } else {
    watch->FinishLocked(registered);
  }
  return watch.get();
}

absl::Status OperationWatch::Register(const std::string& name) {
  ABSL_ASSIGN_OR_RETURN(id_, ParseOperationName("name", name));
  ABSL_ASSIGN_OR_RETURN(key_, operations_->Watch(id_, [weak = std::weak_ptr(self_)] {
    if (const auto watch = weak.lock()) watch->OnChange();
  }));
  return absl::OkStatus();
}

void OperationWatch::OnChange() {
  std::lock_guard lock(mutex_);
  changed_ = true;
  if (!writing_) SendLocked();
}

void OperationWatch::SendLocked() {
  if (finished_ || writing_) return;
  changed_ = false;
  const absl::StatusOr<OperationState> state = operations_->Get(id_);
  if (!state.ok()) return FinishLocked(state.status());
  ToProto(*state, &message_);
  writing_ = true;
  StartWrite(&message_);
}

void OperationWatch::OnWriteDone(bool ok) {
  std::lock_guard lock(mutex_);
  writing_ = false;
  if (!ok) return FinishLocked(absl::CancelledError("the client has gone"));
  if (message_.done()) return FinishLocked(absl::OkStatus());
  if (changed_) SendLocked();
}

void OperationWatch::OnCancel() {
  std::lock_guard lock(mutex_);
  // Otherwise OnWriteDone ends the call.
  if (!writing_) FinishLocked(absl::CancelledError("cancelled"));
}

void OperationWatch::FinishLocked(const absl::Status& status) {
  if (!std::exchange(finished_, true)) Finish(call_.Finish(status));
}

void OperationWatch::OnDone() {
  if (key_ != 0) operations_->Unwatch(id_, key_);
  self_.reset();
}

}  // namespace seekd
