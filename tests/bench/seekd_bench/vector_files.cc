#include "tests/bench/seekd_bench/vector_files.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"

namespace seekd::bench {
namespace {

static_assert(sizeof(float) == sizeof(int32_t));

template <typename T>
absl::Status WriteRows(const std::string& path, const std::vector<T>& values, uint32_t dim) {
  std::ofstream file(path, std::ios::binary);
  const auto count = static_cast<int32_t>(dim);
  for (size_t at = 0; at < values.size(); at += dim) {
    file.write(reinterpret_cast<const char*>(&count), sizeof count);
    file.write(reinterpret_cast<const char*>(values.data() + at),
               static_cast<std::streamsize>(dim * sizeof(T)));
  }
  file.flush();
  if (!file) return absl::UnavailableError(absl::StrCat("cannot write ", path));
  return absl::OkStatus();
}

// Rows of one length.
template <typename T>
absl::StatusOr<std::pair<std::vector<T>, uint32_t>> ReadRows(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(absl::StrCat("cannot open ", path));
  std::vector<T> values;
  int32_t dim = 0;
  int32_t count = 0;
  for (uint64_t row = 0;; ++row) {
    if (!file.read(reinterpret_cast<char*>(&count), sizeof count)) break;
    if (count <= 0 || (dim != 0 && count != dim)) {
      return absl::DataLossError(
          absl::StrCat(path, ": row ", row, " has ", count, " components, expected ", dim));
    }
    dim = count;
    values.resize(values.size() + static_cast<size_t>(dim));
    file.read(reinterpret_cast<char*>(values.data() + values.size() - static_cast<size_t>(dim)),
              static_cast<std::streamsize>(static_cast<size_t>(dim) * sizeof(T)));
    if (!file) return absl::DataLossError(absl::StrCat(path, ": row ", row, " is truncated"));
  }
  return std::pair(std::move(values), static_cast<uint32_t>(dim));
}

absl::StatusOr<VectorSet> ReadVectors(const std::string& path) {
  ABSL_ASSIGN_OR_RETURN(auto rows, ReadRows<float>(path));
  return VectorSet{rows.second, std::move(rows.first)};
}

}  // namespace

absl::Status WriteEmbeddings(const std::string& folder, const Embeddings& embeddings) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  std::vector<int32_t> sources;
  for (const NodeId node : embeddings.pseudo.sources) {
    sources.push_back(static_cast<int32_t>(node.value));
  }
  const uint32_t dim = embeddings.base.dim;
  ABSL_RETURN_IF_ERROR(WriteRows(folder + "/base.fvecs", embeddings.base.values, dim));
  ABSL_RETURN_IF_ERROR(WriteRows(folder + "/queries.fvecs", embeddings.queries.values, dim));
  ABSL_RETURN_IF_ERROR(WriteRows(folder + "/pseudo.fvecs", embeddings.pseudo.vectors.values, dim));
  return WriteRows(folder + "/pseudo.ivecs", sources, 1);
}

absl::StatusOr<Embeddings> ReadEmbeddings(const std::string& folder, uint32_t nodes) {
  Embeddings embeddings;
  ABSL_ASSIGN_OR_RETURN(embeddings.base, ReadVectors(folder + "/base.fvecs"));
  ABSL_ASSIGN_OR_RETURN(embeddings.queries, ReadVectors(folder + "/queries.fvecs"));
  ABSL_ASSIGN_OR_RETURN(embeddings.pseudo.vectors, ReadVectors(folder + "/pseudo.fvecs"));
  ABSL_ASSIGN_OR_RETURN(const auto sources, ReadRows<int32_t>(folder + "/pseudo.ivecs"));
  if (sources.first.size() != embeddings.pseudo.vectors.size()) {
    return absl::DataLossError(absl::StrCat(folder, ": ", embeddings.pseudo.vectors.size(),
                                            " pseudo-queries but ", sources.first.size(),
                                            " sources"));
  }
  for (const int32_t source : sources.first) {
    if (source < 0 || static_cast<uint32_t>(source) >= embeddings.base.size()) {
      return absl::DataLossError(absl::StrCat(folder, "/pseudo.ivecs: source ", source, " of ",
                                              embeddings.base.size(), " rows"));
    }
    embeddings.pseudo.sources.push_back(NodeId{static_cast<uint32_t>(source)});
  }
  if (nodes == 0 || nodes >= embeddings.base.size()) return embeddings;
  return Thin(embeddings, nodes);
}

VectorSet EvenlySpaced(const VectorSet& all, uint32_t count) {
  VectorSet some{all.dim, {}};
  for (uint32_t i = 0; i < count; ++i) {
    const float* row = all.row(static_cast<uint32_t>(uint64_t{i} * all.size() / count));
    some.values.insert(some.values.end(), row, row + all.dim);
  }
  return some;
}

Embeddings Thin(const Embeddings& all, uint32_t nodes) {
  Embeddings some{EvenlySpaced(all.base, nodes), all.queries, all.pseudo};
  const double share = static_cast<double>(nodes) / all.base.size();
  for (NodeId& source : some.pseudo.sources) {
    // The row that took the source's place stands for it: at most its neighbour.
    source = NodeId{static_cast<uint32_t>(share * source.value)};
  }
  return some;
}

std::vector<uint32_t> SampleRows(uint32_t rows, uint32_t most) {
  const uint32_t count = std::min(rows, most);
  std::vector<uint32_t> sample;
  for (uint32_t i = 0; i < count; ++i) {
    sample.push_back(static_cast<uint32_t>(uint64_t{i} * rows / count));
  }
  return sample;
}

}  // namespace seekd::bench
