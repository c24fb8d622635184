#include "client/interrupt.h"

namespace seekd::client {

void Interrupt::Trigger() {
  const std::lock_guard lock(mutex_);
  triggered_ = true;
  for (grpc::ClientContext* context : contexts_) context->TryCancel();
}

bool Interrupt::triggered() const {
  const std::lock_guard lock(mutex_);
  return triggered_;
}

void Interrupt::Acknowledge() {
  const std::lock_guard lock(mutex_);
  triggered_ = false;
}

Interrupt::Scope::Scope(Interrupt* interrupt, grpc::ClientContext* context)
    : interrupt_(interrupt), context_(context) {
  if (interrupt_ == nullptr) return;
  const std::lock_guard lock(interrupt_->mutex_);
  interrupt_->contexts_.insert(context_);
  if (interrupt_->triggered_) context_->TryCancel();
}

Interrupt::Scope::~Scope() {
  if (interrupt_ == nullptr) return;
  const std::lock_guard lock(interrupt_->mutex_);
  interrupt_->contexts_.erase(context_);
}

}  // namespace seekd::client
