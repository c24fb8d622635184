#include "embedding_service/hub/pull_choice.h"

#include "tests/support/catch.h"

namespace seekd {
namespace {

HubListing ListingOf(const std::vector<std::string>& names) {
  HubListing listing;
  for (const std::string& name : names) {
    listing.files.emplace_back();
    listing.files.back().name = name;
  }
  return listing;
}

using Names = std::vector<std::string>;

Names NamesOf(const absl::StatusOr<std::vector<HubFile>>& files) {
  Names names;
  if (!files.ok()) return {std::string(files.status().message())};
  for (const HubFile& file : *files) names.push_back(file.name);
  return names;
}

CATCH_TEST_CASE("a sentence-transformers repository") {
  const HubListing listing = ListingOf({".gitattributes",
                                        "1_Pooling/config.json",
                                        "LICENSE",
                                        "LICENSES/MIT",
                                        "LICENSE.part",
                                        "README.md",
                                        "config.json",
                                        "config_sentence_transformers.json",
                                        "data_config.json",
                                        "model.safetensors",
                                        "model.safetensors.index.json",
                                        "modules.json",
                                        "onnx/model.onnx",
                                        "a/b/config.json",
                                        ".x/config.json",
                                        "pytorch_model.bin",
                                        "sentence_bert_config.json",
                                        "special_tokens_map.json",
                                        "tokenizer.json",
                                        "tokenizer_config.json",
                                        "train_script.py",
                                        "vocab.txt",
                                        "codebooks.bin"});
  CATCH_CHECK(NamesOf(ChooseFiles(listing, "here")) ==
              Names{"config.json", "1_Pooling/config.json", "LICENSE", "README.md",
                    "config_sentence_transformers.json", "modules.json",
                    "sentence_bert_config.json", "tokenizer.json", "tokenizer_config.json",
                    "vocab.txt", "codebooks.bin", "model.safetensors"});
}

CATCH_TEST_CASE("the least that a repository needs") {
  CATCH_CHECK(NamesOf(ChooseFiles(ListingOf({"vocab.txt", "model.safetensors.index.json",
                                             "model-1.safetensors", "config.json"}),
                                  "here")) ==
              Names{"config.json", "vocab.txt", "model.safetensors.index.json"});
}

CATCH_TEST_CASE("what a repository lacks") {
  const auto refusal = [](const Names& names) {
    const absl::Status status = ChooseFiles(ListingOf(names), "here").status();
    CATCH_CHECK(absl::IsInvalidArgument(status));
    return std::string(status.message());
  };
  CATCH_CHECK(refusal({"vocab.txt", "model.safetensors"}).find("config.json") != std::string::npos);
  CATCH_CHECK(refusal({"config.json", "model.safetensors"}).find("vocab.txt") != std::string::npos);
  CATCH_CHECK(refusal({"config.json", "vocab.txt"}).find("weights: none") != std::string::npos);
  const std::string others =
      refusal({"config.json", "vocab.txt", "codebooks.bin", "pytorch_model.bin", "tf_model.h5",
               "1.gguf", "2.gguf", "3.gguf", "4.gguf", "5.gguf"});
  CATCH_CHECK(others.find("weights: pytorch_model.bin, tf_model.h5, 1.gguf, 2.gguf, 3.gguf and 2 "
                          "more; only safetensors") != std::string::npos);
}

CATCH_TEST_CASE("shards that an index names") {
  const HubListing listing = ListingOf({"m-1.safetensors", "m-2.safetensors", "m-3.safetensors"});
  CATCH_CHECK(NamesOf(ChooseShards(listing,
                                   R"({"weight_map": {"a": "m-2.safetensors",
                                       "b": "m-1.safetensors", "c": "m-2.safetensors"}})",
                                   "here")) == Names{"m-1.safetensors", "m-2.safetensors"});
  for (const char* wrong :
       {"{}", R"({"weight_map": {}})", R"({"weight_map": {"a": 7}})",
        R"({"weight_map": {"a": "../m-1.safetensors"}})", R"({"weight_map": {"a": "config.json"}})",
        R"({"weight_map": {"a": "m-9.safetensors"}})"}) {
    CATCH_INFO(wrong);
    CATCH_CHECK(absl::IsInvalidArgument(ChooseShards(listing, wrong, "here").status()));
  }
}

}  // namespace
}  // namespace seekd
