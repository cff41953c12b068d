// Fetches the URL given on the command line and prints `<status> <bytes of the body>`.
// Knows sluice only through its installed headers.
#include <sluice/actors/blocking.hpp>

#include <iostream>

namespace {

int give_up(const sluice::failure& why) {
  std::cerr << "fetch: " << to_string(why) << '\n';
  return 1;
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: fetch URL\n";
    return 2;
  }
  sluice::blocking::client client;
  auto response = client.get(argv[1]);
  if (!response)
    return give_up(response.error());
  std::size_t total = 0;
  for (;;) {
    auto piece = response->read();
    if (!piece)
      return give_up(piece.error());
    if (piece->empty())
      break;
    total += piece->size();
  }
  std::cout << response->head.status << ' ' << total << '\n';
}
