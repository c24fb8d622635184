#include "server/response_mailbox.h"

#include <random>
#include <vector>

#include "tests/support/catch.h"

namespace seekd {
namespace {

using Mailbox = ResponseMailbox<int>;
using Action = Mailbox::Action;

CATCH_TEST_CASE("ResponseMailbox: a fast reader gets every answer, then the end") {
  Mailbox mailbox;
  for (int i = 1; i <= 3; ++i) {
    CATCH_CHECK(mailbox.Offer(i) == Action::kWrite);
    CATCH_CHECK(mailbox.message() == i);
    CATCH_CHECK(mailbox.WriteDone(true) == Action::kNothing);
  }
  CATCH_CHECK(mailbox.End(absl::OkStatus()) == Action::kFinish);
  CATCH_CHECK(mailbox.status().ok());
}

CATCH_TEST_CASE("ResponseMailbox: a slow reader gets the newest, and always the last") {
  Mailbox mailbox;
  CATCH_CHECK(mailbox.Offer(1) == Action::kWrite);
  for (int i = 2; i <= 9; ++i) CATCH_CHECK(mailbox.Offer(i) == Action::kNothing);
  CATCH_CHECK(mailbox.message() == 1);  // on its way, unchanged
  CATCH_CHECK(mailbox.End(absl::OkStatus()) == Action::kNothing);
  CATCH_CHECK(mailbox.WriteDone(true) == Action::kWrite);
  CATCH_CHECK(mailbox.message() == 9);
  CATCH_CHECK(mailbox.WriteDone(true) == Action::kFinish);
  CATCH_CHECK(mailbox.status().ok());
}

CATCH_TEST_CASE("ResponseMailbox: an error drops what waits") {
  Mailbox mailbox;
  mailbox.Offer(1);
  mailbox.Offer(2);
  CATCH_CHECK(mailbox.End(absl::DataLossError("codes.bin")) == Action::kNothing);
  CATCH_CHECK(mailbox.WriteDone(true) == Action::kFinish);
  CATCH_CHECK(mailbox.status() == absl::DataLossError("codes.bin"));
}

CATCH_TEST_CASE("ResponseMailbox: without a reader nothing more is written, the end is awaited") {
  Mailbox mailbox;
  mailbox.Offer(1);
  CATCH_CHECK(mailbox.WriteDone(false) == Action::kNothing);
  CATCH_CHECK(mailbox.Offer(2) == Action::kNothing);
  CATCH_CHECK(mailbox.End(absl::OkStatus()) == Action::kFinish);
  CATCH_CHECK(absl::IsCancelled(mailbox.status()));
}

CATCH_TEST_CASE("ResponseMailbox: in any order, answers ascend, the last comes, the end once") {
  for (uint32_t seed = 0; seed < 500; ++seed) {
    std::mt19937 random(seed);
    Mailbox mailbox;
    std::vector<int> written;
    bool writing = false;
    int finished = 0;
    const auto act = [&](Action action) {
      if (action == Action::kWrite) {
        CATCH_REQUIRE_FALSE(writing);
        writing = true;
        written.push_back(mailbox.message());
      }
      finished += action == Action::kFinish ? 1 : 0;
    };
    const int offers = 1 + static_cast<int>(random() % 6);
    for (int next = 1; next <= offers + 1;) {
      if (writing && random() % 2 == 0) {
        writing = false;
        act(mailbox.WriteDone(true));
      } else if (next <= offers) {
        act(mailbox.Offer(next++));
      } else {
        act(mailbox.End(absl::OkStatus()));
        ++next;
      }
    }
    while (writing) {
      writing = false;
      act(mailbox.WriteDone(true));
    }
    CATCH_CHECK(finished == 1);
    CATCH_CHECK(std::is_sorted(written.begin(), written.end()));
    CATCH_CHECK(written.back() == offers);
  }
}

}  // namespace
}  // namespace seekd
