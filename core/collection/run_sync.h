// Runs a coroutine to its end on the calling thread: the bridge from threads
// that may block (ingest, build) to the awaitable interfaces.
#ifndef SEEKD_CORE_COLLECTION_RUN_SYNC_H_
#define SEEKD_CORE_COLLECTION_RUN_SYNC_H_

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <exception>
#include <optional>
#include <utility>

namespace seekd {

namespace internal {

// The value travels through `out`, not through asio's handler.
template <typename T>
asio::awaitable<void> StoreResult(asio::awaitable<T> work, std::optional<T>* out) {
  out->emplace(co_await std::move(work));
}

}  // namespace internal

// REQUIRES: the calling thread may block and is not an encoder or gRPC thread.
template <typename T>
T RunSync(asio::awaitable<T> work) {
  asio::io_context context(1);
  std::optional<T> result;
  std::exception_ptr failure;
  asio::co_spawn(context, internal::StoreResult(std::move(work), &result),
                 [&failure](std::exception_ptr e) { failure = std::move(e); });
  context.run();
  if (failure) std::rethrow_exception(failure);
  return *std::move(result);
}

}  // namespace seekd

#endif  // SEEKD_CORE_COLLECTION_RUN_SYNC_H_
