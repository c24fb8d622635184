#include "tests/support/torchscript_module.h"

#include <torch/script.h>

#include <cstdlib>
#include <exception>
#include <iostream>

namespace seekd::testing {

void WriteTorchScript(const std::string& path, const std::string& source,
                      const ScriptTable& table) {
  try {
    const auto values = at::from_blob(const_cast<float*>(table.values.data()),
                                      {int64_t{table.rows}, int64_t{table.dim}}, at::kFloat);
    torch::jit::Module module("module");
    module.register_parameter("table", values.clone(), /*is_buffer=*/false);
    module.define(source);
    module.save(path);
  } catch (const std::exception& e) {
    std::cerr << path << ": " << e.what() << std::endl;
    std::abort();
  }
}

}  // namespace seekd::testing
