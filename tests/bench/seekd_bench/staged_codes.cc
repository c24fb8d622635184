#include "tests/bench/seekd_bench/staged_codes.h"

#include <algorithm>
#include <span>
#include <utility>

#include "core/base/status_macros.h"
#include "tests/bench/seekd_bench/bench_index.h"

namespace seekd::bench {
namespace {

// What the first `stages` stages of the codes leave of the rows. All borrowed.
class ResidualRows final : public RowSource {
 public:
  ResidualRows(const VectorSet* vectors, const Codebook* codebook,
               const std::vector<uint8_t>* codes, uint32_t stages)
      : vectors_(vectors), codebook_(codebook), codes_(codes), stages_(stages) {}
  uint32_t dim() const override { return vectors_->dim; }
  uint32_t size() const override { return vectors_->size(); }
  absl::Status Read(std::span<const uint32_t> rows, float* out) const override {
    for (const uint32_t row : rows) {
      const uint8_t* const code = codes_->data() + size_t{row} * codebook_->code_bytes();
      std::copy_n(vectors_->row(row), dim(), out);
      for (uint32_t stage = 0; stage < stages_; ++stage) {
        const float* const centroid = codebook_->stage_centroid(stage, code[stage]);
        for (uint32_t d = 0; d < dim(); ++d) out[d] -= centroid[d];
      }
      out += dim();
    }
    return absl::OkStatus();
  }

 private:
  const VectorSet* const vectors_;
  const Codebook* const codebook_;
  const std::vector<uint8_t>* const codes_;
  const uint32_t stages_;
};

uint64_t CodebookBytes(const Codebook& codebook) {
  return codebook.values.size() * sizeof(uint16_t);
}

absl::StatusOr<BenchCodes> TrainAndEncode(const RowSource& source,
                                          const CodeTrainingOptions& training) {
  BenchCodes made;
  ABSL_ASSIGN_OR_RETURN(const VectorSet sample, SampleOf(source, kTrainingSample));
  ABSL_ASSIGN_OR_RETURN(made.codebook, TrainCodebook(sample, training, nullptr));
  ABSL_ASSIGN_OR_RETURN(made.codes, EncodeRows(made.codebook, source, 0, nullptr));
  return made;
}

}  // namespace

absl::StatusOr<StagedCodes> StagedCodes::Make(const VectorSet* vectors, uint32_t stages) {
  StagedCodes staged(vectors);
  CodeTrainingOptions training;
  training.stages = stages;
  training.code_bytes = stages + 2;
  ABSL_ASSIGN_OR_RETURN(BenchCodes made, TrainAndEncode(VectorRows(vectors), training));
  staged.codebook_ = std::move(made.codebook);
  staged.codes_ = std::move(made.codes);
  return staged;
}

absl::StatusOr<CodedRows> StagedCodes::Coded(uint32_t code_bytes, uint32_t stages) const {
  CodeTrainingOptions training;
  training.code_bytes = code_bytes - stages;
  training.seed += stages;  // each table that TrainCodebook makes takes the next one
  const ResidualRows residuals(vectors_, &codebook_, &codes_, stages);
  ABSL_ASSIGN_OR_RETURN(const BenchCodes product, TrainAndEncode(residuals, training));

  CodedRows coded{.codebook = product.codebook};
  Codebook& codebook = coded.codebook;
  codebook.stages = stages;
  codebook.values.insert(codebook.values.begin(), codebook_.values.data(),
                         codebook_.stage_centroid(stages, 0));
  coded.codes.resize(size_t{vectors_->size()} * code_bytes);
  for (size_t row = 0; row < vectors_->size(); ++row) {
    uint8_t* const code = coded.codes.data() + row * code_bytes;
    std::copy_n(codes_.data() + row * codebook_.code_bytes(), stages, code);
    std::copy_n(product.codes.data() + row * product.codebook.code_bytes(),
                product.codebook.code_bytes(), code + stages);
  }
  SetUnitScales(&coded);
  coded.codebook_bytes = CodebookBytes(codebook);
  ABSL_ASSIGN_OR_RETURN(coded.error, MeanSquaredError(coded, VectorRows(vectors_)));
  return coded;
}

absl::StatusOr<CodedRows> CodeByProduct(const RowSource& source, uint32_t code_bytes) {
  CodeTrainingOptions training;
  training.code_bytes = code_bytes;
  ABSL_ASSIGN_OR_RETURN(BenchCodes made, TrainAndEncode(source, training));
  CodedRows coded{.codebook = std::move(made.codebook), .codes = std::move(made.codes)};
  coded.codebook_bytes = CodebookBytes(coded.codebook);
  ABSL_ASSIGN_OR_RETURN(coded.error, MeanSquaredError(coded, source));
  return coded;
}

}  // namespace seekd::bench
