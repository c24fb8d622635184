#include <map>
#include <string>
#include <vector>

#include "core/store/store.h"
#include "tests/core/store/store_fixture.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

using Texts = std::vector<std::string>;

std::vector<ChunkId> AddedIds(const ChunkChanges& changes) {
  std::vector<ChunkId> ids;
  for (const ChunkChanges::Added& added : changes.added) ids.push_back(added.chunk);
  return ids;
}

CATCH_TEST_CASE("a document comes back with its text, placements and chunks") {
  StoreFixture fixture;
  const ChunkChanges changes = fixture.Put({MakeDocument("a", {"one ", "two ", "three"})});
  CATCH_CHECK(AddedIds(changes) == std::vector{ChunkId(1), ChunkId(2), ChunkId(3)});
  CATCH_CHECK(changes.added[1].embedding == MakeChunk("two ").embedding);
  const DocumentRecord record = fixture.collection().GetDocument("a").value().value();
  CATCH_CHECK(record.title == "title of a");
  CATCH_REQUIRE(record.chunks.size() == 3);
  CATCH_CHECK((record.chunks[2].byte_begin == 8 && record.chunks[2].byte_end == 13));
  CATCH_CHECK((record.chunks[2].line_begin == 7 && record.chunks[2].line_end == 9));
  CATCH_CHECK(fixture.collection().GetDocumentText("a").value() == "one two three");
  CATCH_CHECK(absl::IsNotFound(fixture.collection().GetDocumentText("b").status()));
  CATCH_CHECK_FALSE(fixture.collection().GetDocument("b").value().has_value());
}

CATCH_TEST_CASE("GetChunks answers in the order asked, repeats and unknown ids included") {
  StoreFixture fixture;
  fixture.Put({MakeDocument("a", {"one", "two"})});
  const std::vector<ChunkId> ids = {ChunkId(2), ChunkId(9), ChunkId(1), ChunkId(2), ChunkId(0)};
  const auto chunks = fixture.collection().GetChunks(ids).value();
  CATCH_REQUIRE(chunks.size() == 5);
  CATCH_CHECK((chunks[0]->text == "two" && chunks[2]->text == "one" && chunks[3]->text == "two"));
  CATCH_CHECK(chunks[0]->context == "title");
  CATCH_CHECK_FALSE((chunks[1].has_value() || chunks[4].has_value()));
  CATCH_CHECK(fixture.collection().GetChunks({}).value().empty());
}

CATCH_TEST_CASE("equal chunks share one record, within a document, a batch and across batches") {
  StoreFixture fixture;
  const ChunkChanges first =
      fixture.Put({MakeDocument("a", {"x", "y", "x"}), MakeDocument("b", {"y", "x"})});
  CATCH_CHECK(first.added.size() == 2);
  CATCH_CHECK(fixture.Put({MakeDocument("c", {"y"})}).added.empty());
  CATCH_CHECK(fixture.Counts().chunks == 2);
  CATCH_CHECK(fixture.collection().GetDocumentText("a").value() == "xyx");
  const auto holders = fixture.collection().DocumentsOfChunk(ChunkId(1)).value();
  CATCH_REQUIRE(holders.size() == 3);
  CATCH_CHECK((holders[0].document_id == "a" && holders[0].position == 0));
  CATCH_CHECK((holders[1].document_id == "a" && holders[1].position == 2));
  CATCH_CHECK((holders[2].document_id == "b" && holders[2].position == 1));
  // The same text under another context is another chunk.
  DocumentWrite other = MakeDocument("d", {});
  other.chunks.push_back(MakeChunk("x", "another title"));
  CATCH_CHECK(fixture.Put({other}).added.size() == 1);
}

