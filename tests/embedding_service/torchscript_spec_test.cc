#include "embedding_service/torchscript_spec.h"

#include <nlohmann/json.hpp>

#include "tests/support/catch.h"

namespace seekd {
namespace {

using nlohmann::json;

absl::StatusOr<TorchScriptSpec> Parse(const json& config) {
  return ParseTorchScriptSpec(config.dump(), "x/config.json");
}

CATCH_TEST_CASE("defaults of a TorchScript module", "[torchscript]") {
  const auto spec = Parse(json::object());
  CATCH_REQUIRE(spec.ok());
  CATCH_CHECK(spec->file == "model.pt");
  CATCH_CHECK(spec->inputs == std::vector{ModuleInput::kInputIds, ModuleInput::kAttentionMask});
  CATCH_CHECK(spec->pooling == Pooling::kMean);
  CATCH_CHECK(spec->special_tokens);
  CATCH_CHECK(spec->output.empty());
}

CATCH_TEST_CASE("settings of a TorchScript module", "[torchscript]") {
  const auto spec = Parse({{"file", "m.ts"},
                           {"inputs", {"attention_mask", "token_type_ids", "input_ids"}},
                           {"pooling", "none"},
                           {"special_tokens", false},
                           {"output", "rows"}});
  CATCH_REQUIRE(spec.ok());
  CATCH_CHECK(spec->file == "m.ts");
  CATCH_CHECK(spec->inputs == std::vector{ModuleInput::kAttentionMask, ModuleInput::kTokenTypeIds,
                                          ModuleInput::kInputIds});
  CATCH_CHECK_FALSE(spec->pooling.has_value());
  CATCH_CHECK_FALSE(spec->special_tokens);
  CATCH_CHECK(spec->output == "rows");
  CATCH_CHECK(Parse({{"pooling", "cls"}})->pooling == Pooling::kCls);
}

CATCH_TEST_CASE("settings of a TorchScript module that are refused", "[torchscript]") {
  const std::pair<const char*, json> cases[] = {
      {"file", ""},
      {"file", "../model.pt"},
      {"file", "/model.pt"},
      {"file", 1},
      {"inputs", "input_ids"},
      {"inputs", json::array()},
      {"inputs", {"input_ids"}},
      {"inputs", {"input_ids", "attention_mask", "input_ids"}},
      {"inputs", {"input_ids", "attention_mask", "position_ids"}},
      {"inputs", {"input_ids", "attention_mask", 7}},
      {"pooling", "max"},
      {"special_tokens", "yes"},
      {"output", 0},
  };
  for (const auto& [key, value] : cases) {
    const absl::Status status = Parse({{key, value}}).status();
    CATCH_INFO(key << " " << value.dump() << " " << status);
    CATCH_CHECK(status.code() == absl::StatusCode::kInvalidArgument);
    CATCH_CHECK(std::string(status.message()).find(key) != std::string::npos);
  }
  CATCH_CHECK(ParseTorchScriptSpec("[]", "x").status().code() == absl::StatusCode::kDataLoss);
  CATCH_CHECK(LoadTorchScriptSpec("/nonexistent").status().code() == absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace seekd
