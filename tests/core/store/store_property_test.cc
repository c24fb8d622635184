// The store against an obvious model in memory, over random histories.
#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "core/store/store.h"
#include "tests/core/store/store_fixture.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

using Texts = std::vector<std::string>;

class Model {
 public:
  // Returns texts whose chunks are new, died, revived.
  struct Changes {
    std::set<std::string> added, died, revived;
    uint64_t replaced = 0;
  };

  Changes Put(const std::map<std::string, Texts>& writes) {
    const std::set<std::string> before = Live();
    Changes changes;
    for (const auto& [id, texts] : writes) changes.replaced += documents.count(id);
    for (const auto& [id, texts] : writes) documents[id] = texts;
    Settle(before, &changes);
    return changes;
  }

  Changes Delete(const std::set<std::string>& ids) {
    const std::set<std::string> before = Live();
    Changes changes;
    for (const std::string& id : ids) changes.replaced += documents.erase(id);
    Settle(before, &changes);
    return changes;
  }

  void Purge(const std::set<std::string>& texts) {
    for (const std::string& text : texts) {
      if (dead.erase(text) == 0) continue;
      pending.erase(text);
      ids.erase(text);
    }
  }

  std::set<std::string> Live() const {
    std::set<std::string> live;
    for (const auto& [id, texts] : documents) live.insert(texts.begin(), texts.end());
    return live;
  }

  std::map<std::string, Texts> documents;
  std::map<std::string, ChunkId> ids;  // of every record, dead ones too
  std::set<std::string> dead, pending;

 private:
  void Settle(const std::set<std::string>& before, Changes* changes) {
    const std::set<std::string> after = Live();
    for (const std::string& text : after) {
      if (before.count(text) != 0) continue;
      if (dead.erase(text) != 0) {
        changes->revived.insert(text);
      } else {
        changes->added.insert(text);
        pending.insert(text);
      }
    }
    for (const std::string& text : before) {
      if (after.count(text) != 0) continue;
      changes->died.insert(text);
      dead.insert(text);
    }
  }
};

class Duel {
 public:
  explicit Duel(uint32_t seed) : rng_(seed) {}

  void Step() {
    const uint64_t dice = rng_() % 100;
    if (dice < 45)
      Put();
    else if (dice < 65)
      Delete();
    else if (dice < 80)
      Purge();
    else if (dice < 96)
      ClearPending();
    else if (dice < 98)
      store_.Reopen();
    else
      CATCH_REQUIRE(store_.store().Compact().ok());
  }

  void CheckAll() {
    CheckCounts();
    CheckDocuments();
    CheckChunks();
    CheckTombstones();
  }

 private:
  std::string AnyText() { return "text " + std::to_string(rng_() % 25) + "\n"; }
  // New chunks of these texts come without an embedding.
  static bool IsDeferred(const std::string& text) { return text.size() % 2 == 0; }
  static std::vector<uint16_t> EmbeddingOf(const std::string& text) {
    return IsDeferred(text) ? std::vector<uint16_t>() : MakeChunk(text).embedding;
  }
  std::string AnyDocument() { return "/d/" + std::to_string(rng_() % 12); }
  std::set<std::string> AnyTexts() {
    std::set<std::string> texts;
    for (uint64_t n = rng_() % 20; n > 0; --n) texts.insert(AnyText());
    return texts;
  }

  std::vector<ChunkId> IdsOf(const std::set<std::string>& texts) const {
    std::vector<ChunkId> ids;
    for (const std::string& text : texts) {
      if (const auto it = model_.ids.find(text); it != model_.ids.end()) ids.push_back(it->second);
    }
    std::sort(ids.begin(), ids.end());
    return ids;
  }

  void Put() {
    std::map<std::string, Texts> writes;
    for (uint64_t n = 1 + rng_() % 4; n > 0; --n) {
      Texts& texts = writes[AnyDocument()];
      for (uint64_t k = rng_() % 6; k > 0; --k) texts.push_back(AnyText());
    }
    std::vector<DocumentWrite> batch;
    for (const auto& [id, texts] : writes) {
      batch.push_back(MakeDocument(id, texts));
      for (ChunkWrite& chunk : batch.back().chunks) {
        if (IsDeferred(chunk.text)) chunk.embedding.clear();
      }
    }
    std::shuffle(batch.begin(), batch.end(), rng_);
    CheckChanges(store_.Put(batch), model_.Put(writes));
  }

  void Delete() {
    std::set<std::string> ids;
    for (uint64_t n = rng_() % 4; n > 0; --n) ids.insert(AnyDocument());
    CheckChanges(store_.Delete({ids.begin(), ids.end()}), model_.Delete(ids));
  }

  void Purge() {
    const std::set<std::string> texts = AnyTexts();
    CATCH_REQUIRE(store_.collection().PurgeDead(IdsOf(texts)).ok());
    model_.Purge(texts);
  }

  void ClearPending() {
    CATCH_REQUIRE(store_.collection().ClearPending().ok());
    model_.pending.clear();
  }

