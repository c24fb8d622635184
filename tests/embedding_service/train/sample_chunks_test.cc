#include "embedding_service/train/sample_chunks.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/fake_backend.h"
#include "tests/support/temp_folder.h"

namespace seekd::train {
namespace {

using testing::TempFolder;

std::string Page(int number) {
  std::string text = "# Page " + std::to_string(number) + "\n\n";
  for (int i = 0; i < 60; ++i) {
    text += "Sentence " + std::to_string(i) + " of page " + std::to_string(number) +
            " says something of its own. ";
  }
  return text;
}

std::vector<std::string> Sample(const TempFolder& folder, size_t count) {
  static const testing::FakeBackend backend;
  const auto inputs = SampleChunks(folder.path(), count, backend.tokenizer(), "");
  CATCH_REQUIRE(inputs.status() == absl::OkStatus());
  return *inputs;
}

CATCH_TEST_CASE("a sample depends on what the files say, not on their names or copies",
                "[sample_chunks]") {
  const TempFolder one;
  const TempFolder two;
  for (int i = 0; i < 20; ++i) {
    one.Write("a/" + std::to_string(i) + ".md", Page(i));
    two.Write(std::to_string(19 - i) + "-b.md", Page(i));
    if (i % 3 == 0) two.Write("copies/" + std::to_string(i) + ".md", Page(i));
  }
  one.Write("picture.bin", std::string("\x89P\0\1", 4));
  const std::vector<std::string> all = Sample(one, 100'000);
  CATCH_CHECK(all.size() > 20);  // files
  CATCH_CHECK(std::set<std::string>(all.begin(), all.end()).size() == all.size());
  CATCH_CHECK(Sample(two, 100'000) == all);
  const std::vector<std::string> some = Sample(one, 15);
  CATCH_REQUIRE(some.size() == 15);
  CATCH_CHECK(std::equal(some.begin(), some.end(), all.begin()));
  CATCH_CHECK(Sample(one, 0).empty());
  // What is embedded: the heading goes with the text.
  CATCH_CHECK(std::ranges::any_of(
      all, [](const std::string& input) { return input.find("Page 7") != std::string::npos; }));
}

CATCH_TEST_CASE("a folder that is not there is an error", "[sample_chunks]") {
  const testing::FakeBackend backend;
  CATCH_CHECK(!SampleChunks("/nonexistent/folder", 10, backend.tokenizer(), "").ok());
}

}  // namespace
}  // namespace seekd::train
