#include "client/progress_bar.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "client/terminal_text.h"

namespace seekd::client {
namespace {

constexpr int kBarWidth = 24;
// A rate over less than this says nothing yet.
constexpr double kSettledSeconds = 0.5;

std::string Counts(const ProgressReport& report) {
  if (report.items_total == 0 && report.items_done == 0) return "";
  if (report.items_total == 0) {
    return absl::StrCat(FormatCount(report.items_done), " ", report.item_noun);
  }
  return absl::StrCat(FormatCount(report.items_done), "/", FormatCount(report.items_total), " ",
                      report.item_noun);
}

std::vector<std::string> Figures(const ProgressReport& report, const ProgressMeter::Rates& rates) {
  std::vector<std::string> parts;
  if (report.fraction >= 0) {
    parts.push_back(absl::StrFormat("%3.0f %%", 100 * std::clamp(report.fraction, 0.0, 1.0)));
  }
  if (std::string counts = Counts(report); !counts.empty()) parts.push_back(std::move(counts));
  if (rates.bytes_per_second > 0) {
    const auto rounded = static_cast<int64_t>(rates.bytes_per_second);
    parts.push_back(absl::StrCat(FormatBytes(rounded), "/s"));
  }
  if (rates.chunks_per_second > 0) {
    const auto rounded = static_cast<int64_t>(rates.chunks_per_second);
    parts.push_back(absl::StrCat(FormatCount(rounded), " chunks/s"));
  }
  if (rates.seconds_left >= 0) {
    parts.push_back(absl::StrCat("ETA ", FormatDuration(rates.seconds_left)));
  }
  return parts;
}

std::string Bar(double fraction) {
  const double filled = std::floor(std::clamp(fraction, 0.0, 1.0) * kBarWidth);
  std::string bar(static_cast<size_t>(filled), '#');
  bar.resize(kBarWidth, '.');
  return absl::StrCat("[", bar, "]");
}

}  // namespace

ProgressMeter::Rates ProgressMeter::Update(const ProgressReport& report, double now_seconds) {
  if (!started_ || report.phase != first_.phase) {
    started_ = true;
    first_ = report;
    first_seconds_ = now_seconds;
  }
  const double elapsed = now_seconds - first_seconds_;
  Rates rates;
  if (elapsed < kSettledSeconds) return rates;
  rates.bytes_per_second = static_cast<double>(report.bytes_done - first_.bytes_done) / elapsed;
  rates.chunks_per_second = static_cast<double>(report.chunks_done - first_.chunks_done) / elapsed;
  const double gained = report.fraction - std::max(0.0, first_.fraction);
  if (report.fraction >= 0 && gained > 0) {
    rates.seconds_left = elapsed / gained * std::max(0.0, 1 - report.fraction);
  }
  return rates;
}

std::string RenderProgressBar(const ProgressReport& report, const ProgressMeter::Rates& rates,
                              int width) {
  std::vector<std::string> parts = Figures(report, rates);
  if (report.fraction >= 0) parts.insert(parts.begin(), Bar(report.fraction));
  std::string line = absl::StrFormat("%-10s %s", report.phase, absl::StrJoin(parts, "  "));
  if (width > 0 && line.size() > static_cast<size_t>(width)) line.resize(width);
  return line;
}

std::string RenderProgressLine(const ProgressReport& report, const ProgressMeter::Rates& rates) {
  const std::vector<std::string> parts = Figures(report, rates);
  if (parts.empty()) return report.phase;
  return absl::StrCat(report.phase, ": ", absl::StrJoin(parts, ", "));
}

bool PlainLineGate::ShouldPrint(const ProgressReport& report, double now_seconds) {
  if (now_seconds < quiet_seconds_) return false;
  const bool new_phase = report.phase != phase_;
  if (!new_phase && now_seconds - printed_seconds_ < interval_seconds_) return false;
  phase_ = report.phase;
  printed_seconds_ = now_seconds;
  return true;
}

}  // namespace seekd::client