  // Learns the ids of new chunks by their texts.
  void CheckChanges(const ChunkChanges& found, const Model::Changes& expected) {
    std::vector<ChunkId> added;
    for (const ChunkChanges::Added& a : found.added) {
      added.push_back(a.chunk);
      CATCH_REQUIRE(a.chunk > last_id_);
      last_id_ = a.chunk;
    }
    const auto chunks = store_.collection().GetChunks(added).value();
    std::set<std::string> texts;
    for (size_t i = 0; i < chunks.size(); ++i) {
      texts.insert(chunks[i]->text);
      model_.ids[chunks[i]->text] = added[i];
      CATCH_REQUIRE(found.added[i].embedding == EmbeddingOf(chunks[i]->text));
    }
    CATCH_REQUIRE(texts == expected.added);
    CATCH_REQUIRE(found.died == IdsOf(expected.died));
    CATCH_REQUIRE(found.revived == IdsOf(expected.revived));
    CATCH_REQUIRE(found.documents_replaced == expected.replaced);
  }

  void CheckCounts() {
    const CollectionCounts counts = store_.Counts();
    uint64_t text_bytes = 0;
    for (const auto& [id, texts] : model_.documents) {
      for (const std::string& text : texts) text_bytes += text.size();
    }
    CATCH_REQUIRE(counts.documents == model_.documents.size());
    CATCH_REQUIRE(counts.chunks == model_.Live().size());
    CATCH_REQUIRE(counts.text_bytes == text_bytes);
    CATCH_REQUIRE(counts.pending == model_.pending.size());
    CATCH_REQUIRE(counts.dead == model_.dead.size());
  }

  void CheckDocuments() {
    const auto records = store_.collection().ListDocuments("", "", 1000).value();
    CATCH_REQUIRE(records.size() == model_.documents.size());
    for (const DocumentRecord& record : records) {
      std::string whole;
      for (const std::string& text : model_.documents.at(record.id)) whole += text;
      CATCH_REQUIRE(store_.collection().GetDocumentText(record.id).value() == whole);
    }
  }

  void CheckChunks() {
    std::map<ChunkId, std::string> scanned;
    const auto visit = [&](ChunkId id, const ChunkText& chunk) {
      scanned[id] = chunk.text;
      return true;
    };
    CATCH_REQUIRE(store_.collection().ScanChunks(visit).ok());
    const std::set<std::string> live = model_.Live();
    CATCH_REQUIRE(scanned.size() == live.size());
    CATCH_REQUIRE(store_.collection().LiveChunks().value() == IdsOf(live));
    for (const std::string& text : live) {
      CATCH_REQUIRE(scanned.at(model_.ids.at(text)) == text);
      CheckHolders(text);
    }
  }

  void CheckHolders(const std::string& text) {
    std::set<std::pair<std::string, uint32_t>> expected, found;
    for (const auto& [id, texts] : model_.documents) {
      for (uint32_t i = 0; i < texts.size(); ++i) {
        if (texts[i] == text) expected.insert({id, i});
      }
    }
    const auto holders = store_.collection().DocumentsOfChunk(model_.ids.at(text)).value();
    for (const DocumentOfChunk& d : holders) found.insert({d.document_id, d.position});
    CATCH_REQUIRE(found == expected);
  }

  void CheckTombstones() {
    CATCH_REQUIRE(store_.collection().DeadChunks().value() == IdsOf(model_.dead));
    std::vector<ChunkId> pending;
    std::map<ChunkId, std::vector<uint16_t>> embeddings;
    const auto visit = [&](ChunkId id, std::span<const uint16_t> embedding) {
      pending.push_back(id);
      embeddings[id].assign(embedding.begin(), embedding.end());
    };
    CATCH_REQUIRE(store_.collection().ScanPending(visit).ok());
    CATCH_REQUIRE(pending == IdsOf(model_.pending));
    for (const std::string& text : model_.pending) {
      CATCH_REQUIRE(embeddings.at(model_.ids.at(text)) == EmbeddingOf(text));
    }
    std::vector<Digest> digests;
    std::vector<std::optional<ChunkId>> expected;
    for (int i = 0; i < 25; ++i) {
      const std::string text = "text " + std::to_string(i) + "\n";
      digests.push_back(MakeChunk(text).digest);
      const auto it = model_.ids.find(text);
      expected.push_back(it == model_.ids.end() ? std::nullopt : std::optional(it->second));
    }
    CATCH_REQUIRE(store_.collection().FindChunks(digests).value() == expected);
  }

  std::mt19937_64 rng_;
  StoreFixture store_;
  Model model_;
  ChunkId last_id_;
};

CATCH_TEST_CASE("random histories leave the store as the model") {
  for (const uint32_t seed : {1u, 2u, 3u}) {
    Duel duel(seed);
    for (int step = 0; step < 150; ++step) {
      CATCH_INFO("seed " << seed << ", step " << step);
      duel.Step();
      duel.CheckAll();
    }
  }
}

}  // namespace
}  // namespace seekd
