#include "server/work_pool.h"

#include <asio/post.hpp>
#include <exception>
#include <new>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "server/errors.h"

namespace seekd {

WorkPool::WorkPool(size_t threads, size_t max_pending)
    : max_pending_(max_pending), pool_(threads) {}

WorkPool::~WorkPool() { pool_.join(); }

absl::StatusOr<WorkPool::Ticket> WorkPool::Admit() {
  if (pending_.fetch_add(1) < max_pending_) {
    return Ticket(this, [this](void*) { pending_.fetch_sub(1); });
  }
  pending_.fetch_sub(1);
  return WithReason(absl::ResourceExhaustedError(absl::StrCat("too many requests at once (",
                                                              max_pending_, "); try again later")),
                    "OVERLOADED");
}

absl::Status WorkPool::Post(Task task) {
  ABSL_ASSIGN_OR_RETURN(Ticket ticket, Admit());
  Continue([task = std::move(task), ticket = std::move(ticket)] { task(); });
  return absl::OkStatus();
}

void WorkPool::Continue(Task task) { asio::post(pool_, std::move(task)); }

absl::Status Guarded(const std::function<absl::Status()>& work) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError("out of memory");
  } catch (const std::exception& error) {
    return absl::InternalError(absl::StrCat("unexpected exception: ", error.what()));
  } catch (...) {
    return absl::InternalError("unexpected exception");
  }
}

}  // namespace seekd
