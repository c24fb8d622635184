// Typed access to the members of a model folder's JSON objects. The first problem
// is kept; later reads then return defaults, so that a parser reads straight down.
#ifndef SEEKD_EMBEDDING_SERVICE_CONFIG_READER_H_
#define SEEKD_EMBEDDING_SERVICE_CONFIG_READER_H_

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace seekd {

inline constexpr uint64_t kMaxModelSize = 1 << 20;  // of any one dimension: above every real model

// At most the first 80 bytes of its JSON text.
std::string ShowJson(const nlohmann::json& value);

class ConfigReader {
 public:
  // `config` is an object and outlives the reader; `where` names it in errors.
  ConfigReader(const nlohmann::json& config, std::string where)
      : config_(config), where_(std::move(where)) {}

  // INVALID_ARGUMENT: which setting, what was found, what is supported.
  const absl::Status& status() const { return status_; }
  void Fail(const std::string& what);

  // Null when absent or null.
  const nlohmann::json* Find(const char* key) const;

  uint32_t RequiredSize(const char* key);
  uint32_t OptionalSize(const char* key, uint32_t fallback);
  // The same for lengths, where models write 1e30 for "no limit": UINT32_MAX above kMaxModelSize.
  uint32_t OptionalLength(const char* key, uint32_t fallback);
  float OptionalNumber(const char* key, float fallback);
  bool OptionalFlag(const char* key, bool fallback);
  std::string RequiredString(const char* key);  // not ""
  std::string OptionalString(const char* key, const char* fallback = "");

  // The only supported value; absent or null is that value, too.
  void Expect(const char* key, const nlohmann::json& supported);

 private:
  uint32_t Size(const char* key, const nlohmann::json& value, uint32_t fallback);

  const nlohmann::json& config_;
  const std::string where_;
  absl::Status status_;
};

// DATA_LOSS unless `text` is a JSON object.
absl::StatusOr<nlohmann::json> ParseConfigObject(std::string_view text, const std::string& where);

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_CONFIG_READER_H_
