// Memory of this process, as the operating system counts it.
#ifndef SEEKD_SERVER_PROCESS_MEMORY_H_
#define SEEKD_SERVER_PROCESS_MEMORY_H_

#include <cstdint>

namespace seekd {

// Resident set, file-backed pages included; 0 where it cannot be told.
uint64_t ResidentBytes();

// Hands what the allocator keeps of freed memory back to the system, where it can be told to.
void ReturnFreeMemory();

}  // namespace seekd

#endif  // SEEKD_SERVER_PROCESS_MEMORY_H_
