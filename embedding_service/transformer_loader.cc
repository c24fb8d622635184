#include "embedding_service/transformer_loader.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "embedding_service/device_encoder.h"
#include "embedding_service/fallback_encoder.h"
#include "embedding_service/fingerprint.h"
#include "embedding_service/precision_trial.h"
#include "embedding_service/transformer_encoder.h"

namespace seekd {
namespace {

// Of a trial on a device, to be as busy as an index run keeps it.
constexpr size_t kTimedInputsOnDevice = 80;
constexpr double kLeastCosine = 0.999;  // of a device in fp32 to the CPU

std::vector<Precision> PrecisionsOf(const Device& device) {
  return device.kind == DeviceKind::kCpu ? BertModel::SupportedPrecisions()
                                         : DeviceBert::PrecisionsOf(device);
}

absl::StatusOr<std::unique_ptr<BatchEncoder>> EncoderOn(const TransformerParts& parts,
                                                        const Device& device, Precision precision) {
  if (device.kind == DeviceKind::kCpu) return CpuEncoder(parts, precision);
  return DeviceEncoder::Create(parts.spec, parts.special, parts.weights, device, precision);
}

// For `device`, by the profile or a new measurement.
absl::StatusOr<Precision> ChoosePrecisionOn(const Device& device, const TransformerParts& parts,
                                            const TransformerChoice& choice, BatchEncoder* exact) {
  if (choice.precision) return *choice.precision;
  if (choice.precision_profile.empty()) return Precision::kFp32;
  const PrecisionKey key{parts.fingerprint, DeviceName(device),
                         static_cast<uint32_t>(parts.threads), PrecisionsOf(device)};
  const size_t timed_inputs = device.kind == DeviceKind::kCpu
                                  ? 2 * static_cast<size_t>(parts.threads)
                                  : kTimedInputsOnDevice;
  const auto measure = [&]() -> absl::StatusOr<std::vector<PrecisionTiming>> {
    ABSL_ASSIGN_OR_RETURN(const std::vector<float> rows, EncodeProbes(*parts.tokenizer, exact));
    return MeasurePrecisionsOf(
        key.supported, [&](Precision precision) { return EncoderOn(parts, device, precision); },
        *parts.tokenizer, rows, timed_inputs);
  };
  return LoadOrMeasurePrecision(choice.precision_profile, key, measure);
}

absl::StatusOr<std::unique_ptr<BatchEncoder>> OpenOn(const Device& device,
                                                     const TransformerParts& parts,
                                                     const TransformerChoice& choice,
                                                     BatchEncoder* exact) {
  ABSL_ASSIGN_OR_RETURN(const Precision precision, ChoosePrecisionOn(device, parts, choice, exact));
  ABSL_ASSIGN_OR_RETURN(auto encoder, EncoderOn(parts, device, precision));
  ABSL_ASSIGN_OR_RETURN(const std::vector<float> rows,
                        EncodeProbes(*parts.tokenizer, encoder.get()));
  ABSL_ASSIGN_OR_RETURN(const std::vector<float> expected, EncodeProbes(*parts.tokenizer, exact));
  const double cosine = LeastCosine(expected, rows, parts.spec.dim);
  if (cosine >= kLeastCosine || (choice.precision && *choice.precision != Precision::kFp32)) {
    return encoder;
  }
  return absl::FailedPreconditionError(
      absl::StrCat(encoder->device(), " gives other rows than the CPU, least cosine ", cosine));
}

absl::StatusOr<std::unique_ptr<BatchEncoder>> OpenNamed(const Device& device,
                                                        const TransformerParts& parts,
                                                        const TransformerChoice& choice,
                                                        BatchEncoder* exact) {
  const std::vector<Device> found = DeviceBert::FindDevices();
  if (std::ranges::find(found, device) == found.end()) {
    return absl::FailedPreconditionError(absl::StrCat(
        "device ", DeviceName(device), " is not there: libtorch finds ",
        found.empty() ? "the CPU alone" : "the CPU and " + DeviceNames(found),
        "; name one of these, or auto, or install a driver and a libtorch made for the device"));
  }
  absl::StatusOr<std::unique_ptr<BatchEncoder>> opened = OpenOn(device, parts, choice, exact);
  if (!absl::IsUnavailable(opened.status())) return opened;
  return absl::FailedPreconditionError(
      absl::StrCat(opened.status().message(), "; choose another device, or auto"));
}

bool Has(const Device& device, std::optional<Precision> precision) {
  const std::vector<Precision> known = PrecisionsOf(device);
  return !precision || std::ranges::find(known, *precision) != known.end();
}

// The best of the devices that work; null: none does.
std::unique_ptr<BatchEncoder> OpenBest(const TransformerParts& parts,
                                       const TransformerChoice& choice, BatchEncoder* exact) {
  for (const Device& device : DeviceBert::FindDevices()) {
    if (!Has(device, choice.precision)) continue;
    absl::StatusOr<std::unique_ptr<BatchEncoder>> opened = OpenOn(device, parts, choice, exact);
    if (opened.ok()) return *std::move(opened);
    if (choice.warn) {
      choice.warn(
          absl::StrCat("device ", DeviceName(device), " is not used: ", opened.status().message()));
    }
  }
  return nullptr;
}

}  // namespace

absl::StatusOr<std::unique_ptr<BatchEncoder>> CpuEncoder(const TransformerParts& parts,
                                                         Precision precision) {
  return TransformerEncoder::Create(parts.spec, parts.special, parts.weights, parts.threads,
                                    precision);
}

absl::StatusOr<std::unique_ptr<BatchEncoder>> ChooseEncoder(const TransformerParts& parts,
                                                            const TransformerChoice& choice,
                                                            std::unique_ptr<BatchEncoder> exact) {
  const Device cpu;
  if (choice.device && *choice.device != cpu) {
    return OpenNamed(*choice.device, parts, choice, exact.get());
  }
  if (!choice.device) {
    if (auto best = OpenBest(parts, choice, exact.get()); best != nullptr) {
      return std::make_unique<FallbackEncoder>(
          std::move(best), [parts] { return CpuEncoder(parts, Precision::kFp32); }, choice.warn);
    }
  }
  ABSL_ASSIGN_OR_RETURN(const Precision precision,
                        ChoosePrecisionOn(cpu, parts, choice, exact.get()));
  if (precision == Precision::kFp32) return exact;
  exact.reset();
  return CpuEncoder(parts, precision);
}

}  // namespace seekd
