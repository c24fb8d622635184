// How far a pull has come, told to its caller not too often.
#ifndef SEEKD_EMBEDDING_SERVICE_HUB_PULL_METER_H_
#define SEEKD_EMBEDDING_SERVICE_HUB_PULL_METER_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace seekd {

// Of the whole pull, but for `file`. bytes_done falls when a file has to start anew; the totals
// grow once, when the index of sharded weights has been read.
struct PullProgress {
  std::string file;  // the one at work
  uint64_t bytes_done = 0, bytes_total = 0;
  uint32_t files_done = 0, files_total = 0;
};

// At most every 100 ms and at each file's end, on the thread that pulls.
using PullProgressFn = std::function<void(const PullProgress&)>;

class PullMeter {
 public:
  explicit PullMeter(PullProgressFn report) : report_(std::move(report)) {}

  void Expect(uint64_t bytes) {
    progress_.bytes_total += bytes;
    ++progress_.files_total;
  }
  // `bytes` of `file` are there.
  void At(const std::string& file, uint64_t bytes) {
    if (!report_ || Clock::now() < next_) return;
    progress_.file = file;
    progress_.bytes_done = finished_bytes_ + bytes;
    Report();
  }
  void Finish(const std::string& file, uint64_t bytes) {
    finished_bytes_ += bytes;
    progress_.file = file;
    progress_.bytes_done = finished_bytes_;
    ++progress_.files_done;
    if (report_) Report();
  }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds kInterval{100};

  void Report() {
    report_(progress_);
    next_ = Clock::now() + kInterval;
  }

  const PullProgressFn report_;
  PullProgress progress_;
  uint64_t finished_bytes_ = 0;
  Clock::time_point next_;
};

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_HUB_PULL_METER_H_
