#include "core/collection/live_index.h"

#include <utility>

#include "core/base/status_macros.h"

namespace seekd {

absl::Status Snapshot::Usable() const {
  ABSL_RETURN_IF_ERROR(health);
  return generation == nullptr ? absl::OkStatus() : generation->status();
}

SearchIndex Snapshot::Index(const ChunkFilter* filter) const {
  SearchIndex index;
  if (generation != nullptr) {
    index.graph = &generation->graph();
    index.codes = &generation->codes();
    index.nodes = &generation->nodes();
    index.calibration = &generation->manifest().calibration;
  }
  index.pending = pending.get();
  index.filter = filter;
  return index;
}

LiveIndex::LiveIndex(uint32_t dim) : dim_(dim) {
  auto empty = std::make_shared<Snapshot>();
  empty->pending = std::make_shared<const PendingSet>(dim);
  empty->dead = std::make_shared<const ChunkSet>();
  current_ = std::move(empty);
}

std::shared_ptr<const Snapshot> LiveIndex::Get() const {
  std::lock_guard lock(mutex_);
  return current_;
}

void LiveIndex::Swap(std::shared_ptr<Snapshot> next) {
  next->version = Get()->version + 1;  // write_mutex_ is held: nobody else swaps
  std::shared_ptr<const Snapshot> replaced = std::move(next);
  {
    std::lock_guard lock(mutex_);
    std::swap(current_, replaced);
  }
}

void LiveIndex::Reset(std::shared_ptr<const Generation> generation, absl::Status health,
                      PendingSet pending, uint64_t deferred, ChunkSet dead) {
  std::lock_guard lock(write_mutex_);
  auto next = std::make_shared<Snapshot>();
  next->generation = std::move(generation);
  next->health = std::move(health);
  next->pending = std::make_shared<const PendingSet>(std::move(pending));
  next->deferred = deferred;
  next->dead = std::make_shared<const ChunkSet>(std::move(dead));
  Swap(std::move(next));
}

void LiveIndex::Apply(const ChunkChanges& changes) {
  std::lock_guard lock(write_mutex_);
  auto next = std::make_shared<Snapshot>(*Get());
  if (!changes.added.empty()) {
    PendingSet pending = *next->pending;
    for (const auto& added : changes.added) {
      if (added.embedding.empty()) {
        ++next->deferred;
      } else {
        pending.Add(added.chunk, added.embedding);
      }
    }
    next->pending = std::make_shared<const PendingSet>(std::move(pending));
  }
  if (!changes.died.empty() || !changes.revived.empty()) {
    ChunkSet dead = *next->dead;
    for (const ChunkId chunk : changes.died) dead.Insert(chunk);
    for (const ChunkId chunk : changes.revived) dead.Erase(chunk);
    next->dead = std::make_shared<const ChunkSet>(std::move(dead));
  }
  Swap(std::move(next));
}

void LiveIndex::Publish(std::shared_ptr<const Generation> generation, ChunkSet still_dead) {
  Reset(std::move(generation), absl::OkStatus(), PendingSet(dim_), /*deferred=*/0,
        std::move(still_dead));
}

}  // namespace seekd
