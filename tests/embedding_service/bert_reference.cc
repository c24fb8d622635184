#include "tests/embedding_service/bert_reference.h"

#include <cmath>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace seekd::testing {
namespace {

std::vector<double> Sum(std::vector<double> a, const std::vector<double>& b) {
  for (size_t i = 0; i < a.size(); ++i) a[i] += b[i];
  return a;
}

}  // namespace

double BertReference::Weight(const std::string& name, size_t index) const {
  float value = 0;
  std::memcpy(&value, file_.Find(prefix_ + name).value()->bytes.data() + index * 4, 4);
  return value;
}

BertReference::Vector BertReference::Linear(const Vector& x, const std::string& name,
                                            size_t out) const {
  Vector y(out);
  for (size_t o = 0; o < out; ++o) {
    y[o] = Weight(name + ".bias", o);
    for (size_t i = 0; i < x.size(); ++i) y[o] += Weight(name + ".weight", o * x.size() + i) * x[i];
  }
  return y;
}

BertReference::Vector BertReference::Norm(const Vector& x, const std::string& name) const {
  double mean = 0, variance = 0;
  for (double v : x) mean += v / static_cast<double>(x.size());
  for (double v : x) variance += (v - mean) * (v - mean) / static_cast<double>(x.size());
  Vector y(x.size());
  for (size_t i = 0; i < x.size(); ++i) {
    y[i] =
        (x[i] - mean) / std::sqrt(variance + spec_.layer_norm_eps) * Weight(name + ".weight", i) +
        Weight(name + ".bias", i);
  }
  return y;
}

BertReference::Rows BertReference::Embed(const std::vector<TokenId>& ids) const {
  Rows rows;
  for (size_t t = 0; t < ids.size(); ++t) {
    Vector x(spec_.dim);
    for (size_t i = 0; i < x.size(); ++i) {
      x[i] = Weight("embeddings.word_embeddings.weight", ids[t] * x.size() + i) +
             Weight("embeddings.position_embeddings.weight", t * x.size() + i) +
             Weight("embeddings.token_type_embeddings.weight", i);
    }
    rows.push_back(Norm(x, "embeddings.LayerNorm"));
  }
  return rows;
}

BertReference::Rows BertReference::Attend(const Rows& x, const std::string& layer) const {
  Rows q, k, v, mixed;
  for (const Vector& row : x) {
    q.push_back(Linear(row, layer + "attention.self.query", spec_.dim));
    k.push_back(Linear(row, layer + "attention.self.key", spec_.dim));
    v.push_back(Linear(row, layer + "attention.self.value", spec_.dim));
  }
  const size_t width = spec_.dim / spec_.heads;
  for (size_t t = 0; t < x.size(); ++t) {
    Vector out(spec_.dim, 0);
    for (size_t head = 0; head < spec_.heads; ++head) {
      Vector weights;
      double total = 0;
      for (size_t s = 0; s < x.size(); ++s) {
        double dot = 0;
        for (size_t i = head * width; i < (head + 1) * width; ++i) dot += q[t][i] * k[s][i];
        weights.push_back(std::exp(dot / std::sqrt(static_cast<double>(width))));
        total += weights.back();
      }
      for (size_t s = 0; s < x.size(); ++s) {
        for (size_t i = head * width; i < (head + 1) * width; ++i) {
          out[i] += weights[s] / total * v[s][i];
        }
      }
    }
    mixed.push_back(Linear(out, layer + "attention.output.dense", spec_.dim));
  }
  return mixed;
}

BertReference::Rows BertReference::RunLayer(const Rows& x, uint32_t number) const {
  const std::string layer = absl::StrCat("encoder.layer.", number, ".");
  const Rows attended = Attend(x, layer);
  Rows y;
  for (size_t t = 0; t < x.size(); ++t) {
    const Vector h = Norm(Sum(attended[t], x[t]), layer + "attention.output.LayerNorm");
    Vector inner = Linear(h, layer + "intermediate.dense", spec_.intermediate);
    for (double& value : inner) value = value / 2 * (1 + std::erf(value / std::sqrt(2.0)));
    y.push_back(
        Norm(Sum(Linear(inner, layer + "output.dense", spec_.dim), h), layer + "output.LayerNorm"));
  }
  return y;
}

std::vector<double> BertReference::Encode(const std::vector<TokenId>& ids) const {
  Rows rows = Embed(ids);
  for (uint32_t i = 0; i < spec_.layers; ++i) rows = RunLayer(rows, i);
  Vector mean(spec_.dim, 0);
  for (const Vector& row : rows) mean = Sum(std::move(mean), row);
  double norm = 0;
  for (double v : mean) norm += v * v;
  for (double& v : mean) v /= std::sqrt(norm);
  return mean;
}

}  // namespace seekd::testing
