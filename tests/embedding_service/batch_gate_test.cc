#include "embedding_service/batch_gate.h"

#include "tests/support/catch.h"

namespace seekd {
namespace {

CATCH_TEST_CASE("before the first batch nobody waits", "[batch_gate]") {
  BatchGate gate;
  CATCH_CHECK(gate.WaitUs(0) == 0);
  gate.Arrived();
  CATCH_CHECK(gate.WaitUs(0) == 0);
}

CATCH_TEST_CASE("a batch waits for as many as were answered", "[batch_gate]") {
  BatchGate gate;
  gate.Answered(3, 1000, 500);
  for (int i = 0; i < 3; ++i) {
    CATCH_CHECK(gate.WaitUs(1100) == 400);
    gate.Arrived();
  }
  CATCH_CHECK(gate.WaitUs(1100) == 0);
  gate.Arrived();  // one more than were answered
  CATCH_CHECK(gate.WaitUs(1100) == 0);
}

CATCH_TEST_CASE("not longer than the patience", "[batch_gate]") {
  BatchGate gate;
  gate.Answered(3, 1000, 500);
  CATCH_CHECK(gate.WaitUs(1000) == 500);
  CATCH_CHECK(gate.WaitUs(1499) == 1);
  CATCH_CHECK(gate.WaitUs(1500) == 0);
  CATCH_CHECK(gate.WaitUs(9000) == 0);
}

CATCH_TEST_CASE("those of an earlier batch are not awaited any more", "[batch_gate]") {
  BatchGate gate;
  gate.Answered(8, 1000, 500);
  gate.Answered(1, 2000, 500);
  CATCH_CHECK(gate.WaitUs(2000) == 500);
  gate.Arrived();
  CATCH_CHECK(gate.WaitUs(2000) == 0);
}

CATCH_TEST_CASE("no patience, no wait", "[batch_gate]") {
  BatchGate gate;
  gate.Answered(8, 1000, 0);
  CATCH_CHECK(gate.WaitUs(1000) == 0);
  gate.Answered(8, 1000, BatchGate::kLeastPatienceUs - 1);
  CATCH_CHECK(gate.WaitUs(1000) == 0);
  gate.Answered(8, 1000, BatchGate::kLeastPatienceUs);
  CATCH_CHECK(gate.WaitUs(1000) == BatchGate::kLeastPatienceUs);
}

}  // namespace
}  // namespace seekd
