#include "embedding_service/transformer_loader.h"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "embedding_service/bert_model.h"
#include "embedding_service/device_bert.h"
#include "embedding_service/encoder_factory.h"
#include "tests/support/bert_fixture.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"

namespace seekd {
namespace {

// A model of the default tokenizer.
class Model {
 public:
  Model() {
    testing::BertFixture fixture;
    fixture.layers = 1;
    const std::string source_dir = std::getenv("SEEKD_TEST_SOURCE_DIR");
    testing::WriteBertModel(
        fixture, folder_.path(),
        source_dir + "/embedding_service/models/seek-static-en-256/tokenizer.json");
  }

  absl::StatusOr<LoadedModel> Load(LoadOptions options) const {
    options.threads = 2;
    return LoadModel(folder_.path(), options);
  }
  std::string profile() const { return folder_.File("precision_profile.json"); }

 private:
  const testing::TempFolder folder_;
};

bool Finds(const absl::Status& status, const std::string& text) {
  return std::string(status.message()).find(text) != std::string::npos;
}

CATCH_TEST_CASE("the CPU by name, in the precision that was asked for", "[loader]") {
  const Model model;
  CATCH_CHECK(model.Load({.device = Device{}})->encoder->device() == "cpu");
  CATCH_CHECK(model.Load({.device = Device{}, .precision = Precision::kBf16})->encoder->device() ==
              "cpu bf16");
  const absl::Status refused =
      model.Load({.device = Device{}, .precision = Precision::kFp16}).status();
  CATCH_CHECK(refused.code() == absl::StatusCode::kInvalidArgument);
}

CATCH_TEST_CASE("a device that is not there: what was found, what to do", "[loader]") {
  const absl::Status status =
      Model().Load({.device = Device{DeviceKind::kCuda, 120}}).status();  // more than anyone has
  CATCH_CHECK(status.code() == absl::StatusCode::kFailedPrecondition);
  CATCH_CHECK(Finds(status, "cuda:120 is not there"));
  CATCH_CHECK(Finds(status, "libtorch finds the CPU"));
  CATCH_CHECK(Finds(status, "auto"));
}

CATCH_TEST_CASE("auto takes the best device, and the same rows come", "[loader]") {
  const Model model;
  std::vector<std::string> warnings;
  const auto loaded =
      model.Load({.warn = [&](const std::string& message) { warnings.push_back(message); }});
  CATCH_REQUIRE(loaded.ok());
  CATCH_CHECK(warnings.empty());
  const std::vector<Device> found = DeviceBert::FindDevices();
  CATCH_CHECK(loaded->encoder->device() == (found.empty() ? "cpu" : DeviceName(found[0])));
  CATCH_CHECK(loaded->fingerprint == model.Load({.device = Device{}})->fingerprint);
}

CATCH_TEST_CASE("the profile is of the device", "[loader]") {
  const Model model;
  CATCH_REQUIRE(model.Load({.device = Device{}, .precision_profile = model.profile()}).ok());
  const PrecisionKey key{model.Load({.device = Device{}})->fingerprint, "cpu", 2,
                         BertModel::SupportedPrecisions()};
  int measured = 0;
  const auto measure = [&]() -> absl::StatusOr<std::vector<PrecisionTiming>> {
    ++measured;
    return std::vector<PrecisionTiming>{{Precision::kFp32, 1, 1}};
  };
  CATCH_CHECK(LoadOrMeasurePrecision(model.profile(), key, measure).ok());
  CATCH_CHECK(measured == 0);
}

}  // namespace
}  // namespace seekd
