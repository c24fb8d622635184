// Typed access to a model folder's config.json that tells what is wrong with it.
#ifndef SEEKD_EMBEDDING_SERVICE_CONFIG_READER_H_
#define SEEKD_EMBEDDING_SERVICE_CONFIG_READER_H_

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace seekd {

// `config` outlives the reader; `where` names it in errors. The first problem is kept; later
// reads then return defaults, so that a parser reads straight down.
class ConfigReader {
 public:
  ConfigReader(const nlohmann::json& config, std::string where)
      : config_(config), where_(std::move(where)) {}

  const absl::Status& status() const { return status_; }

  uint32_t RequiredSize(const char* key) {
    const nlohmann::json* value = Find(key);
    if (value == nullptr) {
      Fail(absl::StrCat("\"", key, "\" is missing"));
      return 1;
    }
    return Size(key, *value, 1);
  }

  uint32_t OptionalSize(const char* key, uint32_t fallback) {
    const nlohmann::json* value = Find(key);
    return value == nullptr ? fallback : Size(key, *value, fallback);
  }

  float OptionalNumber(const char* key, float fallback) {
    const nlohmann::json* value = Find(key);
    if (value == nullptr) return fallback;
    if (!value->is_number()) {
      Fail(absl::StrCat("\"", key, "\" is ", Show(*value), ", expected a number"));
      return fallback;
    }
    return value->get<float>();
  }

  // The only supported value; `required`: absence is not that value.
  void Expect(const char* key, const nlohmann::json& supported, bool required = false) {
    const nlohmann::json* value = Find(key);
    if (value == nullptr && !required) return;
    if (value != nullptr && *value == supported) return;
    Fail(absl::StrCat("\"", key, "\" is ", value == nullptr ? "missing" : Show(*value),
                      ", supported is ", supported.dump()));
  }

  std::string RequiredText(const char* key) {
    if (Find(key) == nullptr) Fail(absl::StrCat("\"", key, "\" is missing"));
    std::string text = OptionalText(key, "");
    if (text.empty()) Fail(absl::StrCat("\"", key, "\" is \"\", expected a text"));
    return text;
  }

  std::string OptionalText(const char* key, const char* fallback) {
    const nlohmann::json* value = Find(key);
    if (value == nullptr) return fallback;
    if (value->is_string()) return value->get<std::string>();
    Fail(absl::StrCat("\"", key, "\" is ", Show(*value), ", expected a string"));
    return fallback;
  }

  bool OptionalFlag(const char* key, bool fallback) {
    const nlohmann::json* value = Find(key);
    if (value == nullptr) return fallback;
    if (value->is_boolean()) return value->get<bool>();
    Fail(absl::StrCat("\"", key, "\" is ", Show(*value), ", expected true or false"));
    return fallback;
  }

  void Fail(const std::string& what) {
    if (status_.ok()) status_ = absl::InvalidArgumentError(absl::StrCat(where_, ": ", what));
  }

  // Null when absent or null.
  const nlohmann::json* Find(const char* key) const {
    auto it = config_.find(key);
    return it == config_.end() || it->is_null() ? nullptr : &*it;
  }

  static std::string Show(const nlohmann::json& value) {
    return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).substr(0, 80);
  }

 private:
  static constexpr uint64_t kMaxSize = 1 << 20;  // far above every real model's

  uint32_t Size(const char* key, const nlohmann::json& value, uint32_t fallback) {
    if (value.is_number_unsigned()) {
      const uint64_t n = value.get<uint64_t>();
      if (n >= 1 && n <= kMaxSize) return static_cast<uint32_t>(n);
    }
    Fail(absl::StrCat("\"", key, "\" is ", Show(value), ", expected an integer from 1 to ",
                      kMaxSize));
    return fallback;
  }

  const nlohmann::json& config_;
  const std::string where_;
  absl::Status status_;
};

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_CONFIG_READER_H_
