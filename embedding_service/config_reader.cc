#include "embedding_service/config_reader.h"

#include "absl/strings/str_cat.h"

namespace seekd {

using nlohmann::json;

std::string ShowJson(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace).substr(0, 80);
}

void ConfigReader::Fail(const std::string& what) {
  if (status_.ok()) status_ = absl::InvalidArgumentError(absl::StrCat(where_, ": ", what));
}

const json* ConfigReader::Find(const char* key) const {
  auto it = config_.find(key);
  return it == config_.end() || it->is_null() ? nullptr : &*it;
}

uint32_t ConfigReader::RequiredSize(const char* key) {
  const json* value = Find(key);
  if (value == nullptr) {
    Fail(absl::StrCat("\"", key, "\" is missing"));
    return 1;
  }
  return Size(key, *value, 1);
}

uint32_t ConfigReader::OptionalSize(const char* key, uint32_t fallback) {
  const json* value = Find(key);
  return value == nullptr ? fallback : Size(key, *value, fallback);
}

uint32_t ConfigReader::OptionalLength(const char* key, uint32_t fallback) {
  const json* value = Find(key);
  if (value != nullptr && value->is_number() && *value > kMaxModelSize) return UINT32_MAX;
  return OptionalSize(key, fallback);
}

float ConfigReader::OptionalNumber(const char* key, float fallback) {
  const json* value = Find(key);
  if (value == nullptr) return fallback;
  if (!value->is_number()) {
    Fail(absl::StrCat("\"", key, "\" is ", ShowJson(*value), ", expected a number"));
    return fallback;
  }
  return value->get<float>();
}

bool ConfigReader::OptionalFlag(const char* key, bool fallback) {
  const json* value = Find(key);
  if (value == nullptr) return fallback;
  if (!value->is_boolean()) {
    Fail(absl::StrCat("\"", key, "\" is ", ShowJson(*value), ", expected true or false"));
    return fallback;
  }
  return value->get<bool>();
}

std::string ConfigReader::RequiredString(const char* key) {
  if (Find(key) == nullptr) Fail(absl::StrCat("\"", key, "\" is missing"));
  std::string text = OptionalString(key);
  if (text.empty()) Fail(absl::StrCat("\"", key, "\" is \"\", expected a text"));
  return text;
}

std::string ConfigReader::OptionalString(const char* key, const char* fallback) {
  const json* value = Find(key);
  if (value == nullptr) return fallback;
  if (!value->is_string()) {
    Fail(absl::StrCat("\"", key, "\" is ", ShowJson(*value), ", expected a string"));
    return fallback;
  }
  return value->get<std::string>();
}

void ConfigReader::Expect(const char* key, const json& supported) {
  const json* value = Find(key);
  if (value == nullptr || *value == supported) return;
  Fail(absl::StrCat("\"", key, "\" is ", ShowJson(*value), ", supported is ", supported.dump()));
}

uint32_t ConfigReader::Size(const char* key, const json& value, uint32_t fallback) {
  if (value.is_number_unsigned()) {
    const uint64_t n = value.get<uint64_t>();
    if (n >= 1 && n <= kMaxModelSize) return static_cast<uint32_t>(n);
  }
  Fail(absl::StrCat("\"", key, "\" is ", ShowJson(value), ", expected an integer from 1 to ",
                    kMaxModelSize));
  return fallback;
}

absl::StatusOr<json> ParseConfigObject(std::string_view text, const std::string& where) {
  json config = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (config.is_object()) return config;
  return absl::DataLossError(absl::StrCat(where, ": expected a JSON object"));
}

}  // namespace seekd
