// What the benchmarks measure with is measured here: files, tables, truth, knobs, graphs.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <vector>

#include "core/graph/builder.h"
#include "core/vector/distance.h"
#include "tests/bench/seekd_bench/bench_index.h"
#include "tests/bench/seekd_bench/best_rows.h"
#include "tests/bench/seekd_bench/coded_rows.h"
#include "tests/bench/seekd_bench/effort.h"
#include "tests/bench/seekd_bench/fixed_curve.h"
#include "tests/bench/seekd_bench/graph_variants.h"
#include "tests/bench/seekd_bench/measure.h"
#include "tests/bench/seekd_bench/one_bit_codes.h"
#include "tests/bench/seekd_bench/opq.h"
#include "tests/bench/seekd_bench/report.h"
#include "tests/bench/seekd_bench/rotation.h"
#include "tests/bench/seekd_bench/sector_file.h"
#include "tests/bench/seekd_bench/staged_codes.h"
#include "tests/bench/seekd_bench/vector_files.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"

namespace seekd::bench {
namespace {

using testing::TempFolder;

VectorSet RandomUnitRows(uint32_t rows, uint32_t dim, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal;
  VectorSet set{dim, {}};
  for (uint32_t i = 0; i < rows * dim; ++i) set.values.push_back(normal(random));
  for (uint32_t i = 0; i < rows; ++i) NormalizeInPlace(set.values.data() + i * dim, dim);
  return set;
}

Embeddings RandomEmbeddings(uint32_t rows) {
  Embeddings embeddings{RandomUnitRows(rows, 16, 1), RandomUnitRows(20, 16, 2), {}};
  embeddings.pseudo.vectors = RandomUnitRows(50, 16, 3);
  for (uint32_t i = 0; i < 50; ++i) embeddings.pseudo.sources.push_back(NodeId{i * rows / 50});
  return embeddings;
}

CATCH_TEST_CASE("embeddings survive their files", "[vector_files]") {
  const TempFolder folder;
  const Embeddings written = RandomEmbeddings(200);
  CATCH_REQUIRE(WriteEmbeddings(folder.path(), written).ok());
  const auto read = ReadEmbeddings(folder.path(), 0);
  CATCH_REQUIRE(read.ok());
  CATCH_CHECK(read->base.values == written.base.values);
  CATCH_CHECK(read->queries.values == written.queries.values);
  CATCH_CHECK(read->pseudo.vectors.values == written.pseudo.vectors.values);
  CATCH_CHECK(read->pseudo.sources == written.pseudo.sources);
}

CATCH_TEST_CASE("a thinned collection keeps its queries", "[vector_files]") {
  const Embeddings all = RandomEmbeddings(200);
  const Embeddings some = Thin(all, 50);
  CATCH_CHECK(some.base.size() == 50);
  CATCH_CHECK(std::equal(some.base.row(1), some.base.row(2), all.base.row(4)));
  CATCH_CHECK(some.queries.values == all.queries.values);
  for (size_t i = 0; i < all.pseudo.sources.size(); ++i) {
    CATCH_CHECK(some.pseudo.sources[i].value == all.pseudo.sources[i].value / 4);
  }
}

CATCH_TEST_CASE("a damaged file of vectors is named", "[vector_files]") {
  const TempFolder folder;
  CATCH_REQUIRE(WriteEmbeddings(folder.path(), RandomEmbeddings(200)).ok());
  const std::string path = folder.File("base.fvecs");
  const uint64_t size = std::filesystem::file_size(path);
  CATCH_SECTION("truncated") { std::filesystem::resize_file(path, size - 1); }
  CATCH_SECTION("a row of another length") {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(size / 2));
    file.put(17);
  }
  CATCH_SECTION("a source beyond the rows") { std::filesystem::resize_file(path, size / 2); }
  const auto read = ReadEmbeddings(folder.path(), 0);
  CATCH_REQUIRE(!read.ok());
  CATCH_CHECK(read.status().code() == absl::StatusCode::kDataLoss);
  CATCH_CHECK(read.status().message().find("vecs: ") != std::string::npos);
}

CATCH_TEST_CASE("a report prints and keeps the same rows", "[report]") {
  std::ostringstream out;
  Report report("dial --nodes 3", &out);
  report.Fact("chunks", 3.0);
  report.BeginTable("t", "Title", {{"name", "name"}, {"cost", "cost", 1}});
  report.Row({"a", 1.25});
  report.Row({"b", kNothing});
  CATCH_CHECK(out.str() ==
              "chunks: 3\n\nTitle\n\n| name | cost |\n|---|---|\n| a | 1.2 |\n| b | – |\n");
  const auto json = nlohmann::json::parse(report.Json());
  CATCH_CHECK(json["command"] == "dial --nodes 3");
  CATCH_CHECK(json["facts"]["chunks"] == 3);
  CATCH_CHECK(json["tables"]["t"]["rows"][0]["cost"] == 1.25);
  CATCH_CHECK(json["tables"]["t"]["rows"][1]["cost"].is_null());
  const TempFolder folder;
  CATCH_CHECK(!report.WriteJson(folder.File("no/such/folder")).ok());
}

struct Reached {
  double recall = 0;
};

CATCH_TEST_CASE("the smallest effort is found to one part in 32", "[effort]") {
  for (const uint32_t answer : {1U, 2U, 7U, 100U, 1000U, 4096U}) {
    const auto measure = [answer](uint32_t effort) -> absl::StatusOr<Reached> {
      return Reached{effort >= answer ? 0.95 : 0.5};
    };
    const auto found = SmallestEffort<Reached>(1, 4096, 0.9, measure);
    CATCH_REQUIRE(found.ok());
    CATCH_CHECK(found->reached);
    CATCH_CHECK(found->figures.recall == 0.95);
    CATCH_CHECK(found->value >= answer);
    CATCH_CHECK(found->value <= answer + std::max(1U, found->value / 32));
  }
  const auto never = SmallestEffort<Reached>(
      1, 100, 0.9, [](uint32_t) -> absl::StatusOr<Reached> { return Reached{0.5}; });
  CATCH_REQUIRE(never.ok());
  CATCH_CHECK(!never->reached);
  CATCH_CHECK(never->value == 100);
}

CATCH_TEST_CASE("best rows are those of a sort", "[best_rows]") {
  std::mt19937_64 random(5);
  std::vector<std::pair<float, uint32_t>> all;
  BestRows best(10);
  for (uint32_t row = 0; row < 500; ++row) {
    const auto score = static_cast<float>(random() % 100);
    all.emplace_back(score, row);
    best.Offer(score, row);
  }
  std::sort(all.rbegin(), all.rend());
  const std::vector<uint32_t> rows = best.Take();
  CATCH_REQUIRE(rows.size() == 10);
  for (size_t i = 0; i < rows.size(); ++i) CATCH_CHECK(rows[i] == all[i].second);
}

CATCH_TEST_CASE("sectors are read as they were written", "[sector_file]") {
  const TempFolder folder;
  SectorFile::Writer writer(folder.File("vectors"));
  std::vector<std::pair<uint64_t, std::vector<float>>> written;
  for (const size_t count : {1U, 1024U, 1025U, 5000U}) {
    std::vector<float> values(count);
    for (size_t i = 0; i < count; ++i) values[i] = static_cast<float>(count + i);
    const uint64_t first = writer.Append(values);
    written.emplace_back(first, std::move(values));
  }
  const auto file = writer.Finish();
  CATCH_REQUIRE(file.ok());
  CATCH_CHECK((*file)->bytes() == (1 + 1 + 2 + 5) * SectorFile::kSectorBytes);
  for (const auto& [first, values] : written) {
    const uint64_t sectors =
        (values.size() * sizeof(float) + SectorFile::kSectorBytes - 1) / SectorFile::kSectorBytes;
    const auto read = (*file)->Read(first, sectors);
    CATCH_REQUIRE(read.ok());
    CATCH_CHECK(std::equal(values.begin(), values.end(), *read));
  }
  CATCH_CHECK(!(*file)->Read(9, 1).ok());
}

Adjacency SomeGraph(const VectorSet& vectors) {
  GraphBuildOptions options;
  options.max_degree = 12;
  options.threads = 1;
  auto graph = BuildGraph(vectors, options, nullptr, [](uint64_t) {});
  CATCH_REQUIRE(graph.ok());
  return *std::move(graph);
}

CATCH_TEST_CASE("graphs of half the edges have about half the edges", "[graph_variants]") {
  const VectorSet vectors = RandomUnitRows(2000, 16, 1);
  const Adjacency full = SomeGraph(vectors);
  const uint64_t half = full.edge_count() / 2;
  const Adjacency random = PruneAtRandom(full, half, 1);
  CATCH_CHECK(random.edge_count() == Approx(half).epsilon(0.05));
  CATCH_CHECK(random.entry_points == full.entry_points);
  for (size_t node = 0; node < full.lists.size(); ++node) {
    for (const uint32_t neighbor : random.lists[node]) {
      CATCH_CHECK(std::count(full.lists[node].begin(), full.lists[node].end(), neighbor) == 1);
    }
  }
  const auto small = BuildSmall(vectors, half);
  CATCH_REQUIRE(small.ok());
  CATCH_CHECK(small->edge_count() == Approx(half).epsilon(0.2));
}

CATCH_TEST_CASE("degrees are counted once", "[graph_variants]") {
  Adjacency graph;
  graph.lists = {{1, 2, 3, 4, 5}, {0}, {0, 1}, {0, 1, 2}, {0}, {}};
  CATCH_CHECK(OutDegrees(graph) == std::vector<uint32_t>{5, 1, 2, 3, 1, 0});
  CATCH_CHECK(InDegrees(graph) == std::vector<uint32_t>{4, 3, 2, 1, 1, 1});
  const std::vector<DegreeBucket> buckets = Histogram(OutDegrees(graph));
  std::vector<std::string> names;
  std::vector<uint64_t> nodes;
  for (const DegreeBucket& bucket : buckets) {
    names.push_back(bucket.name);
    nodes.push_back(bucket.nodes);
  }
  CATCH_CHECK(names == std::vector<std::string>{"0", "1", "2", "3-4", "5-8", "9-16", "17-32",
                                                "33-64", "65+"});
  CATCH_CHECK(nodes == std::vector<uint64_t>{1, 2, 1, 1, 1, 0, 0, 0, 0});
  CATCH_CHECK(Histogram({64, 65, 1'000'000}).back().nodes == 2);
}

CATCH_TEST_CASE("the curve of fixed numbers is that of searches with that limit", "[fixed]") {
  const TempFolder folder;
  const Embeddings embeddings = RandomEmbeddings(1500);
  const auto truth = Truth::Of(embeddings, 3);
  CATCH_REQUIRE(truth.ok());
  const auto codes = MakeCodes(embeddings.base, 4);
  CATCH_REQUIRE(codes.ok());
  auto index = BenchIndex::Make(folder.File("index"), SomeGraph(embeddings.base), *codes);
  CATCH_REQUIRE(index.ok());
  FixedSetting setting{.beam_width = 200, .top_k = 3, .max_rows = 150, .link_bonus = 0.04F};
  const auto curve = MeasureFixed(index->View(), embeddings, *truth, setting);
  CATCH_REQUIRE(curve.ok());
  CATCH_REQUIRE(curve->recall.size() == 151);
  CATCH_CHECK(std::is_sorted(curve->recall.begin(), curve->recall.end()));
  for (const uint32_t rows : {3U, 32U, 40U, 150U}) {
    setting.max_rows = rows;
    const auto limited = MeasureFixed(index->View(), embeddings, *truth, setting);
    CATCH_REQUIRE(limited.ok());
    CATCH_CHECK(limited->best_recall() == Approx(curve->recall[rows]));
  }
  CATCH_CHECK(curve->CostAt(curve->recall[40]) <= 40);
  CATCH_CHECK(std::isnan(curve->CostAt(1.1)));
}

CATCH_TEST_CASE("a rotation keeps inner products, into more dimensions, too", "[rotation]") {
  const VectorSet rows = RandomUnitRows(10, 16, 1);
  for (const uint32_t out : {16U, 24U}) {
    const Rotation rotation = RandomRotation(16, out, 7);
    std::vector<float> a(out);
    std::vector<float> b(out);
    for (uint32_t i = 0; i < rows.size(); ++i) {
      rotation.Apply(rows.row(i), a.data());
      rotation.Apply(rows.row(0), b.data());
      CATCH_CHECK(InnerProduct(a.data(), b.data(), out) ==
                  Approx(InnerProduct(rows.row(i), rows.row(0), 16)).margin(1e-5));
    }
  }
}

CATCH_TEST_CASE("the nearest orthonormal matrix is found", "[opq]") {
  const Rotation rotation = RandomRotation(16, 16, 7);
  Rotation stretched = rotation;  // by different factors, along the axes
  for (uint32_t i = 0; i < 16; ++i) {
    for (uint32_t d = 0; d < 16; ++d) stretched.values[d * 16 + i] *= 0.01F + 3.0F * i;
  }
  Orthonormalize(&stretched);
  for (size_t i = 0; i < rotation.values.size(); ++i) {
    CATCH_CHECK(stretched.values[i] == Approx(rotation.values[i]).margin(1e-4));
  }
}

CATCH_TEST_CASE("OPQ leaves less of rows whose dimensions go together", "[opq]") {
  VectorSet rows = RandomUnitRows(2000, 16, 1);
  for (uint32_t i = 0; i < rows.size(); ++i) {
    float* const row = rows.values.data() + i * 16;
    for (uint32_t d = 8; d < 16; ++d) row[d] = row[d - 8] + 0.1F * row[d];  // in the other subspace
    NormalizeInPlace(row, 16);
  }
  const VectorRows source(&rows);
  const auto rotation = TrainOpq(rows, 3);
  CATCH_REQUIRE(rotation.ok());
  const auto plain = CodeByProduct(source, 3);
  const auto rotated = CodeByProduct(RotatedRows(&source, &*rotation), 3);
  CATCH_REQUIRE(plain.ok());
  CATCH_REQUIRE(rotated.ok());
  CATCH_CHECK(rotated->error < 0.8 * plain->error);
}

// Gao and Long 2024, section 3.2: the estimate of <query, row>, in their order and words.
double RabitqEstimate(const Rotation& rotation, const std::vector<float>& mean, const float* query,
                      const float* row) {
  std::vector<double> unit;
  double squares = 0;
  for (uint32_t d = 0; d < rotation.in; ++d) {
    unit.push_back(row[d] - mean[d]);
    squares += unit.back() * unit.back();
  }
  const double length = std::sqrt(squares);
  double with_query = 0;
  double with_itself = 0;
  for (uint32_t i = 0; i < rotation.out; ++i) {
    double rotated = 0;
    double rotated_query = 0;
    for (uint32_t d = 0; d < rotation.in; ++d) {
      rotated += rotation.values[i * rotation.in + d] * unit[d] / length;
      rotated_query += rotation.values[i * rotation.in + d] * query[d];
    }
    const double quantized = (rotated > 0 ? 1 : -1) / std::sqrt(rotation.out);
    with_query += quantized * rotated_query;
    with_itself += quantized * rotated;
  }
  double with_mean = 0;
  for (uint32_t d = 0; d < rotation.in; ++d) with_mean += mean[d] * query[d];
  return with_mean + length * with_query / with_itself;
}

CATCH_TEST_CASE("1-bit codes estimate as RaBitQ does", "[one_bit_codes]") {
  const Embeddings embeddings = RandomEmbeddings(200);
  const std::vector<float> mean = MeanOf(embeddings.base);
  for (const uint32_t code_bytes : {2U, 3U, 5U}) {  // fewer signs than dimensions, as many, more
    const auto coded = CodeByRabitq(embeddings.base, code_bytes, 3);
    CATCH_REQUIRE(coded.ok());
    const float* query = embeddings.queries.row(0);
    std::vector<float> rotated(coded->rotation.out);
    coded->rotation.Apply(query, rotated.data());
    const DistanceTable table(coded->codebook, rotated);
    const float of_mean = InnerProduct(query, mean.data(), 16);
    // Half a step of the factor's byte, times signs that all agree.
    const float margin = coded->codebook.scale_step / 2 * static_cast<float>(rotated.size());
    for (uint32_t row = 0; row < embeddings.base.size(); ++row) {
      const float distance = table.Distance(coded->codes.data() + row * code_bytes);
      CATCH_CHECK(of_mean + (2 - distance) / 2 ==
                  Approx(RabitqEstimate(coded->rotation, mean, query, embeddings.base.row(row)))
                      .margin(margin + 1e-5));
    }
  }
}

CATCH_TEST_CASE("signs decode to unit vectors nearer than the mean", "[one_bit_codes]") {
  const VectorSet rows = RandomUnitRows(300, 16, 1);
  const auto coded = CodeBySigns(rows);
  CATCH_REQUIRE(coded.ok());
  CATCH_CHECK(coded->codebook.code_bytes() == 3);
  CATCH_CHECK(coded->error > 0.2);
  CATCH_CHECK(coded->error < 0.5);
  CATCH_CHECK(!CodeBySigns(RandomUnitRows(300, 12, 1)).ok());
}

CATCH_TEST_CASE("shared stages give the codes of a training from the start", "[staged_codes]") {
  const VectorSet rows = RandomUnitRows(600, 16, 1);
  const auto staged = StagedCodes::Make(&rows, 2);
  CATCH_REQUIRE(staged.ok());
  for (const uint32_t stages : {0U, 1U, 2U}) {
    CodeTrainingOptions training;
    training.code_bytes = 7;
    training.stages = stages;
    const auto codebook = TrainCodebook(rows, training, nullptr);
    CATCH_REQUIRE(codebook.ok());
    const auto codes = EncodeRows(*codebook, VectorRows(&rows), 1, nullptr);
    CATCH_REQUIRE(codes.ok());
    const auto coded = staged->Coded(7, stages);
    CATCH_REQUIRE(coded.ok());
    CATCH_CHECK(coded->codebook.values == codebook->values);
    CATCH_CHECK(coded->codebook.min_scale == Approx(codebook->min_scale));
    CATCH_REQUIRE(coded->codes.size() == codes->size());
    for (size_t i = 0; i < codes->size(); ++i) {
      const int other_by = std::abs((*codes)[i] - coded->codes[i]);
      CATCH_CHECK(other_by <= (i % 7 == 6 ? 1 : 0));  // the scale is rounded from another sum
    }
  }
}

CATCH_TEST_CASE("places are those of a sort", "[coded_rows]") {
  std::mt19937_64 random(5);
  std::vector<float> distances;
  for (uint32_t row = 0; row < 300; ++row) distances.push_back(static_cast<float>(random() % 50));
  std::vector<std::pair<float, uint32_t>> sorted;
  for (uint32_t row = 0; row < 300; ++row) sorted.emplace_back(distances[row], row);
  std::sort(sorted.begin(), sorted.end());
  const std::vector<uint32_t> right = {7, 250, 30, 31, 120};
  std::vector<uint32_t> expected;
  for (uint32_t place = 0; place < 300; ++place) {
    if (std::count(right.begin(), right.end(), sorted[place].second) != 0) {
      expected.push_back(place);
    }
  }
  expected.resize(3);
  CATCH_CHECK(PlacesOf(right, distances, 3) == expected);
}

CATCH_TEST_CASE("codes that say everything need no more rows than hits", "[coded_rows]") {
  const Embeddings embeddings = RandomEmbeddings(200);
  const auto truth = Truth::Of(embeddings, 3);
  CATCH_REQUIRE(truth.ok());
  const auto right = FindTrueRows(embeddings, *truth, 3);
  CATCH_REQUIRE(right.ok());
  const VectorRows rows(&embeddings.base);
  const auto exact = CodeByProduct(rows, 17);  // 200 centroids for 200 rows
  CATCH_REQUIRE(exact.ok());
  CATCH_CHECK(exact->error < 1e-4);
  const auto order = MeasureOrder(*exact, embeddings.queries, *right, 3);
  CATCH_REQUIRE(order.ok());
  CATCH_CHECK(order->curve.CostAt(0.95) == 3);
  CATCH_CHECK(order->curve.best_recall() == 1.0);
}

CATCH_TEST_CASE("brute finds everything and is charged for it", "[measure]") {
  const TempFolder folder;
  const Embeddings embeddings = RandomEmbeddings(600);
  const auto truth = Truth::Of(embeddings, 10);
  CATCH_REQUIRE(truth.ok());
  const auto codes = MakeCodes(embeddings.base, 4);
  CATCH_REQUIRE(codes.ok());
  const auto index = BenchIndex::Make(folder.File("index"), SomeGraph(embeddings.base), *codes);
  CATCH_REQUIRE(index.ok());
  SearchOptions options;
  options.strategy = Strategy::kBrute;
  uint64_t seen = 0;
  const auto figures =
      MeasureSearch(index->View(), embeddings, *truth, options,
                    [&](uint32_t, std::span<const uint32_t> rows) { seen += rows.size(); });
  CATCH_REQUIRE(figures.ok());
  CATCH_CHECK(figures->recall == 1.0);
  CATCH_CHECK(figures->cost == std::vector<double>(20, 600.0));
  CATCH_CHECK(seen == 20 * 600);
}

}  // namespace
}  // namespace seekd::bench