CATCH_TEST_CASE("a chunk needs no embedding, but a new one's is whole") {
  StoreFixture fixture;
  fixture.Put({MakeDocument("a", {"known"})});
  DocumentWrite write = MakeDocument("b", {"known", "new", "new"});
  write.chunks[0].embedding.clear();
  write.chunks[1].embedding.clear();
  const uint16_t any = 1;
  CATCH_SECTION("one of two equal ones brings it") {
    const ChunkChanges changes = fixture.Put({write});
    CATCH_REQUIRE(changes.added.size() == 1);
    CATCH_CHECK(changes.added[0].embedding == MakeChunk("new").embedding);
  }
  CATCH_SECTION("none brings it") {
    write.chunks[2].embedding.clear();
    const ChunkChanges changes = fixture.Put({write});
    CATCH_REQUIRE(changes.added.size() == 1);
    CATCH_CHECK(changes.added[0].embedding.empty());
  }
  CATCH_SECTION("it has another dimension") {
    write.chunks[1].embedding.assign(kTestDim + 1, any);
    const auto result = fixture.collection().PutDocuments({write}, false);
    CATCH_CHECK(absl::IsInvalidArgument(result.status()));
  }
  CATCH_SECTION("its digest is not its own") {
    write.chunks[2].digest = ComputeDigest("foreign");
    const auto result = fixture.collection().PutDocuments({write}, false);
    CATCH_CHECK(absl::IsInvalidArgument(result.status()));
  }
  CATCH_CHECK(fixture.collection().GetDocument("a").value().has_value());
}

CATCH_TEST_CASE("a refused batch changes nothing") {
  StoreFixture fixture;
  DocumentWrite bad = MakeDocument("bad", {"new"});
  bad.chunks[0].embedding.pop_back();
  const auto result = fixture.collection().PutDocuments({MakeDocument("good", {"g"}), bad}, true);
  CATCH_CHECK(absl::IsInvalidArgument(result.status()));
  CATCH_CHECK(fixture.Counts().documents == 0);
  CATCH_CHECK_FALSE(fixture.collection().GetDocument("good").value().has_value());
  CATCH_CHECK(fixture.collection().LiveChunks().value().empty());
  const auto no_id = fixture.collection().PutDocuments({MakeDocument("", {"g"})}, true);
  CATCH_CHECK(absl::IsInvalidArgument(no_id.status()));
}

CATCH_TEST_CASE("chunks die with their last document and live again with the next") {
  StoreFixture fixture;
  fixture.Put({MakeDocument("a", {"x", "y"}), MakeDocument("b", {"y"})});
  const ChunkChanges replaced = fixture.Put({MakeDocument("a", {"z"})});
  CATCH_CHECK(replaced.documents_replaced == 1);
  CATCH_CHECK(replaced.died == std::vector{ChunkId(1)});
  CATCH_CHECK(fixture.collection().DeadChunks().value() == std::vector{ChunkId(1)});
  CATCH_CHECK(fixture.collection().GetChunks(std::vector{ChunkId(1)}).value()[0].has_value());

  const ChunkChanges revived = fixture.Put({MakeDocument("c", {"x"})});
  CATCH_CHECK((revived.added.empty() && revived.died.empty()));
  CATCH_CHECK(revived.revived == std::vector{ChunkId(1)});
  CATCH_CHECK(fixture.collection().DeadChunks().value().empty());

  const ChunkChanges deleted = fixture.Delete({"c", "none", "c", "b"});
  CATCH_CHECK(deleted.documents_replaced == 2);
  CATCH_CHECK(deleted.died == std::vector{ChunkId(1), ChunkId(2)});
}

CATCH_TEST_CASE("a chunk that moves between documents of one batch neither dies nor revives") {
  StoreFixture fixture;
  fixture.Put({MakeDocument("a", {"x"}), MakeDocument("b", {"y"})});
  const ChunkChanges changes = fixture.Put({MakeDocument("a", {"y"}), MakeDocument("b", {"x"})});
  CATCH_CHECK((changes.added.empty() && changes.died.empty() && changes.revived.empty()));
  CATCH_CHECK(changes.documents_replaced == 2);
  CATCH_CHECK(fixture.Counts().chunks == 2);
}

CATCH_TEST_CASE("of two writes of one document in a batch the last counts") {
  StoreFixture fixture;
  const ChunkChanges changes = fixture.Put({MakeDocument("a", {"x"}), MakeDocument("a", {"y"})});
  CATCH_CHECK((changes.added.size() == 1 && changes.documents_replaced == 0));
  CATCH_CHECK(fixture.collection().GetDocumentText("a").value() == "y");
  CATCH_CHECK(fixture.Counts().documents == 1);
}

