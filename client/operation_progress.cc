#include "client/operation_progress.h"

namespace seekd::client {
namespace {

double Fraction(int64_t done, int64_t total) {
  return total > 0 ? static_cast<double>(done) / static_cast<double>(total) : -1;
}

const char* PhaseName(v1::IndexFolderMetadata::Phase phase) {
  switch (phase) {
    case v1::IndexFolderMetadata::SCANNING:
      return "scanning";
    case v1::IndexFolderMetadata::READING:
      return "reading";
    case v1::IndexFolderMetadata::BUILDING:
      return "building";
    case v1::IndexFolderMetadata::PUBLISHING:
      return "publishing";
    case v1::IndexFolderMetadata::DONE:
      return "done";
    default:
      return "waiting";
  }
}

}  // namespace

ProgressReport ToProgressReport(const v1::IndexFolderMetadata& metadata) {
  ProgressReport report;
  report.phase = PhaseName(metadata.phase());
  if (metadata.phase() == v1::IndexFolderMetadata::BUILDING) {
    report.item_noun = "nodes";
    report.items_done = metadata.build_done();
    report.items_total = metadata.build_total();
    report.fraction = Fraction(metadata.build_done(), metadata.build_total());
    return report;
  }
  // A collection that moves to another model has documents, not files.
  report.item_noun = metadata.model().empty() ? "files" : "documents";
  if (metadata.phase() == v1::IndexFolderMetadata::SCANNING) {
    report.items_done = metadata.files_found();
    return report;
  }
  report.items_done = metadata.files_done();
  report.items_total = metadata.files_found();
  if (metadata.phase() == v1::IndexFolderMetadata::READING) {
    report.bytes_done = metadata.bytes_done();
    report.bytes_total = metadata.bytes_found();
    report.chunks_done = metadata.chunks_embedded();
    report.fraction = Fraction(metadata.bytes_done(), metadata.bytes_found());
  }
  return report;
}

ProgressReport ToProgressReport(const v1::PullModelMetadata& metadata) {
  ProgressReport report;
  report.phase = "downloading";
  report.item_noun = "files";
  report.items_done = metadata.files_done();
  report.items_total = metadata.files_found();
  report.bytes_done = metadata.bytes_done();
  report.bytes_total = metadata.bytes_found();
  report.fraction = Fraction(metadata.bytes_done(), metadata.bytes_found());
  return report;
}

ProgressReport ToProgressReport(const google::longrunning::Operation& operation) {
  if (operation.metadata().Is<v1::PullModelMetadata>()) {
    return ToProgressReport(MetadataOf<v1::PullModelMetadata>(operation));
  }
  return ToProgressReport(MetadataOf<v1::IndexFolderMetadata>(operation));
}

}  // namespace seekd::client
