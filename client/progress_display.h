// A job's progress on standard error: one live bar on a terminal, a line now
// and then in a pipe, nothing when quiet.
// Thread safety: belongs to one thread.
#ifndef SEEKD_CLIENT_PROGRESS_DISPLAY_H_
#define SEEKD_CLIENT_PROGRESS_DISPLAY_H_

#include <chrono>
#include <cstddef>
#include <string>

#include "client/output.h"
#include "client/progress_bar.h"

namespace seekd::client {

class ProgressDisplay {
 public:
  // `output` outlives it.
  explicit ProgressDisplay(Output* output) : output_(output) {}

  void Show(const ProgressReport& report);
  // The same for a job that is just `total` items. REQUIRES: total > 0.
  void ShowItems(const char* phase, const char* noun, size_t done, size_t total);
  // Removes the live bar.
  void Clear() { output_->LiveLine(""); }
  double elapsed_seconds() const;

 private:
  Output* const output_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  ProgressMeter meter_;
  PlainLineGate gate_;
  double drawn_seconds_ = -1;
  std::string drawn_phase_;
};

}  // namespace seekd::client

#endif  // SEEKD_CLIENT_PROGRESS_DISPLAY_H_
