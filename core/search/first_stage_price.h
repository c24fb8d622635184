// What finding candidates by their codes takes, against rows: for the calibration, and for how many
// links a graph should have (docs/adr/0020).
#ifndef SEEKD_CORE_SEARCH_FIRST_STAGE_PRICE_H_
#define SEEKD_CORE_SEARCH_FIRST_STAGE_PRICE_H_

#include <cstdint>

namespace seekd {

// In a smaller collection neither rows nor bytes are worth sparing.
inline constexpr uint32_t kSparingNodes = 5000;

// A byte of a code that a scan sums up, in microseconds.
inline constexpr double kScannedByteUs = 0.00025;

// A first stage that takes no longer counts nothing beside rows: as long as a walk, and ten of the
// rows that longer codes in place of links save. In microseconds, as row_us.
inline double FreeStageUs(double row_us) {
  constexpr double kWalkUs = 1200;
  constexpr double kRowsSaved = 10;
  return kWalkUs + kRowsSaved * row_us;
}

}  // namespace seekd

#endif  // SEEKD_CORE_SEARCH_FIRST_STAGE_PRICE_H_
