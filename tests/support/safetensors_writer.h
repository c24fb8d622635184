// Writes small safetensors files for tests and benches.
#ifndef SEEKD_TESTS_SUPPORT_SAFETENSORS_WRITER_H_
#define SEEKD_TESTS_SUPPORT_SAFETENSORS_WRITER_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace seekd::testing {

struct TensorToWrite {
  std::string name;
  std::string type;  // "F32"
  std::vector<uint64_t> shape;
  std::string bytes;
};

TensorToWrite FloatTensor(std::string name, std::vector<uint64_t> shape,
                          std::span<const float> values);

// The file's bytes; the header is padded so that the data begins at a multiple
// of 8.
std::string SafetensorsBytes(std::span<const TensorToWrite> tensors);

// Length, `header` and `data` as they are: also for broken files.
std::string SafetensorsBytes(const std::string& header, const std::string& data);

// Aborts the test when the file cannot be written.
void WriteFileOrDie(const std::string& path, const std::string& bytes);

}  // namespace seekd::testing

#endif  // SEEKD_TESTS_SUPPORT_SAFETENSORS_WRITER_H_