CATCH_TEST_CASE("purging drops what is dead and leaves what lives") {
  StoreFixture fixture;
  fixture.Put({MakeDocument("a", {"x", "y"})});
  fixture.Put({MakeDocument("a", {"y"})});
  CATCH_REQUIRE(
      fixture.collection().PurgeDead(std::vector{ChunkId(2), ChunkId(1), ChunkId(7)}).ok());
  CATCH_CHECK(fixture.collection().GetDocumentText("a").value() == "y");
  CATCH_CHECK_FALSE(fixture.collection().GetChunks(std::vector{ChunkId(1)}).value()[0].has_value());
  CATCH_CHECK((fixture.Counts().dead == 0 && fixture.Counts().pending == 1));
  // Ids are not given out again, and the digest is unknown again.
  CATCH_CHECK(AddedIds(fixture.Put({MakeDocument("b", {"x"})})) == std::vector{ChunkId(3)});
}

CATCH_TEST_CASE("waiting chunks are scanned ascending, deferred ones without embedding") {
  StoreFixture fixture;
  DocumentWrite document = MakeDocument("a", {"p", "q", "r"});
  document.chunks[1].embedding.clear();
  CATCH_CHECK(fixture.Put({document}).added.at(1).embedding.empty());
  std::map<ChunkId, std::vector<uint16_t>> pending;
  const auto visit = [&](ChunkId id, std::span<const uint16_t> embedding) {
    pending[id].assign(embedding.begin(), embedding.end());
  };
  CATCH_REQUIRE(fixture.collection().ScanPending(visit).ok());
  CATCH_CHECK(pending.size() == 3);
  CATCH_CHECK(pending[ChunkId(2)].empty());
  CATCH_CHECK(pending[ChunkId(3)] == MakeChunk("r").embedding);
  CATCH_CHECK(fixture.Counts().pending == 3);
}

CATCH_TEST_CASE("pending embeddings are cleared at once, those of one collection") {
  StoreFixture fixture;
  CollectionRecord record;
  record.name = "other";
  record.dim = 4;
  const auto other = fixture.store().CreateCollection(record).value();
  const auto kept = fixture.store().OpenCollection(other.id).value();
  DocumentWrite document = MakeDocument("a", {"p", "q"});
  for (ChunkWrite& chunk : document.chunks) chunk.embedding.clear();
  CATCH_REQUIRE(kept->PutDocuments({document}, /*sync=*/false).ok());
  fixture.Put({MakeDocument("a", {"p", "q", "r"})});
  CATCH_REQUIRE(fixture.collection().ClearPending().ok());
  CATCH_REQUIRE(fixture.collection().ClearPending().ok());
  fixture.Put({MakeDocument("b", {"s"})});
  fixture.Reopen();
  std::vector<ChunkId> pending;
  const auto visit = [&](ChunkId id, std::span<const uint16_t>) { pending.push_back(id); };
  CATCH_REQUIRE(fixture.collection().ScanPending(visit).ok());
  CATCH_CHECK(pending == std::vector{ChunkId(4)});
  CATCH_CHECK(fixture.Counts().pending == 1);
  CATCH_CHECK(fixture.store().OpenCollection(other.id).value()->Counts()->pending == 2);
}

CATCH_TEST_CASE("documents are listed by prefix, in pages, in byte order") {
  StoreFixture fixture;
  const std::vector<std::string> ids = {
      "/a", "/a/1", "/a/2", "/a/\xc3\xa9", "/a/\xe6\x97\xa5.md", "/a0", "/b", "\xff\xff"};
  for (const std::string& id : ids) fixture.Put({MakeDocument(id, {id})});
  const auto list = [&](std::string_view prefix, std::string_view after, size_t limit) {
    std::vector<std::string> found;
    const auto records = fixture.collection().ListDocuments(prefix, after, limit).value();
    for (const DocumentRecord& record : records) found.push_back(record.id);
    return found;
  };
  CATCH_CHECK(list("", "", 100) == ids);
  CATCH_CHECK(list("/a/", "", 2) == Texts{"/a/1", "/a/2"});
  CATCH_CHECK(list("/a/", "/a/2", 9) == Texts{"/a/\xc3\xa9", "/a/\xe6\x97\xa5.md"});
  CATCH_CHECK(list("/a/", "/b", 9).empty());
  CATCH_CHECK(list("\xff", "", 9) == Texts{"\xff\xff"});
  CATCH_CHECK(list("", "", 0).empty());
  std::vector<std::string> scanned;
  const auto visit = [&](const DocumentRecord& record) {
    scanned.push_back(record.id);
    return scanned.size() < 3;
  };
  CATCH_REQUIRE(fixture.collection().ScanDocuments("/a", visit).ok());
  CATCH_CHECK(scanned == Texts{"/a", "/a/1", "/a/2"});
}

