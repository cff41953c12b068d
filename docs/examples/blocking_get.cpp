// Fetches a URL without actors, and writes its body to standard output.
// usage: example_blocking_get URL
#include <sluice/actors/blocking.hpp>

#include <iostream>

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: " << argv[0] << " URL\n";
    return 2;
  }
  sluice::blocking::client http;
  auto response = http.get(argv[1]);
  if (!response) {
    std::cerr << to_string(response.error()) << '\n'; // its code, who caused it, and a sentence
    return 1;
  }
  std::cerr << response->head.status << ' ' << response->head.reason << '\n';
  for (;;) {
    auto piece = response->read(); // the previous piece now counts as consumed: the origin may send more
    if (!piece) {
      std::cerr << to_string(piece.error()) << '\n';
      return 1;
    }
    if (piece->empty())
      return 0; // the end of the body; a body that was cut short is an error
    std::cout << piece->text();
  }
}
