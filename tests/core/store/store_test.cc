#include "core/store/store.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "tests/core/store/store_fixture.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

namespace fs = std::filesystem;

// Files of the store with this extension, or this name.
std::vector<std::string> FilesLike(const std::string& dir, std::string_view what) {
  std::vector<std::string> paths;
  for (const auto& entry : fs::directory_iterator(dir)) {
    const bool named = entry.path().filename() == what || entry.path().extension() == what;
    if (named) paths.push_back(entry.path().string());
  }
  return paths;
}

void FlipEveryByteAt(const std::string& path, size_t begin, size_t end) {
  std::string raw = ReadRaw(path);
  for (size_t i = begin; i < std::min(end, raw.size()); ++i) raw[i] = static_cast<char>(~raw[i]);
  WriteRaw(path, raw);
}

CATCH_TEST_CASE("collections are created, listed, changed and found again") {
  StoreFixture fixture;
  CollectionRecord record;
  record.name = "docs";
  CATCH_CHECK(absl::IsAlreadyExists(fixture.store().CreateCollection(record).status()));
  record.name = "mail";
  record.model_id = "model";
  record.dim = 8;
  record = fixture.store().CreateCollection(record).value();
  record.roots = {"/mail"};
  CATCH_REQUIRE(fixture.store().UpdateCollections({&record, 1}).ok());
  fixture.Reopen();
  const auto all = fixture.store().ListCollections().value();
  CATCH_REQUIRE(all.size() == 2);
  CATCH_CHECK((all[1].id == record.id && all[1].name == "mail" && all[1].roots == record.roots));
  record.id = CollectionId(77);
  CATCH_CHECK(absl::IsNotFound(fixture.store().UpdateCollections({&record, 1})));
  CATCH_CHECK(absl::IsNotFound(fixture.store().OpenCollection(CollectionId(77)).status()));
  CATCH_CHECK(absl::IsNotFound(fixture.store().DeleteCollection(CollectionId(77))));
}

CATCH_TEST_CASE("deleting a collection takes all of it and nothing of its neighbour") {
  StoreFixture fixture;
  CollectionRecord record;
  record.name = "other";
  record.dim = kTestDim;
  const CollectionId other_id = fixture.store().CreateCollection(record).value().id;
  auto other = fixture.store().OpenCollection(other_id).value();
  fixture.Put({MakeDocument("a", {"x", "y"})});
  CATCH_REQUIRE(other->PutDocuments({MakeDocument("a", {"x", "z"})}, false).ok());
  CATCH_REQUIRE(other->PutSkipped(std::vector<SkippedFile>{{"/p", "/", "binary"}}).ok());

  CATCH_REQUIRE(fixture.store().DeleteCollection(other_id).ok());
  CATCH_CHECK(absl::IsNotFound(other->PutDocuments({MakeDocument("b", {"x"})}, false).status()));
  CATCH_CHECK(other->LiveChunks().value().empty());
  CATCH_CHECK(other->ListDocuments("", "", 9).value().empty());
  CATCH_CHECK(other->CountSkipped().value() == 0);
  CATCH_CHECK(fixture.collection().GetDocumentText("a").value() == "xy");
  // Its number is not given out again.
  CATCH_CHECK(fixture.store().CreateCollection(record).value().id > other_id);
}

CATCH_TEST_CASE("what was written is there after reopening, and ids go on") {
  StoreFixture fixture;
  fixture.Put({MakeDocument("a", {"x", "y"})});
  fixture.Delete({"a"});
  fixture.Reopen();
  const CollectionCounts counts = fixture.Counts();
  CATCH_CHECK((counts.documents == 0 && counts.dead == 2 && counts.pending == 2));
  CATCH_CHECK(fixture.Put({MakeDocument("b", {"z"})}).added[0].chunk == ChunkId(3));
}

// A copy of the files of an open store is what a killed process leaves behind.
CATCH_TEST_CASE("a store that was never closed opens with all that was acknowledged") {
  StoreFixture fixture;
  for (int i = 0; i < 20; ++i) {
    const std::string id = std::to_string(i);
    const auto writes = std::vector{MakeDocument(id, {"text " + id})};
    CATCH_REQUIRE(fixture.collection().PutDocuments(writes, /*sync=*/i % 2 == 0).ok());
  }
  CATCH_REQUIRE(fixture.store().Sync().ok());
  const std::string copy = fixture.File("copy");
  fs::copy(fixture.dir(), copy, fs::copy_options::recursive);
  const auto store = Store::Open(copy, StoreFixture::SmallOptions()).value();
  const auto collection = store->OpenCollection(fixture.collection_id()).value();
  CATCH_CHECK(collection->Counts()->documents == 20);
  CATCH_CHECK(collection->GetDocumentText("19").value() == "text 19");
}

