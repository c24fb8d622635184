#include "server/serving.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "core/base/clock.h"
#include "core/base/status_macros.h"
#include "server/errors.h"
#include "server/resource_names.h"

namespace seekd {
namespace {

constexpr size_t kScannerThreads = 2;
constexpr size_t kReaderThreads = 4;
constexpr size_t kWriterThreads = 8;
// Beyond these a request is refused, not queued.
constexpr size_t kMaxSearches = 256;
constexpr size_t kMaxScans = 8;
constexpr size_t kMaxReads = 256;
constexpr size_t kMaxWrites = 64;

size_t SearchThreads(uint32_t threads) {
  return threads != 0 ? threads : std::max(1U, std::thread::hardware_concurrency());
}

absl::Status NotServing(const char* message, const char* reason) {
  return WithRetryAfter(WithReason(absl::UnavailableError(message), reason),
                        std::chrono::milliseconds(500));
}

}  // namespace

Serving::Serving(uint32_t threads, uint64_t max_bytes)
    : start_time_us(NowUs()),
      max_document_bytes(max_bytes),
      searchers_(SearchThreads(threads), kMaxSearches),
      scanners_(kScannerThreads, kMaxScans),
      readers_(kReaderThreads, kMaxReads),
      writers_(kWriterThreads, kMaxWrites),
      operations_(OperationLimits()) {}

void Serving::Open(Engine* engine, ModelCatalog* models) {
  models_ = models;
  engine_.store(engine, std::memory_order_release);
}

void Serving::SetBatchProfile(BatchProfile profile) {
  std::lock_guard lock(profile_mutex_);
  profile_ = std::move(profile);
}

std::optional<BatchProfile> Serving::batch_profile() const {
  std::lock_guard lock(profile_mutex_);
  return profile_;
}

void Serving::Drain() {
  draining_.store(true);
  operations_.Shutdown();
}

absl::StatusOr<Engine*> Serving::engine() const {
  if (draining_.load()) return NotServing("the daemon is shutting down", "SHUTTING_DOWN");
  Engine* engine = engine_.load(std::memory_order_acquire);
  if (engine == nullptr) return NotServing("the daemon is opening its data", "OPENING");
  return engine;
}

absl::StatusOr<std::shared_ptr<Collection>> Serving::FindCollection(std::string_view field,
                                                                    std::string_view name) const {
  ABSL_ASSIGN_OR_RETURN(const std::string id, ParseCollectionName(field, name));
  return FindCollectionById(id);
}

absl::StatusOr<std::shared_ptr<Collection>> Serving::FindCollectionById(
    const std::string& id) const {
  ABSL_ASSIGN_OR_RETURN(Engine * open, engine());
  auto collection = open->Find(id);
  if (collection.ok() || !absl::IsNotFound(collection.status())) return collection;
  return WithReason(
      WithResource(collection.status(), "seekd.v1.Collection", FormatCollectionName(id)),
      "COLLECTION_NOT_FOUND");
}

}  // namespace seekd
