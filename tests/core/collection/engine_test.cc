#include "core/collection/engine.h"

#include <filesystem>
#include <memory>
#include <string>

#include "tests/support/catch.h"
#include "tests/support/fake_backend.h"
#include "tests/support/temp_folder.h"

namespace seekd {
namespace {

using testing::FakeBackend;
using testing::TempFolder;

CollectionOptions TestOptions() {
  CollectionOptions options;
  options.threads = 2;
  return options;
}

std::unique_ptr<Engine> OpenEngine(const TempFolder& data, FakeBackend* backend) {
  auto engine = Engine::Open(data.path(), backend, TestOptions());
  CATCH_REQUIRE(engine.status() == absl::OkStatus());
  return *std::move(engine);
}

CATCH_TEST_CASE("Collection names are checked") {
  for (const char* good : {"a", "notes", "2024-mail", "x-"}) {
    CATCH_CHECK(ValidateCollectionName(good).ok());
  }
  for (const std::string& bad :
       {std::string(), std::string("-a"), std::string("Notes"), std::string("a/b"),
        std::string("a b"), std::string(64, 'a'), std::string("..")}) {
    CATCH_CHECK(absl::IsInvalidArgument(ValidateCollectionName(bad)));
  }
}

CATCH_TEST_CASE("Collections are created, listed, found again and deleted") {
  const TempFolder data;
  FakeBackend backend;
  {
    auto engine = OpenEngine(data, &backend);
    CATCH_REQUIRE(engine->Create("b").ok());
    CATCH_REQUIRE(engine->Create("a").ok());
    CATCH_CHECK(absl::IsAlreadyExists(engine->Create("a").status()));
    CATCH_REQUIRE(engine->Sync().ok());
  }
  auto engine = OpenEngine(data, &backend);
  const auto all = engine->List();
  CATCH_REQUIRE(all.size() == 2);
  CATCH_CHECK(all[0]->name() == "a");
  CATCH_REQUIRE(engine->Delete("a").ok());
  CATCH_CHECK(absl::IsNotFound(engine->Find("a").status()));
  CATCH_CHECK(absl::IsNotFound(engine->Delete("a")));
  // A writer that still holds it is told.
  CATCH_CHECK(absl::IsNotFound(all[0]->AddDocuments({}, nullptr).status()));
  CATCH_CHECK(engine->Find("b").ok());
}

CATCH_TEST_CASE("One engine per data directory") {
  const TempFolder data;
  FakeBackend backend;
  const auto engine = OpenEngine(data, &backend);
  const auto second = Engine::Open(data.path(), &backend, TestOptions());
  CATCH_REQUIRE(absl::IsUnavailable(second.status()));
}

}  // namespace
}  // namespace seekd
