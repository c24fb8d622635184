// A person's wish to stop, and the calls it stops. Ctrl-C triggers it from the
// signal thread; each running call has put its context here.
// Thread safety: any thread may call any member.
#ifndef SEEKD_CLIENT_INTERRUPT_H_
#define SEEKD_CLIENT_INTERRUPT_H_

#include <mutex>
#include <set>

#include "grpcpp/client_context.h"

namespace seekd::client {

class Interrupt {
 public:
  // Cancels the calls that run now and those that begin before Acknowledge().
  void Trigger();
  bool triggered() const;

  // Calls may run again: the cleanup after an interrupt.
  void Acknowledge();

  // Registers a call's context while it lives.
  class Scope {
   public:
    // `interrupt` may be null; both outlive the scope.
    Scope(Interrupt* interrupt, grpc::ClientContext* context);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Interrupt* const interrupt_;
    grpc::ClientContext* const context_;
  };

 private:
  mutable std::mutex mutex_;
  bool triggered_ = false;
  std::set<grpc::ClientContext*> contexts_;
};

}  // namespace seekd::client

#endif  // SEEKD_CLIENT_INTERRUPT_H_
