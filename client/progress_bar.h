// The text of a progress display: a live bar for terminals, plain lines for
// pipes. Pure: times and widths come in, strings go out.
#ifndef SEEKD_CLIENT_PROGRESS_BAR_H_
#define SEEKD_CLIENT_PROGRESS_BAR_H_

#include <cstdint>
#include <string>

namespace seekd::client {

// One report of a running job. Counts that are not known are zero.
struct ProgressReport {
  std::string phase;  // "reading"; static text, not escaped
  int64_t items_done = 0;
  int64_t items_total = 0;
  std::string item_noun;  // "files"
  int64_t bytes_done = 0;
  int64_t bytes_total = 0;
  int64_t chunks_done = 0;
  // What the bar shows, 0 .. 1; negative: unknown.
  double fraction = -1;

  bool operator==(const ProgressReport&) const = default;
};

// Rates and remaining time, averaged since the phase began.
class ProgressMeter {
 public:
  struct Rates {
    double bytes_per_second = 0;
    double chunks_per_second = 0;
    double seconds_left = -1;  // negative: unknown
  };

  // `now_seconds` never decreases.
  Rates Update(const ProgressReport& report, double now_seconds);

 private:
  ProgressReport first_;
  double first_seconds_ = 0;
  bool started_ = false;
};

// "reading   [#####.....]  52 %  1,204/2,310 files  12.1 MB/s  830 chunks/s  ETA 12.3 s",
// cut to `width` columns.
std::string RenderProgressBar(const ProgressReport& report, const ProgressMeter::Rates& rates,
                              int width);

// The same without the bar.
std::string RenderProgressLine(const ProgressReport& report, const ProgressMeter::Rates& rates);

// Which reports a pipe gets: nothing in the first `quiet_seconds`, for most jobs have
// ended then; each phase's first; then one every `interval_seconds`.
class PlainLineGate {
 public:
  explicit PlainLineGate(double quiet_seconds = 1, double interval_seconds = 5)
      : quiet_seconds_(quiet_seconds), interval_seconds_(interval_seconds) {}
  bool ShouldPrint(const ProgressReport& report, double now_seconds);

 private:
  double quiet_seconds_;
  double interval_seconds_;
  std::string phase_;
  double printed_seconds_ = 0;
};

}  // namespace seekd::client

#endif  // SEEKD_CLIENT_PROGRESS_BAR_H_
