#include "tests/bench/seekd_bench/coded_rows.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <utility>

#include "core/base/parallel_for.h"
#include "core/base/status_macros.h"
#include "core/vector/distance.h"

namespace seekd::bench {
namespace {

constexpr float kMaxUnitScaleRange = 4;  // as the trainer of codebooks has it
constexpr uint32_t kErrorRows = 20'000;

}  // namespace

void SetScales(const std::vector<float>& scales, float max_range, CodedRows* coded) {
  float least = std::numeric_limits<float>::infinity();
  float most = 0;
  for (const float scale : scales) {
    if (!(scale > 0) || !std::isfinite(scale)) continue;  // of a row that is zero
    least = std::min(least, scale);
    most = std::max(most, scale);
  }
  if (most == 0) return;
  Codebook& codebook = coded->codebook;
  codebook.min_scale = least;
  codebook.scale_step = (std::min(most, max_range * least) - least) / 255;
  for (size_t i = 0; i < scales.size(); ++i) {
    coded->codes[(i + 1) * codebook.code_bytes() - 1] = codebook.ScaleByte(scales[i]);
  }
}

void SetUnitScales(CodedRows* coded) {
  Codebook& codebook = coded->codebook;
  codebook.min_scale = 1;
  codebook.scale_step = 0;
  std::vector<float> sum(codebook.dim);
  std::vector<float> scales;
  for (size_t at = 0; at < coded->codes.size(); at += codebook.code_bytes()) {
    codebook.Decode(coded->codes.data() + at, sum.data());
    scales.push_back(1 / std::sqrt(InnerProduct(sum.data(), sum.data(), codebook.dim)));
  }
  SetScales(scales, kMaxUnitScaleRange, coded);
}

absl::StatusOr<VectorSet> SampleOf(const RowSource& source, uint32_t most) {
  return ReadRows(source, SampleRows(source.size(), most), {});
}

absl::StatusOr<double> MeanSquaredError(const CodedRows& coded, const RowSource& source) {
  const std::vector<uint32_t> rows = SampleRows(source.size(), kErrorRows);
  ABSL_ASSIGN_OR_RETURN(const VectorSet sample, ReadRows(source, rows, {}));
  const Codebook& codebook = coded.codebook;
  std::vector<float> decoded(codebook.dim);
  double sum = 0;
  for (uint32_t i = 0; i < sample.size(); ++i) {
    codebook.Decode(coded.codes.data() + size_t{rows[i]} * codebook.code_bytes(), decoded.data());
    sum += SquaredDistance(decoded.data(), sample.row(i), codebook.dim);
  }
  return sum / sample.size();
}

absl::StatusOr<TrueRows> FindTrueRows(const Embeddings& embeddings, const Truth& truth,
                                      uint32_t k) {
  const VectorSet& queries = embeddings.queries;
  std::vector<TrueRows> by_worker(ThreadCount(0), TrueRows(queries.size()));
  const VectorRows source(&embeddings.base);
  const auto visit = [&](uint32_t worker, uint32_t first, const VectorSet& block) {
    for (uint32_t q = 0; q < queries.size(); ++q) {
      const float threshold = truth.Threshold(q, k);
      for (uint32_t i = 0; i < block.size(); ++i) {
        if (InnerProduct(queries.row(q), block.row(i), block.dim) < threshold) continue;
        by_worker[worker][q].push_back(first + i);
      }
    }
  };
  ABSL_RETURN_IF_ERROR(ForEachBlock(source, {0, 1, nullptr, {}}, visit));
  TrueRows all(queries.size());
  for (const TrueRows& some : by_worker) {
    for (size_t q = 0; q < all.size(); ++q) {
      all[q].insert(all[q].end(), some[q].begin(), some[q].end());
    }
  }
  return all;
}

std::vector<uint32_t> PlacesOf(std::span<const uint32_t> right, std::span<const float> distances,
                               uint32_t k) {
  std::vector<std::pair<float, uint32_t>> first;
  for (const uint32_t row : right) first.emplace_back(distances[row], row);
  std::sort(first.begin(), first.end());
  first.resize(std::min<size_t>(first.size(), k));
  std::vector<uint32_t> places;
  for (const auto& [distance, row] : first) {
    const auto at = distances.begin() + row;
    const auto nearer = [d = distance](float other) { return other < d; };
    const auto as_near = [d = distance](float other) { return other <= d; };
    places.push_back(static_cast<uint32_t>(std::count_if(distances.begin(), at, as_near) +
                                           std::count_if(at, distances.end(), nearer)));
  }
  return places;
}

absl::StatusOr<CodeOrder> MeasureOrder(const CodedRows& coded, const VectorSet& queries,
                                       const TrueRows& right, uint32_t k) {
  using Clock = std::chrono::steady_clock;
  const Codebook& codebook = coded.codebook;
  const size_t rows = coded.codes.size() / codebook.code_bytes();
  std::vector<std::vector<float>> distances(ThreadCount(0), std::vector<float>(rows));
  std::vector<std::vector<uint32_t>> places(queries.size());
  CodeOrder order;
  order.scan_ms.resize(queries.size());
  const auto scan = [&](uint32_t worker, uint64_t q, uint64_t) {
    std::vector<float>& out = distances[worker];
    const auto begin = Clock::now();
    std::vector<float> query(queries.row(q), queries.row(q) + queries.dim);
    if (!coded.rotation.empty()) {
      query.resize(coded.rotation.out);
      coded.rotation.Apply(queries.row(q), query.data());
    }
    DistanceTable(codebook, query).DistanceBlock(coded.codes.data(), rows, out.data());
    order.scan_ms[q] = std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
    places[q] = PlacesOf(right[q], out, k);
  };
  ABSL_RETURN_IF_ERROR(ParallelFor(queries.size(), {.threads = 0, .grain = 1}, scan));
  std::vector<uint64_t> found(rows + 1, 0);  // by the c-th row, all queries
  for (const auto& of_query : places) {
    for (const uint32_t place : of_query) ++found[place + 1];
  }
  order.curve = CurveOf(found, uint64_t{queries.size()} * k);
  return order;
}

}  // namespace seekd::bench
