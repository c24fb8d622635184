// TempFolder with raw file access, for tests of the bytes of a file.
#ifndef SEEKD_TESTS_CORE_STORAGE_TEMP_FOLDER_H_
#define SEEKD_TESTS_CORE_STORAGE_TEMP_FOLDER_H_

#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "tests/support/temp_folder.h"

namespace seekd {

using testing::TempFolder;

inline std::string ReadRaw(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void WriteRaw(const std::string& path, std::string_view content) {
  std::ofstream(path, std::ios::binary)
      .write(content.data(), static_cast<std::streamsize>(content.size()));
}

}  // namespace seekd

#endif  // SEEKD_TESTS_CORE_STORAGE_TEMP_FOLDER_H_