CATCH_TEST_CASE("documents without chunks, and with very many, are kept") {
  StoreFixture fixture;
  Texts many;
  for (int i = 0; i < 10000; ++i) many.push_back("paragraph " + std::to_string(i % 9000) + "\n");
  const ChunkChanges changes = fixture.Put({MakeDocument("empty", {}), MakeDocument("big", many)});
  CATCH_CHECK(changes.added.size() == 9000);
  CATCH_CHECK(fixture.collection().GetDocumentText("empty").value().empty());
  std::string whole;
  for (const std::string& text : many) whole += text;
  CATCH_CHECK(fixture.collection().GetDocumentText("big").value() == whole);
  CATCH_CHECK(fixture.Delete({"big", "empty"}).died.size() == 9000);
  CATCH_CHECK(fixture.Counts().documents == 0);
}

CATCH_TEST_CASE("a touched file changes its stamp and nothing else") {
  StoreFixture fixture;
  fixture.Put({MakeDocument("a", {"text"})});
  const SourceStamp stamp = {100, 42, ComputeDigest("bytes")};
  CATCH_REQUIRE(fixture.collection().UpdateSourceStamp("a", stamp).ok());
  CATCH_CHECK(fixture.collection().GetDocument("a").value()->source == stamp);
  CATCH_CHECK(fixture.Counts().text_bytes == 100);
  CATCH_CHECK(fixture.collection().GetDocumentText("a").value() == "text");
  CATCH_CHECK(absl::IsNotFound(fixture.collection().UpdateSourceStamp("b", stamp)));
}

CATCH_TEST_CASE("skipped files are listed with their reasons and cleared by root") {
  StoreFixture fixture;
  const std::vector<SkippedFile> files = {
      {"/a/x", "/a", "binary"}, {"/b/y", "/b", "too large"}, {"/a/z", "/a", "vanished"}};
  CATCH_REQUIRE(fixture.collection().PutSkipped(files).ok());
  CATCH_REQUIRE(fixture.collection().PutSkipped(std::span(files).first(1)).ok());
  CATCH_CHECK(fixture.collection().CountSkipped().value() == 3);
  const auto page = fixture.collection().ListSkipped("/a/x", 1).value();
  CATCH_REQUIRE(page.size() == 1);
  CATCH_CHECK((page[0].path == "/a/z" && page[0].root == "/a" && page[0].reason == "vanished"));
  CATCH_REQUIRE(fixture.collection().ClearSkipped("/a").ok());
  CATCH_CHECK(fixture.collection().ListSkipped("", 9).value().size() == 1);
}

CATCH_TEST_CASE("counts of visits are replaced, kept and deleted with the collection") {
  StoreFixture f;
  CATCH_CHECK(f.collection().Visits()->empty());
  const std::vector<ChunkVisits> first = {{ChunkId(1), 2}, {ChunkId(9), 1}};
  const std::vector<ChunkVisits> second = {{ChunkId(3), 70000}};
  CATCH_REQUIRE(f.collection().PutVisits(first).ok());
  CATCH_CHECK(*f.collection().Visits() == first);
  CATCH_REQUIRE(f.collection().PutVisits(second).ok());
  CATCH_REQUIRE(f.store().Sync().ok());
  f.Reopen();
  CATCH_CHECK(*f.collection().Visits() == second);
  CATCH_REQUIRE(f.store().DeleteCollection(f.collection_id()).ok());
  CATCH_CHECK(f.collection().Visits()->empty());
  CATCH_CHECK(absl::IsNotFound(f.collection().PutVisits(first)));
}

CATCH_TEST_CASE("a chunk's digest depends on where context ends and text begins") {
  CATCH_CHECK(ChunkDigest("a", "bc") != ChunkDigest("ab", "c"));
  CATCH_CHECK(ChunkDigest("", "abc") != ChunkDigest("abc", ""));
  CATCH_CHECK(ChunkDigest("a", "b") == ChunkDigest("a", "b"));
}

}  // namespace
}  // namespace seekd
