// Builds, in the background, what interrupted writers left deferred: chunks that no
// search finds before the next generation. At the start and then every interval; after
// failures less and less often.
#ifndef SEEKD_SERVER_DEFERRED_BUILDS_H_
#define SEEKD_SERVER_DEFERRED_BUILDS_H_

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "core/base/cancellation.h"
#include "core/collection/engine.h"

namespace seekd {

class DeferredBuilds {
 public:
  // `engine` outlives it.
  DeferredBuilds(Engine* engine, std::chrono::milliseconds interval);
  // Stops a build under way; what it has done of a build in shards is kept for the next.
  ~DeferredBuilds();

 private:
  void Run(std::chrono::milliseconds interval);
  bool BuildOne(Collection& collection);  // false: failed

  Engine* const engine_;
  std::mutex mutex_;
  std::condition_variable stopping_changed_;
  bool stopping_ = false;                  // guarded by mutex_
  std::shared_ptr<Cancellation> current_;  // of the build under way; guarded by mutex_
  std::thread thread_;                     // last: it uses the above
};

}  // namespace seekd

#endif  // SEEKD_SERVER_DEFERRED_BUILDS_H_