// A torn tail is what a power cut leaves of writes that nobody was told of.
CATCH_TEST_CASE("a torn log loses whole batches from its end only") {
  StoreFixture fixture;
  for (int i = 0; i < 20; ++i) {
    fixture.Put({MakeDocument(std::to_string(i), {"text " + std::to_string(i)})});
  }
  CATCH_REQUIRE(fixture.store().Sync().ok());
  const std::string copy = fixture.File("copy");
  fs::copy(fixture.dir(), copy, fs::copy_options::recursive);
  std::string log;
  for (const std::string& path : FilesLike(copy, ".log")) {
    if (log.empty() || fs::file_size(path) > fs::file_size(log)) log = path;
  }
  fs::resize_file(log, fs::file_size(log) - 10);
  const auto store = Store::Open(copy, StoreFixture::SmallOptions()).value();
  const auto collection = store->OpenCollection(fixture.collection_id()).value();
  CATCH_CHECK(collection->Counts()->documents == 19);
  CATCH_CHECK(collection->LiveChunks()->size() == 19);
}

CATCH_TEST_CASE("a damaged store is DATA_LOSS, never a new or a wrong one") {
  StoreFixture fixture;
  for (int i = 0; i < 200; ++i) {
    const std::string id = std::to_string(i);
    fixture.Put({MakeDocument(id, {std::string(500, 'a') + id})});
  }
  CATCH_REQUIRE(fixture.store().Compact().ok());
  fixture.Close();
  const std::string current = fixture.dir() + "/CURRENT";
  CATCH_SECTION("CURRENT is missing") {
    fs::remove(current);
    CATCH_CHECK(absl::IsDataLoss(Store::Open(fixture.dir(), {}).status()));
    CATCH_CHECK_FALSE(FilesLike(fixture.dir(), ".sst").empty());
  }
  CATCH_SECTION("CURRENT is empty") {
    WriteRaw(current, "");
    CATCH_CHECK(absl::IsDataLoss(Store::Open(fixture.dir(), {}).status()));
  }
  CATCH_SECTION("CURRENT names nothing") {
    WriteRaw(current, "MANIFEST-999999\n");
    CATCH_CHECK(absl::IsDataLoss(Store::Open(fixture.dir(), {}).status()));
  }
  CATCH_SECTION("a table is missing") {
    fs::remove(FilesLike(fixture.dir(), ".sst").at(0));
    CATCH_CHECK(absl::IsDataLoss(Store::Open(fixture.dir(), {}).status()));
  }
  CATCH_SECTION("a table is cut") {
    const std::string table = FilesLike(fixture.dir(), ".sst").at(0);
    fs::resize_file(table, fs::file_size(table) / 2);
    CATCH_CHECK(absl::IsDataLoss(Store::Open(fixture.dir(), {}).status()));
  }
  CATCH_SECTION("data blocks of all tables are overwritten") {
    for (const std::string& table : FilesLike(fixture.dir(), ".sst")) FlipEveryByteAt(table, 0, 64);
    const auto store = Store::Open(fixture.dir(), {});
    const absl::Status status =
        store.ok() ? (*store)->OpenCollection(fixture.collection_id()).status() : store.status();
    CATCH_CHECK(absl::IsDataLoss(status));
    CATCH_CHECK(std::string(status.message()).find(fixture.dir()) != std::string::npos);
  }
}

CATCH_TEST_CASE("Compact gives back the space of pending and deleted data") {
  StoreFixture fixture;
  std::vector<std::string> texts;
  std::mt19937_64 rng(1);
  for (int i = 0; i < 4000; ++i) {
    std::string text;
    while (text.size() < 500) text += std::to_string(rng()) + " ";
    texts.push_back(text);
  }
  fixture.Put({MakeDocument("a", texts)});
  CATCH_REQUIRE(fixture.store().Compact().ok());
  const uint64_t full = fixture.store().StoreBytes().value();
  CATCH_CHECK(full > 500000);
  fixture.Delete({"a"});
  const auto dead = fixture.collection().DeadChunks().value();
  CATCH_REQUIRE(fixture.collection().PurgeDead(dead).ok());
  CATCH_REQUIRE(fixture.store().Compact().ok());
  CATCH_CHECK(fixture.store().StoreBytes().value() < full / 2);
}

CATCH_TEST_CASE("readers see whole documents while writers replace them") {
  StoreFixture fixture;
  const auto version = [](int v) {
    const std::string text = std::to_string(v);
    return MakeDocument("a", {text, "+", text});
  };
  fixture.Put({version(0)});
  std::atomic<bool> done{false};
  std::thread writer([&] {
    for (int v = 1; v < 300; ++v) {
      const auto changes = fixture.collection().PutDocuments({version(v)}, false);
      if (changes.ok()) (void)fixture.collection().PurgeDead(changes->died);
    }
    done = true;
  });
  uint64_t torn = 0;
  while (!done) {
    const auto text = fixture.collection().GetDocumentText("a");
    const size_t plus = text.ok() ? text->find('+') : std::string::npos;
    torn += !text.ok() || text->substr(0, plus) != text->substr(plus + 1);
  }
  writer.join();
  CATCH_CHECK(torn == 0);
  CATCH_CHECK(fixture.Counts().chunks == 2);
}

}  // namespace
}  // namespace seekd
