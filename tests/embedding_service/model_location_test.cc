#include "embedding_service/model_location.h"

#include <filesystem>
#include <fstream>

#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"

namespace seekd {
namespace {

namespace fs = std::filesystem;

std::string MakeModel(const fs::path& dir) {
  fs::create_directories(dir);
  std::ofstream(dir / "config.json") << "{}";
  return dir.string();
}

CATCH_TEST_CASE("configured before environment before installed", "[model_location]") {
  const testing::TempFolder folder;
  const fs::path root = folder.path();
  const std::string a = MakeModel(root / "a");
  const std::string b = MakeModel(root / "b");
  const std::string bin = (root / "usr" / "bin").string();
  const std::string installed =
      MakeModel(root / "usr" / "share" / "seekd" / "models" / kDefaultModelId);

  CATCH_CHECK(ChooseModelDir(a, b, bin).value() == a);
  CATCH_CHECK(ChooseModelDir("", b, bin).value() == b);
  CATCH_CHECK(ChooseModelDir("", "", bin).value() == installed);
}

CATCH_TEST_CASE("a named place without a model is an error", "[model_location]") {
  const testing::TempFolder folder;
  const fs::path root = folder.path();
  const std::string good = MakeModel(root / "good");
  const std::string bad = (root / "bad").string();
  for (const auto& status :
       {ChooseModelDir(bad, good, "/").status(), ChooseModelDir("", bad, "/").status(),
        ChooseModelDir("", "", bad).status()}) {
    CATCH_CHECK(status.code() == absl::StatusCode::kNotFound);
    CATCH_CHECK(std::string(status.message()).find(root.string()) != std::string::npos);
  }
}

}  // namespace
}  // namespace seekd
