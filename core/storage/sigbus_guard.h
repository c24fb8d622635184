// Turns a page of a mapped file that cannot be read any more (the file was
// truncated, the disk failed) from a fatal SIGBUS into a page of zeros and a mark
// on the mapping.
//
// The first guarded range installs one process-wide SIGBUS handler. A fault
// outside every guarded range goes to the handler that was there before, or ends
// the process as it would have without us. A system call that reads the lost page
// fails with EFAULT instead; it raises no signal.
//
// Thread safety: ranges may be registered, dropped and faulted on by any threads;
// a range must not be read once its registration is being dropped.
#ifndef SEEKD_CORE_STORAGE_SIGBUS_GUARD_H_
#define SEEKD_CORE_STORAGE_SIGBUS_GUARD_H_

#include <cstddef>
#include <cstdint>
#include <limits>

namespace seekd {

class SigbusGuard {
 public:
  static constexpr uint64_t kNothingLost = std::numeric_limits<uint64_t>::max();

  // Guards [begin, begin + size), a mapping of this process. `begin` is a page's.
  SigbusGuard(const void* begin, size_t size);
  ~SigbusGuard();
  SigbusGuard(const SigbusGuard&) = delete;
  SigbusGuard& operator=(const SigbusGuard&) = delete;

  // Offset from `begin` of the first fault, or kNothingLost.
  uint64_t first_lost_offset() const;

  struct Slot;

 private:
  Slot* slot_;
};

}  // namespace seekd

#endif  // SEEKD_CORE_STORAGE_SIGBUS_GUARD_H_
