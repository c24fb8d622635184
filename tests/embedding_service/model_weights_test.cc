#include "embedding_service/model_weights.h"

#include <cstring>
#include <string>

#include "tests/support/catch.h"
#include "tests/support/safetensors_writer.h"
#include "tests/support/temp_folder.h"

namespace seekd {
namespace {

using testing::FloatTensor;
using testing::SafetensorsBytes;
using testing::TensorToWrite;

std::string OneTensor(const std::string& name, float value) {
  const TensorToWrite tensor = FloatTensor(name, {1}, {&value, 1});
  return SafetensorsBytes({&tensor, 1});
}

// Two shards with a tensor each.
void WriteShards(const testing::TempFolder& folder) {
  folder.Write("model-00001-of-00002.safetensors", OneTensor("bert.a", 1));
  folder.Write("model-00002-of-00002.safetensors", OneTensor("bert.b", 2));
  folder.Write("model.safetensors.index.json", R"({"metadata": {"total_size": 8}, "weight_map": {
    "bert.a": "model-00001-of-00002.safetensors", "bert.b": "model-00002-of-00002.safetensors"}})");
}

float ValueOf(const ModelWeights& weights, const char* name) {
  float value = 0;
  std::memcpy(&value, weights.Find(name, {1}).value()->bytes.data(), sizeof(value));
  return value;
}

CATCH_TEST_CASE("shards are one set of tensors", "[model_weights]") {
  const testing::TempFolder folder;
  WriteShards(folder);
  const auto weights = ModelWeights::Open(folder.path());
  CATCH_REQUIRE(weights.ok());
  CATCH_CHECK(ValueOf(**weights, "bert.a") == 1);
  CATCH_CHECK(ValueOf(**weights, "bert.b") == 2);
  CATCH_CHECK((*weights)->file_bytes().size() == 2);
  CATCH_CHECK((*weights)->status().ok());
  CATCH_CHECK((*weights)->PrefixOf("b").value() == "bert.");
  CATCH_CHECK((*weights)->PrefixOf("none").status().code() == absl::StatusCode::kNotFound);
  CATCH_CHECK((*weights)->PrefixOf("").status().code() == absl::StatusCode::kInvalidArgument);
  CATCH_CHECK((*weights)->Find("c", {1}).status().code() == absl::StatusCode::kNotFound);
  CATCH_CHECK((*weights)->Find("bert.a", {2}).status().code() ==
              absl::StatusCode::kInvalidArgument);
}

CATCH_TEST_CASE("one file goes before an index", "[model_weights]") {
  const testing::TempFolder folder;
  WriteShards(folder);
  folder.Write("model.safetensors", OneTensor("bert.a", 3));
  const auto weights = ModelWeights::Open(folder.path());
  CATCH_REQUIRE(weights.ok());
  CATCH_CHECK(ValueOf(**weights, "bert.a") == 3);
  CATCH_CHECK_FALSE((*weights)->Has("bert.b"));
}

CATCH_TEST_CASE("broken sets of files", "[model_weights]") {
  const testing::TempFolder folder;
  CATCH_CHECK(ModelWeights::Open(folder.path()).status().code() == absl::StatusCode::kNotFound);
  WriteShards(folder);
  const auto code_with = [&](const char* index) {
    folder.Write("model.safetensors.index.json", index);
    return ModelWeights::Open(folder.path()).status().code();
  };
  CATCH_CHECK(code_with("{") == absl::StatusCode::kDataLoss);
  CATCH_CHECK(code_with("{}") == absl::StatusCode::kInvalidArgument);
  CATCH_CHECK(code_with(R"({"weight_map": {}})") == absl::StatusCode::kInvalidArgument);
  CATCH_CHECK(code_with(R"({"weight_map": {"a": 1}})") == absl::StatusCode::kInvalidArgument);
  CATCH_CHECK(code_with(R"({"weight_map": {"a": "../a"}})") == absl::StatusCode::kInvalidArgument);
  CATCH_CHECK(code_with(R"({"weight_map": {"a": "none"}})") == absl::StatusCode::kNotFound);
  CATCH_CHECK(code_with(R"({"weight_map": {"a": "model-00001-of-00002.safetensors"}})") ==
              absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace seekd
