#include "client/progress_display.h"

namespace seekd::client {
namespace {

// A bar is drawn at most ten times a second.
constexpr double kRedrawSeconds = 0.1;

}  // namespace

double ProgressDisplay::elapsed_seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

void ProgressDisplay::Show(const ProgressReport& report) {
  const double now = elapsed_seconds();
  const ProgressMeter::Rates rates = meter_.Update(report, now);
  if (!output_->stderr_is_terminal()) {
    if (gate_.ShouldPrint(report, now)) output_->Note(RenderProgressLine(report, rates));
    return;
  }
  const bool due = now - drawn_seconds_ >= kRedrawSeconds || drawn_seconds_ < 0;
  if (!due && report.phase == drawn_phase_) return;
  drawn_seconds_ = now;
  drawn_phase_ = report.phase;
  output_->LiveLine(RenderProgressBar(report, rates, output_->width() - 1));
}

void ProgressDisplay::ShowItems(const char* phase, const char* noun, size_t done, size_t total) {
  ProgressReport report;
  report.phase = phase;
  report.item_noun = noun;
  report.items_done = static_cast<int64_t>(done);
  report.items_total = static_cast<int64_t>(total);
  report.fraction = static_cast<double>(done) / static_cast<double>(total);
  Show(report);
}

}  // namespace seekd::client
