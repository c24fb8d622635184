#include "client/progress_bar.h"

#include "client/operation_progress.h"
#include "tests/support/catch.h"

namespace seekd::client {
namespace {

ProgressReport Reading(double fraction, int64_t bytes, int64_t chunks) {
  ProgressReport report;
  report.phase = "reading";
  report.item_noun = "files";
  report.items_done = 1204;
  report.items_total = 2310;
  report.bytes_done = bytes;
  report.bytes_total = 100'000'000;
  report.chunks_done = chunks;
  report.fraction = fraction;
  return report;
}

CATCH_TEST_CASE("rates and the remaining time come from the phase's own progress") {
  ProgressMeter meter;
  ProgressReport scanning;
  scanning.phase = "scanning";
  CATCH_CHECK(meter.Update(scanning, 100).seconds_left < 0);
  CATCH_CHECK(meter.Update(Reading(0, 0, 0), 110).bytes_per_second == 0);
  const auto rates = meter.Update(Reading(0.25, 24'200'000, 1660), 112);
  CATCH_CHECK(rates.bytes_per_second == Approx(12'100'000));
  CATCH_CHECK(rates.chunks_per_second == Approx(830));
  CATCH_CHECK(rates.seconds_left == Approx(6));
}

CATCH_TEST_CASE("a phase that began half done is judged by what it gained") {
  ProgressMeter meter;
  meter.Update(Reading(0.5, 0, 0), 0);
  CATCH_CHECK(meter.Update(Reading(0.75, 0, 0), 10).seconds_left == Approx(10));
}

CATCH_TEST_CASE("bar and line") {
  const ProgressMeter::Rates rates = {12'100'000, 830, 12.3};
  CATCH_CHECK(RenderProgressBar(Reading(0.5, 1, 1), rates, 200) ==
              "reading    [############............]   50 %  1,204/2,310 files  12.1 MB/s  "
              "830 chunks/s  ETA 12.3 s");
  CATCH_CHECK(RenderProgressLine(Reading(0.5, 1, 1), rates) ==
              "reading:  50 %, 1,204/2,310 files, 12.1 MB/s, 830 chunks/s, ETA 12.3 s");
  CATCH_CHECK(RenderProgressBar(Reading(0.5, 1, 1), rates, 20).size() == 20);
  CATCH_CHECK(RenderProgressBar(Reading(7, 1, 1), {}, 200).find("100 %") != std::string::npos);
}

CATCH_TEST_CASE("what is unknown is not shown") {
  ProgressReport report;
  report.phase = "scanning";
  report.item_noun = "files";
  report.items_done = 12;
  CATCH_CHECK(RenderProgressLine(report, {}) == "scanning: 12 files");
  CATCH_CHECK(RenderProgressBar(report, {}, 80) == "scanning   12 files");
  report.items_done = 0;
  CATCH_CHECK(RenderProgressLine(report, {}) == "scanning");
}

CATCH_TEST_CASE("a pipe gets each phase and a line now and then") {
  PlainLineGate gate(1, 5);
  ProgressReport report;
  report.phase = "scanning";
  CATCH_CHECK_FALSE(gate.ShouldPrint(report, 0.9));
  CATCH_CHECK(gate.ShouldPrint(report, 1));
  CATCH_CHECK_FALSE(gate.ShouldPrint(report, 4.9));
  report.phase = "reading";
  CATCH_CHECK(gate.ShouldPrint(report, 5.0));
  CATCH_CHECK_FALSE(gate.ShouldPrint(report, 9.9));
  CATCH_CHECK(gate.ShouldPrint(report, 10));
}

CATCH_TEST_CASE("reports of an index operation") {
  v1::IndexFolderMetadata metadata;
  metadata.set_phase(v1::IndexFolderMetadata::READING);
  metadata.set_files_found(10);
  metadata.set_files_done(4);
  metadata.set_bytes_found(1000);
  metadata.set_bytes_done(250);
  metadata.set_chunks_embedded(33);
  const ProgressReport reading = ToProgressReport(metadata);
  CATCH_CHECK(reading.phase == "reading");
  CATCH_CHECK(reading.fraction == Approx(0.25));
  CATCH_CHECK(reading.items_done == 4);
  CATCH_CHECK(reading.chunks_done == 33);

  metadata.set_phase(v1::IndexFolderMetadata::BUILDING);
  metadata.set_build_done(30);
  metadata.set_build_total(40);
  const ProgressReport building = ToProgressReport(metadata);
  CATCH_CHECK(building.phase == "building");
  CATCH_CHECK(building.fraction == Approx(0.75));
  CATCH_CHECK(building.item_noun == "nodes");

  metadata.set_bytes_found(0);
  metadata.set_phase(v1::IndexFolderMetadata::READING);
  CATCH_CHECK(ToProgressReport(metadata).fraction < 0);
}

CATCH_TEST_CASE("the outcome of an operation") {
  google::longrunning::Operation operation;
  operation.set_done(true);
  v1::IndexFolderResponse response;
  response.set_added_count(5);
  operation.mutable_response()->PackFrom(response);
  CATCH_REQUIRE(ResultOf<v1::IndexFolderResponse>(operation).ok());
  CATCH_CHECK(ResultOf<v1::IndexFolderResponse>(operation)->added_count() == 5);
  operation.mutable_error()->set_code(9);
  operation.mutable_error()->set_message("disk full");
  CATCH_CHECK(ResultOf<v1::IndexFolderResponse>(operation).status() ==
              absl::FailedPreconditionError("disk full"));
  CATCH_CHECK_FALSE(ResultOf<v1::IndexFolderResponse>(google::longrunning::Operation()).ok());
}

}  // namespace
}  // namespace seekd::client
