// Claims about the messages of TLS that may come after a handshake.
#include <sluice/protocols/quic/handshake_watch.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>
#include <string_view>

using watch = sluice::quic::handshake_watch;

namespace {

std::string message(std::uint8_t type, std::size_t n) {
  return std::string{static_cast<char>(type), static_cast<char>(n >> 16), static_cast<char>(n >> 8),
                     static_cast<char>(n)}
         + std::string(n, '\x18');
}
int refused(std::string_view bytes, std::size_t cut, std::optional<std::uint8_t> allowed = watch::new_session_ticket) {
  watch watched;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(cut, bytes.size())))
    if (const auto type = watched.receive(std::as_bytes(std::span{bytes.data(), std::min(cut, bytes.size())}), allowed))
      return *type;
  return -1;
}

} // namespace

BOOST_AUTO_TEST_SUITE(handshake_watch)

BOOST_AUTO_TEST_CASE(tickets_pass_and_anything_else_is_told_by_its_type) {
  const auto tickets = message(4, 300) + message(4, 0) + message(4, 70'000);
  for (std::size_t cut : {1u, 3u, 64u, 1u << 20}) {
    BOOST_TEST(refused(tickets, cut) == -1);
    BOOST_TEST(refused(tickets + message(24, 1), cut) == 24);
    BOOST_TEST(refused(tickets + "\x01", cut) == 1);
  }
}

BOOST_AUTO_TEST_CASE(where_nothing_is_allowed_the_first_byte_is_refused) {
  BOOST_TEST(refused(message(4, 3), 1, std::nullopt) == 4);
}

BOOST_AUTO_TEST_SUITE_END()
