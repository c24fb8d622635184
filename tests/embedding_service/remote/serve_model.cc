// Serves a model folder to a black-box test until its standard input ends:
//   serve_model FOLDER [PORT]
// Prints its port.
#include <cstdlib>
#include <iostream>
#include <string>

#include "tests/embedding_service/remote/inference_test_server.h"

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  seekd::testing::TestServerOptions options;
  if (argc > 2) options.port = std::atoi(argv[2]);
  options.special_tokens = false;
  const seekd::testing::InferenceTestServer server(argv[1], options);
  std::cout << server.port() << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
  }
}
