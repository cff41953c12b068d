// What a response's field sections become, and what is said of one that stays incomplete.
#include <sluice/protocols/http/arriving_response.hpp>

#include <boost/test/unit_test.hpp>

#include <initializer_list>

using namespace sluice;
using namespace sluice::http;

namespace {

using arriving = arriving_response; // the suite has the name itself

struct listener final : engine_events {
  std::string told;
  void on_interim(std::uint32_t, response_head&& head) override {
    told += "interim " + std::to_string(head.status) + ";";
  }
  void on_head(std::uint32_t index, response_head&& head) override {
    told += std::to_string(index) + ": head " + std::to_string(head.status) + " " + head.fields.combined("a") + ";";
  }
  void on_body(std::uint32_t, std::span<const std::byte>) override {}
  void on_end(std::uint32_t, fields&&) override {}
  void on_failure(std::uint32_t, failure&&, bool, bool) override {}
  void on_closed(std::uint32_t, bool) override {}
  void on_trace(std::uint32_t, std::string&&) override {}
};

/// False as end_section() says it, with room for one interim response.
bool take(arriving& answer, listener& sink, std::initializer_list<field> lines) {
  answer.section = std::make_unique<field_section>();
  for (const auto& line : lines)
    answer.add_line(line.name, line.value, 1000, 9);
  return answer.end_section(sink, version::http2, 1);
}

arriving answer_to(std::string method) {
  arriving answer;
  answer.index = 7;
  answer.method = std::move(method);
  return answer;
}

} // namespace

BOOST_AUTO_TEST_SUITE(arriving_response)

BOOST_AUTO_TEST_CASE(sections_are_interim_responses_then_the_head_then_trailers) {
  auto answer = answer_to("GET");
  listener sink;
  BOOST_TEST(answer.silent());
  BOOST_TEST(take(answer, sink, {{":status", "103"}}));
  BOOST_TEST(!answer.silent());
  BOOST_TEST(take(answer, sink, {{":status", "200"}, {"content-length", "5"}, {"a", "b"}}));
  BOOST_TEST(take(answer, sink, {{"sum", "1"}}));
  BOOST_TEST(sink.told == "interim 103;7: head 200 b;");
  BOOST_TEST(answer.trailers.get("sum").value_or("") == "1");
  BOOST_TEST(answer.length.value_or(0) == 5u);
}

BOOST_AUTO_TEST_CASE(a_response_is_whole_with_the_length_it_promised) {
  auto answer = answer_to("GET");
  listener sink;
  BOOST_TEST(!answer.is_whole());
  take(answer, sink, {{":status", "200"}, {"content-length", "5"}});
  BOOST_TEST(!answer.is_whole());
  answer.received = 5;
  BOOST_TEST(answer.is_whole());
  answer.cancelled = true;
  BOOST_TEST(!answer.is_whole());
  auto bodiless = answer_to("HEAD");
  take(bodiless, sink, {{":status", "200"}, {"content-length", "5"}});
  BOOST_TEST(bodiless.is_whole());
}

BOOST_AUTO_TEST_CASE(a_line_that_cannot_be_taken_drops_its_section) {
  auto answer = answer_to("GET");
  listener sink;
  BOOST_TEST(take(answer, sink, {{":status", "200"}, {"a b", "c"}}));
  BOOST_TEST((answer.problem.code == errc::malformed_header));
  BOOST_TEST(sink.told.empty());
  BOOST_TEST(!answer.is_whole());
}

BOOST_AUTO_TEST_CASE(interim_responses_have_a_bound) {
  auto answer = answer_to("GET");
  listener sink;
  BOOST_TEST(take(answer, sink, {{":status", "103"}}));
  BOOST_TEST(!take(answer, sink, {{":status", "103"}}));
  BOOST_TEST((answer.problem.code == errc::too_many_interim_responses));
  BOOST_TEST(sink.told == "interim 103;");
}

BOOST_AUTO_TEST_CASE(reasons_say_what_was_known) {
  auto answer = answer_to("GET");
  listener sink;
  BOOST_TEST(answer.reason_of_end({}, "it went away").detail == "the origin closed the connection; it went away");
  take(answer, sink, {{":status", "200"}, {"content-length", "5"}});
  answer.received = 3;
  failure why{errc::stream_reset, caused_by::remote, "reset"};
  answer.add_progress(why);
  BOOST_TEST(why.detail == "reset; the body is incomplete after 3 bytes");
  BOOST_TEST(answer.wrong_length().detail.find("the 5 bytes that Content-Length promised; 3 bytes")
             != std::string::npos);
  answer.problem = why;
  BOOST_TEST(
      (answer.reason_of_end({errc::peer_silent, caused_by::transport, "silent"}, "").code == errc::stream_reset));
}

BOOST_AUTO_TEST_SUITE_END()
