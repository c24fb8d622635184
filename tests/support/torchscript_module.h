// Writes TorchScript modules for tests, from source. Keeps torch's headers out of them.
#ifndef SEEKD_TESTS_SUPPORT_TORCHSCRIPT_MODULE_H_
#define SEEKD_TESTS_SUPPORT_TORCHSCRIPT_MODULE_H_

#include <cstdint>
#include <string>
#include <vector>

namespace seekd::testing {

struct ScriptTable {
  uint32_t rows = 0;
  uint32_t dim = 0;
  std::vector<float> values;  // row-major
};

// A module with a parameter `table` [rows, dim] and the methods of `source`, TorchScript such as
// "def forward(self, input_ids, attention_mask): ...". Aborts the test where that does not compile.
void WriteTorchScript(const std::string& path, const std::string& source, const ScriptTable& table);

}  // namespace seekd::testing

#endif  // SEEKD_TESTS_SUPPORT_TORCHSCRIPT_MODULE_H_
