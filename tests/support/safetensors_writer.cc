#include "tests/support/safetensors_writer.h"

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/bytes.h"

namespace seekd::testing {

TensorToWrite FloatTensor(std::string name, std::vector<uint64_t> shape,
                          std::span<const float> values) {
  return {std::move(name), "F32", std::move(shape),
          std::string(reinterpret_cast<const char*>(values.data()), values.size_bytes())};
}

std::string SafetensorsBytes(std::span<const TensorToWrite> tensors) {
  std::string header = "{\"__metadata__\":{\"format\":\"pt\"}";
  std::string data;
  for (const TensorToWrite& tensor : tensors) {
    absl::StrAppend(&header, ",\"", tensor.name, "\":{\"dtype\":\"", tensor.type, "\",\"shape\":[",
                    absl::StrJoin(tensor.shape, ","), "],\"data_offsets\":[", data.size(), ",",
                    data.size() + tensor.bytes.size(), "]}");
    data += tensor.bytes;
  }
  header += "}";
  while (header.size() % 8 != 0) header += ' ';
  return SafetensorsBytes(header, data);
}

std::string SafetensorsBytes(const std::string& header, const std::string& data) {
  std::string file;
  AppendFixed<uint64_t>(header.size(), &file);
  return file + header + data;
}

void WriteFileOrDie(const std::string& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (file) return;
  std::cerr << path << ": cannot be written" << std::endl;
  std::abort();
}

}  // namespace seekd::testing
