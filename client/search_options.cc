#include "client/search_options.h"

#include <map>
#include <string>
#include <vector>

namespace seekd::client {
namespace {

// An option whose value is one of the names of an enum.
template <typename Enum>
void AddNamedOption(CLI::App* command, const char* name, const char* help,
                    const std::map<std::string, Enum>& values, Enum* value) {
  std::vector<std::string> names;
  for (const auto& [each, unused] : values) names.push_back(each);
  command
      ->add_option_function<std::string>(
          name, [values, value](const std::string& given) { *value = values.at(given); }, help)
      ->check(CLI::IsMember(names));
}

}  // namespace

void SearchFlags::Apply(v1::SearchRequest* request) const {
  request->set_strategy(strategy);
  request->set_recall_target(recall_target);
  request->set_exact_scores(exact_scores);
  if (no_cache) request->mutable_tuning()->set_disable_cache(true);
  if (beam_width > 0) request->mutable_tuning()->set_beam_width(beam_width);
  if (batch_rows > 0) request->mutable_tuning()->set_batch_rows(batch_rows);
  if (rerank_ratio > 0) request->mutable_tuning()->set_rerank_ratio(rerank_ratio);
  if (first_stage != v1::FIRST_STAGE_UNSPECIFIED) {
    request->mutable_tuning()->set_first_stage(first_stage);
  }
}

void AddSearchFlags(CLI::App* command, SearchFlags* flags) {
  AddNamedOption<v1::Strategy>(command, "--strategy", "How to search (default: frugal)",
                               {{"frugal", v1::FRUGAL},
                                {"exact", v1::EXACT},
                                {"flat", v1::FLAT},
                                {"brute", v1::BRUTE},
                                {"two_level", v1::TWO_LEVEL}},
                               &flags->strategy);
  command->add_option("--recall", flags->recall_target, "Share of the true best hits to aim for")
      ->check(CLI::Range(0.5, 0.99))
      ->type_name("0.5..0.99");
  command->add_flag("--no-cache", flags->no_cache, "Recompute what is cached, too");
  command->add_flag("--exact-scores", flags->exact_scores,
                    "Recompute every hit, also those that the codes are sure of");
  // For measurements.
  AddNamedOption<v1::FirstStage>(
      command, "--first-stage", "frugal, flat: where candidates come from (default: auto)",
      {{"auto", v1::FIRST_STAGE_UNSPECIFIED}, {"beam", v1::BEAM}, {"scan", v1::SCAN}},
      &flags->first_stage);
  command
      ->add_option("--rerank-ratio", flags->rerank_ratio,
                   "two_level: share of the approximate queue to recompute")
      ->check(CLI::Range(0.0, 1.0))
      ->type_name("0..1");
  command
      ->add_option("--beam-width", flags->beam_width,
                   "frugal, flat: candidates; exact, two_level: nodes of the queue")
      ->check(CLI::Range(1, 1'000'000))
      ->type_name("N");
  command->add_option("--batch-rows", flags->batch_rows, "Embeddings recomputed at once")
      ->check(CLI::Range(1, 4096))
      ->type_name("N");
}

}  // namespace seekd::client
