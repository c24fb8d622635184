#include <string>

#include "absl/strings/str_cat.h"
#include "core/base/bytes.h"
#include "core/codes/codes.h"
#include "core/codes/codes_format.h"
#include "core/storage/checked_file.h"
#include "core/storage/checked_file_format.h"
#include "core/vector/distance.h"

namespace seekd {

absl::StatusOr<uint64_t> WriteCodes(const std::string& path, const Codebook& codebook,
                                    std::span<const uint8_t> codes) {
  if (codebook.code_bytes == 0 || codes.size() % codebook.code_bytes != 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        codes.size(), " bytes of codes are no multiple of code_bytes ", codebook.code_bytes));
  }
  CodesHeader header{};
  header.dim = codebook.dim;
  header.code_bytes = codebook.code_bytes;
  header.centroids = codebook.centroids;
  header.node_count = static_cast<uint32_t>(codes.size() / codebook.code_bytes);
  header.codebook_offset = kCodesHeaderBytes;
  header.codes_offset = kCodesHeaderBytes + CodebookBytes(codebook.dim, codebook.centroids);
  std::string payload(reinterpret_cast<const char*>(&header), sizeof(header));
  for (const uint16_t half : ToHalf(codebook.values)) AppendFixed(half, &payload);
  payload += AsString(codes);
  return WriteCheckedFile(path, kCodesMagic, kCodesVersion, AsBytes(payload));
}

uint64_t CodesFileBytes(uint32_t dim, uint32_t code_bytes, uint32_t centroids, uint64_t nodes) {
  const uint64_t payload = kCodesHeaderBytes + CodebookBytes(dim, centroids) + nodes * code_bytes;
  return kCheckedHeaderBytes + payload + CheckedBlockCount(payload) * sizeof(uint32_t);
}

}  // namespace seekd
