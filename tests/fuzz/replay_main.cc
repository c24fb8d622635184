// Runs a fuzz target without libFuzzer: over each seed file and over a fixed
// sequence of mutations of them. Deterministic: a failure repeats.
//
//   <target>_replay [SEED_FOLDER] [MUTATIONS]
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

constexpr size_t kMaxInputBytes = 16 << 10;
constexpr int kDefaultMutations = 3000;

using Bytes = std::string;

std::vector<Bytes> ReadSeeds(const std::filesystem::path& folder) {
  std::vector<Bytes> seeds = {"", "a", "# Title\n\nSome text, two words.\n"};
  std::error_code ignored;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  for (const auto& file : files) {
    std::ifstream in(file, std::ios::binary);
    seeds.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  return seeds;
}

class Mutator {
 public:
  explicit Mutator(std::vector<Bytes> seeds) : seeds_(std::move(seeds)) {}

  // A seed with one to eight changes.
  Bytes Next() {
    Bytes input = seeds_[Below(seeds_.size())];
    for (size_t i = 1 + Below(8); i > 0; --i) Change(input);
    if (input.size() > kMaxInputBytes) input.resize(kMaxInputBytes);
    return input;
  }

 private:
  size_t Below(size_t limit) { return limit == 0 ? 0 : random_() % limit; }

  void Change(Bytes& input) {
    const size_t at = Below(input.size() + 1);
    switch (Below(5)) {
      case 0:  // one byte
        if (at < input.size()) input[at] = static_cast<char>(random_());
        break;
      case 1:  // random bytes in between
        for (size_t i = Below(8); i > 0; --i) input.insert(at, 1, static_cast<char>(random_()));
        break;
      case 2:  // a part out
        input.erase(at, Below(32));
        break;
      case 3:  // a part twice
        input.insert(Below(input.size() + 1), input.substr(at, Below(64)));
        break;
      default:  // a part of another seed
        SpliceFrom(seeds_[Below(seeds_.size())], at, input);
    }
  }

  void SpliceFrom(const Bytes& other, size_t at, Bytes& input) {
    input.insert(at, other.substr(Below(other.size() + 1), Below(256)));
  }

  std::vector<Bytes> seeds_;
  std::mt19937_64 random_{20240229};
};

void Run(const Bytes& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), input.size());
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<Bytes> seeds = ReadSeeds(argc > 1 ? argv[1] : "");
  const int mutations = argc > 2 ? std::atoi(argv[2]) : kDefaultMutations;
  for (const Bytes& seed : seeds) Run(seed);
  Mutator mutator(seeds);
  for (int i = 0; i < mutations; ++i) Run(mutator.Next());
  std::printf("%zu seeds, %d mutations\n", seeds.size(), mutations);
  return 0;
}
