#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/digest.h"
#include "core/store/store.h"
#include "core/text/chunker.h"

namespace seekd {

Digest ChunkDigest(std::string_view context, std::string_view text) {
  std::string input;
  input.reserve(context.size() + text.size() + 10);
  AppendVarint(kRecipeVersion, &input);
  // The length keeps ("a", "bc") apart from ("ab", "c").
  AppendLengthPrefixed(context, &input);
  input.append(text);
  return ComputeDigest(input);
}

}  // namespace seekd
