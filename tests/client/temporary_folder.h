// A folder that lives as long as the object. Short path: sockets go in.
#ifndef SEEKD_TESTS_CLIENT_TEMPORARY_FOLDER_H_
#define SEEKD_TESTS_CLIENT_TEMPORARY_FOLDER_H_

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

namespace seekd::client {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "seek-XXXXXX").string();
    if (mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

  std::string Write(const std::string& name, const std::string& text, unsigned mode = 0600) const {
    const std::string path = *this / name;
    std::ofstream(path, std::ios::binary) << text;
    std::filesystem::permissions(path, static_cast<std::filesystem::perms>(mode));
    return path;
  }

 private:
  std::string path_;
};

}  // namespace seekd::client

#endif  // SEEKD_TESTS_CLIENT_TEMPORARY_FOLDER_H_
