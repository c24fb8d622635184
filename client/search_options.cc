#include "client/search_options.h"

#include <map>
#include <string>

namespace seekd::client {

void SearchFlags::Apply(v1::SearchRequest* request) const {
  request->set_strategy(strategy);
  request->set_recall_target(recall_target);
  if (no_cache) request->mutable_tuning()->set_disable_cache(true);
}

void AddSearchFlags(CLI::App* command, SearchFlags* flags) {
  static const std::map<std::string, v1::Strategy> kStrategies = {
      {"frugal", v1::FRUGAL}, {"exact", v1::EXACT}, {"flat", v1::FLAT}, {"brute", v1::BRUTE}};
  command
      ->add_option_function<std::string>(
          "--strategy",
          [flags](const std::string& name) { flags->strategy = kStrategies.at(name); },
          "How to search (default: frugal)")
      ->check(CLI::IsMember({"frugal", "exact", "flat", "brute"}));
  command->add_option("--recall", flags->recall_target, "Share of the true best hits to aim for")
      ->check(CLI::Range(0.5, 0.99))
      ->type_name("0.5..0.99");
  command->add_flag("--no-cache", flags->no_cache, "Recompute what is cached, too");
}

}  // namespace seekd::client
