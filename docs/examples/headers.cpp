// A typed actor in front of a client. Only CAF's types and sluice's appear in its interface.
// It also checks that the headers for programs include neither Asio nor a C library.
// usage: example_headers URL
#include <sluice/actors/blocking.hpp>
#include <sluice/actors/client_config.hpp>
#include <sluice/actors/for_each.hpp>
#include <sluice/actors/runtime.hpp>
#include <sluice/messages/errors.hpp>
#include <sluice/messages/interfaces.hpp>
#include <sluice/messages/values.hpp>

#include <iostream>

#if defined(ASIO_VERSION) || defined(ZLIB_VERSION) || defined(BROTLI_DEC_DECODE_H_) || defined(ZSTD_VERSION_MAJOR)     \
    || defined(LIBWOLFSSL_VERSION_HEX) || defined(ARES__H) || defined(IDN2_H)
#error "a public header includes Asio, zlib, brotli, zstd, wolfSSL, c-ares or libidn2"
#endif

namespace {

/// Takes a URL, answers with the size of its body in decoded bytes. `sluice::rpc` is CAF's replies_to, written as a
/// function type.
using measurer = caf::typed_actor<sluice::rpc<sluice::decoded_bytes(std::string)>>;
static_assert(std::is_same_v<measurer, caf::typed_actor<caf::replies_to<std::string>::with<sluice::decoded_bytes>>>);

measurer::behavior_type measure(measurer::pointer self, const sluice::client& http) {
  return {[self, http](std::string& url) -> caf::result<sluice::decoded_bytes> {
    auto promise = self->make_response_promise<sluice::decoded_bytes>();
    sluice::request wanted;
    wanted.url = std::move(url);
    self->request(http, caf::infinite, std::move(wanted))
        .then(
            [self, promise](sluice::response& got) mutable {
              auto total = std::make_shared<sluice::decoded_bytes>();
              sluice::for_each(
                  self, got.body, [total](const sluice::chunk& data) { *total += sluice::decoded_bytes{data.size()}; },
                  [promise, total](const sluice::failure& why) mutable {
                    if (why)
                      promise.deliver(sluice::make_error(why));
                    else
                      promise.deliver(*total);
                  });
            },
            [promise](caf::error& why) mutable { promise.deliver(std::move(why)); });
    return promise;
  }};
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: " << argv[0] << " URL\n";
    return 2;
  }
  caf::actor_system_config settings;
  sluice::configure(settings);
  caf::actor_system system{settings};
  sluice::runtime loops{system};
  sluice::client_config config; // a value out of range is an error that names the field
  config.first_window = sluice::wire_bytes{32u << 10};
  auto http = loops.spawn_client(config);
  if (!http) {
    std::cerr << to_string(http.error()) << '\n';
    return 1;
  }
  caf::scoped_actor self{system};
  int status = 1;
  self->request(system.spawn(measure, *http), caf::infinite, std::string{argv[1]})
      .receive(
          [&](sluice::decoded_bytes n) {
            std::cout << to_string(n) << " bytes\n";
            status = 0;
          },
          [&](caf::error& why) { std::cerr << to_string(sluice::failure_of(why)) << '\n'; });
  return status;
}
