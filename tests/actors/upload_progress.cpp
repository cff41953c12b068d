// What an upload takes from its source, and when its origin counts as silent, in virtual time.
#include <sluice/actors/connection/upload.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <span>
#include <string>

using namespace std::chrono_literals;
using namespace sluice;

namespace {

piece piece_of(std::size_t size, bool end) { return {chunk::copy_of(std::string(size, 'u')), end, {}}; }

const upload::time_point start{1000s};
constexpr auto allowed = 60'000ms;
} // namespace

BOOST_AUTO_TEST_SUITE(upload_progress)

BOOST_AUTO_TEST_CASE(a_request_without_a_body_never_waits) {
  BOOST_TEST((upload{}.silence_ends(allowed) == upload::never));
}

BOOST_AUTO_TEST_CASE(time_counts_from_the_last_byte_that_left) {
  upload upload_state;
  upload_state.begin(start);
  BOOST_TEST((upload_state.silence_ends(allowed) == start + allowed));
  BOOST_TEST((upload_state.silence_ends(0ms) == upload::never));
  upload_state.watch(start + 1s, 5000);
  BOOST_TEST(!upload_state.moved(start + 2s, 5000));
  BOOST_TEST((upload_state.silence_ends(allowed) == start + 1s + allowed));
  BOOST_TEST(upload_state.moved(start + 3s, 4999));
  BOOST_TEST((upload_state.silence_ends(allowed) == start + 3s + allowed));
}

BOOST_AUTO_TEST_CASE(a_source_that_has_nothing_and_an_answer_that_is_awaited_stop_the_clock) {
  upload upload_state;
  upload_state.begin(start);
  upload_state.pulling = true;
  BOOST_TEST((upload_state.silence_ends(allowed) == upload::never));
  upload_state.pulling = false;
  upload_state.continue_at = upload::until_answered;
  BOOST_TEST((upload_state.silence_ends(allowed) == upload::never));
}

BOOST_AUTO_TEST_CASE(it_has_left_once_all_was_given_and_nothing_is_held) {
  upload upload_state;
  upload_state.begin(start);
  upload_state.watch(start, 100);
  BOOST_TEST(upload_state.moved(start, 0));
  BOOST_TEST(!upload_state.left); // more may come
  upload_state.given = true;
  upload_state.watch(start, 100);
  BOOST_TEST(upload_state.moved(start + 1s, 0));
  BOOST_TEST(upload_state.left);
  BOOST_TEST((upload_state.silence_ends(allowed) == upload::never));
}

BOOST_AUTO_TEST_CASE(a_body_in_memory_is_given_in_pieces) {
  const std::string text(150'000, 'u');
  const auto body = std::as_bytes(std::span{text});
  upload upload_state;
  for (const std::size_t size : {65'536u, 65'536u, 18'928u, 0u}) {
    const auto before = static_cast<std::size_t>(upload_state.bytes);
    const auto next = upload_state.next_of(body);
    BOOST_TEST(next.size() == size);
    BOOST_TEST((next.data() == body.data() + before));
  }
}

BOOST_AUTO_TEST_CASE(a_source_gives_exactly_what_was_announced) {
  upload upload_state;
  BOOST_TEST(!upload_state.accept(piece_of(60'000, false), std::uint64_t{100'000}));
  BOOST_TEST(!upload_state.accept(piece_of(40'000, true), std::uint64_t{100'000}));
  BOOST_TEST(upload_state.bytes == std::uint64_t{100'000});
}

BOOST_AUTO_TEST_CASE(a_source_that_breaks_its_word_is_told_how) {
  const auto refused = [](const piece& got, maybe<std::uint64_t> length) {
    const auto why = upload{}.accept(got, length);
    BOOST_TEST((why.code == errc::invalid_request));
    return why.detail;
  };
  BOOST_TEST(refused(piece_of(11, false), std::uint64_t{10})
             == "the source of the request body gave 11 bytes or more, but 10 were announced");
  BOOST_TEST(refused(piece_of(9, true), std::uint64_t{10})
             == "the source of the request body gave 9 bytes in all, but 10 were announced");
  BOOST_TEST(refused(piece_of(65'537, false), {})
             == "the source of the request body gave 65537 bytes at once, where at most 65536 were asked for");
}

BOOST_AUTO_TEST_SUITE_END()
