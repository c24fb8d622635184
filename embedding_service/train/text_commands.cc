#include <iostream>
#include <memory>

#include "embedding_service/train/average_tables.h"
#include "embedding_service/train/commands.h"
#include "embedding_service/train/make_pairs.h"
#include "embedding_service/train/make_vocabulary.h"

namespace seekd::train {

void AddPairsCommand(CLI::App* app, absl::Status* status) {
  CLI::App* command = app->add_subcommand("pairs", "Make training pairs out of a folder");
  const auto options = std::make_shared<MakePairsOptions>();
  command->add_option("--text", options->text_folder, "Folder of documents");
  command->add_option("--collection", options->collection_folder, "Folder of a test collection");
  command->add_option("--out", options->out, "File")->required();
  command->add_flag("!--no-titles", options->titles, "Not title and text of a collection");
  command->add_option("--max-pairs", options->max_pairs, "0: all");
  command->add_option("--max-sections", options->documents.max_sections, "Of a document");
  command->add_option("--max-sentences", options->documents.max_sentences, "Of a document");
  command->add_option("--passage-bytes", options->documents.passage_bytes, "At most");
  command->add_option("--seed", options->seed);
  command->callback([=] {
    const absl::StatusOr<uint64_t> count = MakePairs(*options);
    *status = count.status();
    if (count.ok()) std::cout << options->out << ": " << *count << " pairs" << std::endl;
  });
}

void AddVocabularyCommand(CLI::App* app, absl::Status* status) {
  CLI::App* command = app->add_subcommand("vocabulary", "Learn a WordPiece vocabulary");
  const auto options = std::make_shared<MakeVocabularyOptions>();
  command->add_option("--pairs", options->pairs, "Files of pairs");
  command->add_option("--text", options->texts, "Files of words");
  command->add_option("--size", options->vocabulary.size, "Tokens");
  command->add_option("--max-characters", options->vocabulary.max_characters);
  command->add_option("--min-count", options->vocabulary.min_count, "Of a pair that is merged");
  command->add_option("--out", options->out, "Folder")->required();
  command->callback([=] {
    const absl::StatusOr<size_t> size = MakeVocabulary(*options);
    *status = size.status();
    if (size.ok()) std::cout << options->out << ": " << *size << " tokens" << std::endl;
  });
}

void AddAverageCommand(CLI::App* app, absl::Status* status) {
  CLI::App* command = app->add_subcommand("average", "Take the mean of static models");
  const auto models = std::make_shared<std::vector<std::string>>();
  const auto out = std::make_shared<std::string>();
  command->add_option("--models", *models, "Folders")->required();
  command->add_option("--out", *out, "Folder")->required();
  command->callback([=] { *status = AverageTables(*models, *out); });
}

}  // namespace seekd::train
