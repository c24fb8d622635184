#include "core/storage/sigbus_guard.h"

#include <sys/mman.h>
#include <unistd.h>
#include <csignal>
#if defined(__linux__)
#include <sys/syscall.h>
#endif

#include <atomic>
#include <cerrno>
#include <mutex>

namespace seekd {

// One entry of the registry. Slots are reused but never freed, so that the
// handler may walk them without a lock. `sequence` is odd while a slot changes: a
// reader that saw it odd, or differing before and after, skips the slot. The range
// of the fault being handled cannot be the one skipped, as it is in use.
struct SigbusGuard::Slot {
  std::atomic<uint32_t> sequence{0};
  std::atomic<uintptr_t> begin{0};
  std::atomic<uintptr_t> end{0};  // 0: the slot is free
  std::atomic<uint64_t> first_lost_offset{kNothingLost};
  Slot* next = nullptr;  // set before the slot is published
};

namespace {

using Slot = SigbusGuard::Slot;

std::atomic<Slot*> slots_head{nullptr};
std::mutex slots_mutex;  // writers only
struct sigaction previous_action;
uintptr_t page_bytes;

void SetRange(Slot* slot, uintptr_t begin, uintptr_t end) {
  slot->sequence.fetch_add(1);
  slot->begin.store(begin);
  slot->end.store(end);
  slot->first_lost_offset.store(SigbusGuard::kNothingLost);
  slot->sequence.fetch_add(1);
}

Slot* FreeSlot() {
  for (Slot* slot = slots_head.load(); slot != nullptr; slot = slot->next) {
    if (slot->end.load() == 0) return slot;
  }
  Slot* slot = new Slot;
  slot->next = slots_head.load();
  slots_head.store(slot);
  return slot;
}

// Null when `address` lies in no guarded range. Async-signal-safe.
Slot* FindSlot(uintptr_t address) {
  for (Slot* slot = slots_head.load(); slot != nullptr; slot = slot->next) {
    const uint32_t before = slot->sequence.load();
    const bool inside = slot->begin.load() <= address && address < slot->end.load();
    if (inside && before % 2 == 0 && slot->sequence.load() == before) return slot;
  }
  return nullptr;
}

// The bare system call where there is one: a sanitizer's mmap may take locks.
bool MapZeroPage(uintptr_t page) {
  void* const at = reinterpret_cast<void*>(page);
  constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
#if defined(__linux__) && defined(SYS_mmap)
  return syscall(SYS_mmap, at, page_bytes, PROT_READ, kFlags, -1, 0) != -1;
#else
  return mmap(at, page_bytes, PROT_READ, kFlags, -1, 0) != MAP_FAILED;
#endif
}

bool RepairFault(uintptr_t address) {
  Slot* const slot = FindSlot(address);
  if (slot == nullptr || !MapZeroPage(address & ~(page_bytes - 1))) return false;
  uint64_t none = SigbusGuard::kNothingLost;
  slot->first_lost_offset.compare_exchange_strong(none, address - slot->begin.load());
  return true;
}

void CallPreviousHandler(int signal_number, siginfo_t* info, void* context) {
  if (previous_action.sa_flags & SA_SIGINFO) {
    previous_action.sa_sigaction(signal_number, info, context);
  } else if (previous_action.sa_handler != SIG_DFL && previous_action.sa_handler != SIG_IGN) {
    previous_action.sa_handler(signal_number);
  } else {
    // The default action: the faulting instruction runs again and ends the
    // process. One that another process sent is raised again below the mask.
    signal(signal_number, SIG_DFL);
    raise(signal_number);
  }
}

void OnSigbus(int signal_number, siginfo_t* info, void* context) {
  const int saved_errno = errno;
  if (!RepairFault(reinterpret_cast<uintptr_t>(info->si_addr))) {
    CallPreviousHandler(signal_number, info, context);
  }
  errno = saved_errno;
}

void InstallHandlerOnce() {
  static const bool installed = [] {
    page_bytes = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
    // Known before ours can run, as ours needs it.
    sigaction(SIGBUS, nullptr, &previous_action);
    struct sigaction action = {};
    action.sa_sigaction = OnSigbus;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    sigaction(SIGBUS, &action, nullptr);
    return true;
  }();
  static_cast<void>(installed);
}

}  // namespace

SigbusGuard::SigbusGuard(const void* begin, size_t size) {
  InstallHandlerOnce();
  const auto address = reinterpret_cast<uintptr_t>(begin);
  std::lock_guard lock(slots_mutex);
  slot_ = FreeSlot();
  SetRange(slot_, address, address + size);
}

SigbusGuard::~SigbusGuard() {
  std::lock_guard lock(slots_mutex);
  SetRange(slot_, 0, 0);
}

uint64_t SigbusGuard::first_lost_offset() const { return slot_->first_lost_offset.load(); }

}  // namespace seekd
