#include "core/text/readers/plain_reader.h"

#include <utility>

namespace seekd {

TextDocument ReadPlain(std::string text, std::string media_type) {
  TextDocument document;
  document.text = std::move(text);
  document.media_type = std::move(media_type);
  return document;
}

}  // namespace seekd
