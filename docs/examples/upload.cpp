// Uploads what an actor of this program produces, piece by piece. It is asked for more only as the socket drains.
// usage: example_upload URL [LINES]
#include <sluice/actors/blocking.hpp>

#include <cstdlib>
#include <iostream>

namespace {

struct counting_state {
  static inline const char* name = "counting";
  std::uint64_t next = 0;
};

/// A body_source that gives the lines "0", "1", ... one read at a time. An error instead of a piece would end the
/// exchange with errc::consumer_failed.
sluice::body_source::behavior_type count_lines(sluice::body_source::stateful_pointer<counting_state> self,
                                               std::uint64_t lines) {
  return {[self, lines](sluice::read_atom, sluice::decoded_bytes most) -> caf::result<sluice::piece> {
    auto& next = self->state.next;
    std::string text;
    while (next < lines && text.size() + 21 <= most.value)
      text += std::to_string(next++) + '\n';
    if (text.empty())
      return sluice::piece{{}, true}; // the end
    return sluice::piece{sluice::chunk::copy_of(text), false};
  }};
}

} // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: " << argv[0] << " URL [LINES]\n";
    return 2;
  }
  const std::uint64_t lines = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 100000;
  caf::actor_system_config settings;
  sluice::configure(settings);
  caf::actor_system system{settings};
  sluice::runtime loops{system};
  auto http = loops.spawn_client();
  if (!http) {
    std::cerr << to_string(http.error()) << '\n';
    return 1;
  }

  sluice::request upload;
  upload.method = "POST";
  upload.url = argv[1];
  upload.fields.add("Content-Type", "text/plain");
  upload.body = sluice::request_body::from(system.spawn(count_lines, lines)); // no length given: sent chunked

  caf::scoped_actor self{system};
  int status = 1;
  self->request(*http, caf::infinite, std::move(upload))
      .receive(
          [&](sluice::response& got) { // the body is not read: dropping its handle cancels it
            std::cout << got.head.status << ' ' << got.head.reason << '\n';
            status = got.head.status < 300 ? 0 : 1;
          },
          [&](caf::error& why) { std::cerr << to_string(sluice::failure_of(why)) << '\n'; });
  return status;
}
