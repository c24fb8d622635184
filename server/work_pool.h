// Threads on which requests run, so that gRPC's own threads never block, with
// a bound on how many wait for one.
// Thread safety: any thread may call any member. No task may outlive what it
// uses: the pool is joined by its destructor after all its tasks have run.
#ifndef SEEKD_SERVER_WORK_POOL_H_
#define SEEKD_SERVER_WORK_POOL_H_

#include <asio/thread_pool.hpp>
#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace seekd {

class WorkPool {
 public:
  using Task = std::function<void()>;

  // Counts as pending as long as a copy lives.
  using Ticket = std::shared_ptr<void>;

  // At most `max_pending` posted tasks and tickets at a time.
  WorkPool(size_t threads, size_t max_pending);
  ~WorkPool();

  // RESOURCE_EXHAUSTED (reason OVERLOADED) when too many are pending.
  absl::StatusOr<Ticket> Admit();
  // Runs the task if it is admitted. Tasks must not throw; see Guarded.
  absl::Status Post(Task task);
  // The next step of work that was admitted before: never refused.
  void Continue(Task task);

  asio::thread_pool::executor_type executor() { return pool_.get_executor(); }

 private:
  const size_t max_pending_;
  std::atomic<size_t> pending_{0};
  asio::thread_pool pool_;
};

// Runs `work`; an exception (no library of ours lets one out, memory may run
// out) becomes INTERNAL or RESOURCE_EXHAUSTED.
absl::Status Guarded(const std::function<absl::Status()>& work);

}  // namespace seekd

#endif  // SEEKD_SERVER_WORK_POOL_H_
