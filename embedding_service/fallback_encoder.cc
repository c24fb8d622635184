#include "embedding_service/fallback_encoder.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"

namespace seekd {

FallbackEncoder::FallbackEncoder(std::unique_ptr<BatchEncoder> device, MakeEncoder make_cpu,
                                 WarnFn warn)
    : device_(std::move(device)), make_cpu_(std::move(make_cpu)), warn_(std::move(warn)) {}

absl::Status FallbackEncoder::Encode(std::span<const TokenSpan> inputs, float* rows) {
  if (cpu_ == nullptr) {
    const absl::Status done = device_->Encode(inputs, rows);
    if (!absl::IsUnavailable(done)) return done;
    ABSL_RETURN_IF_ERROR(FallBack(done));
  }
  return cpu_->Encode(inputs, rows);
}

absl::Status FallbackEncoder::FallBack(const absl::Status& failure) {
  ABSL_ASSIGN_OR_RETURN(cpu_, make_cpu_());
  const std::string now_on = absl::StrCat(cpu_->device(), ", after ", failure.message());
  {
    std::lock_guard lock(mutex_);
    failure_ = failure;
    now_on_ = now_on;
  }
  if (warn_) {
    warn_(absl::StrCat(failure.message(), "; the encoder goes on on the CPU until the next start"));
  }
  return absl::OkStatus();
}

std::string FallbackEncoder::device() const {
  std::lock_guard lock(mutex_);
  return failure_.ok() ? device_->device() : now_on_;
}

absl::Status FallbackEncoder::health() const {
  std::lock_guard lock(mutex_);
  return failure_.ok() ? device_->health() : absl::OkStatus();
}

}  // namespace seekd
