#include "embedding_service/model_library.h"

#include <filesystem>
#include <fstream>

#include "embedding_service/model_files.h"
#include "tests/support/catch.h"
#include "tests/support/fake_backend.h"
#include "tests/support/temp_folder.h"

namespace seekd {
namespace {

namespace fs = std::filesystem;
using testing::DefaultModelDir;
using testing::TempFolder;

struct Fixture {
  Fixture() { CATCH_REQUIRE(Open().ok()); }

  absl::Status Open(uint64_t max_model_bytes = 0) {
    library.reset();
    ModelLibraryOptions options;
    options.default_dir = DefaultModelDir();
    options.added_dir = folder.path() + "/added";
    options.installed_dir = folder.path() + "/installed";
    options.max_model_bytes = max_model_bytes;
    auto opened = ModelLibrary::Open(options);
    if (opened.ok()) library = *std::move(opened);
    return opened.status();
  }
  // A copy of the default model, as a person has it: with what seekd does not read.
  std::string Source(const std::string& name) const {
    const fs::path dir = fs::path(folder.path()) / "sources" / name;
    fs::create_directories(dir.parent_path());
    fs::copy(DefaultModelDir(), dir, fs::copy_options::recursive);
    fs::create_directories(dir / "1_Pooling");
    fs::create_directories(dir / ".git");
    for (const char* file : {"1_Pooling/readme.txt", ".git/config.json", "pytorch_model.bin"}) {
      std::ofstream(dir / file) << "x";
    }
    return dir.string();
  }
  fs::path Added(const std::string& name) const { return fs::path(folder.path()) / "added" / name; }

  TempFolder folder;
  std::unique_ptr<ModelLibrary> library;
};

CATCH_TEST_CASE("names of models are checked", "[model_library]") {
  for (const char* good : {"a", "all-MiniLM-L6-v2", "e5_base.v2", "0"}) {
    CATCH_CHECK(ValidateModelId(good).ok());
  }
  for (const std::string& bad :
       {std::string(), std::string("."), std::string(".."), std::string("a/b"), std::string("-a"),
        std::string(97, 'a'), std::string("a b"), std::string("a\0b", 3)}) {
    CATCH_CHECK(absl::IsInvalidArgument(ValidateModelId(bad)));
  }
}

CATCH_TEST_CASE("the default model is all there is at first", "[model_library]") {
  Fixture f;
  const auto all = f.library->List();
  CATCH_REQUIRE(all.size() == 1);
  CATCH_CHECK(all[0].origin == ModelOrigin::kDefault);
  CATCH_CHECK(all[0].family == "model2vec");
  CATCH_CHECK(all[0].weights_are_loaded);
  CATCH_CHECK(all[0].weight_bytes > 1'000'000);
  CATCH_CHECK(all[0].disk_bytes > all[0].weight_bytes);
  CATCH_CHECK(f.library->Find(all[0].id).value() == f.library->default_model());
  CATCH_CHECK(absl::IsNotFound(f.library->Find("nope").status()));
  CATCH_CHECK(absl::IsNotFound(f.library->Find("../added").status()));
  CATCH_CHECK(absl::IsFailedPrecondition(f.library->Remove(all[0].id)));
}

CATCH_TEST_CASE("an added model is a copy of what belongs to it", "[model_library]") {
  Fixture f;
  const std::string source = f.Source("second");
  const auto added = f.library->Add(source + "/", "");
  CATCH_REQUIRE(added.status() == absl::OkStatus());
  CATCH_CHECK(added->id == "second");
  CATCH_CHECK(added->origin == ModelOrigin::kAdded);
  CATCH_CHECK(added->backend == nullptr);
  CATCH_CHECK(fs::exists(f.Added("second") / "model.safetensors"));
  CATCH_CHECK(fs::exists(f.Added("second") / "codebooks.bin"));
  for (const char* file : {"1_Pooling", ".git", "pytorch_model.bin"}) {
    CATCH_CHECK_FALSE(fs::exists(f.Added("second") / file));
  }
  fs::remove_all(source);
  CATCH_REQUIRE(f.library->Find("second").ok());
  CATCH_CHECK(f.library->Get("second")->weights_are_loaded);

  CATCH_CHECK(absl::IsAlreadyExists(f.library->Add(f.Source("second"), "").status()));
  CATCH_CHECK(f.library->Add(f.Source("third"), "other-name").value().id == "other-name");
  CATCH_CHECK(f.library->List().size() == 3);

  // Known after the next start, and gone after Remove; what is loaded of it works on.
  CATCH_REQUIRE(f.Open().ok());
  EmbeddingBackend* const second = f.library->Find("second").value();
  CATCH_REQUIRE(f.library->Remove("second").ok());
  CATCH_CHECK(absl::IsNotFound(f.library->Find("second").status()));
  CATCH_CHECK(absl::IsNotFound(f.library->Remove("second")));
  CATCH_CHECK(second->model().dim == 256);
  CATCH_CHECK_FALSE(fs::exists(f.Added("second")));
}

CATCH_TEST_CASE("a folder that cannot be loaded is refused and leaves nothing", "[model_library]") {
  Fixture f;
  const std::string source = f.Source("broken");
  fs::resize_file(fs::path(source) / "model.safetensors", 1000);
  CATCH_CHECK_FALSE(f.library->Add(source, "").ok());
  CATCH_CHECK(fs::is_empty(f.Added("")));
  fs::remove(fs::path(source) / "tokenizer.json");
  CATCH_CHECK_FALSE(f.library->Add(source, "").ok());
  CATCH_CHECK(absl::IsNotFound(f.library->Add(source + "/nowhere", "").status()));
  CATCH_CHECK(absl::IsInvalidArgument(f.library->Add(source, "bad name").status()));
  CATCH_CHECK(fs::is_empty(f.Added("")));
  CATCH_CHECK(f.library->List().size() == 1);
}

CATCH_TEST_CASE("models share the memory that there is", "[model_library]") {
  Fixture f;
  const uint64_t bytes = f.library->List()[0].weight_bytes;
  CATCH_REQUIRE(f.library->Add(f.Source("second"), "").ok());
  CATCH_CHECK(absl::IsFailedPrecondition(f.Open(bytes - 1)));
  CATCH_REQUIRE(f.Open(bytes * 3 / 2).ok());
  CATCH_REQUIRE(f.library->Find("second").ok());
  CATCH_CHECK(f.library->Get("second")->weights_are_loaded);
  CATCH_CHECK_FALSE(f.library->Get(f.library->default_model()->model().id)->weights_are_loaded);
  CATCH_CHECK(f.library->ReleaseIdle(std::chrono::steady_clock::now() + std::chrono::hours(1),
                                     std::chrono::seconds(1)) == 1);
}

CATCH_TEST_CASE("a model is measured with weights of its own", "[model_library]") {
  Fixture f;
  const std::string id = f.library->default_model()->model().id;
  auto bench = f.library->OpenBench(id, Device{DeviceKind::kCpu});
  CATCH_REQUIRE(bench.ok());
  CATCH_CHECK((*bench)->device() == "cpu");
  CATCH_CHECK((*bench)->RowsPerSecond(16, 4, nullptr).value() > 0);
  const auto cancelled = std::make_shared<Cancellation>();
  cancelled->Cancel();
  CATCH_CHECK(absl::IsCancelled((*bench)->RowsPerSecond(16, 4, cancelled).status()));
  CATCH_CHECK(absl::IsNotFound(f.library->OpenBench("nope", std::nullopt).status()));
}

}  // namespace
}  // namespace seekd
