// A model folder whose model a server on this machine runs.
#ifndef SEEKD_TESTS_EMBEDDING_SERVICE_REMOTE_REMOTE_FOLDER_H_
#define SEEKD_TESTS_EMBEDDING_SERVICE_REMOTE_REMOTE_FOLDER_H_

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/support/temp_folder.h"

namespace seekd::testing {

class RemoteFolder {
 public:
  // `settings` are added to those that every test wants.
  RemoteFolder(const std::string& tokenizer_file, int port, const nlohmann::json& settings) {
    std::filesystem::copy_file(tokenizer_file, folder_.File("tokenizer.json"));
    config_ = {{"model_type", "remote"},
               {"url", "127.0.0.1:" + std::to_string(port)},
               {"max_length", 256}};
    config_.update(settings);
    Write();
  }

  void Set(const char* key, const nlohmann::json& value) {
    config_[key] = value;
    Write();
  }
  const std::string& path() const { return folder_.path(); }
  const TempFolder& folder() const { return folder_; }

 private:
  void Write() const { folder_.Write("config.json", config_.dump()); }

  TempFolder folder_;
  nlohmann::json config_;
};

}  // namespace seekd::testing

#endif  // SEEKD_TESTS_EMBEDDING_SERVICE_REMOTE_REMOTE_FOLDER_H_
