// Messages that cross nodes: what is out of range in them is refused by name where they arrive, and none fails to load.
// CAF drops a message that does, and whoever asked would wait for ever.
#include "fixture.hpp"

#include <sluice/messages/bounds.hpp>

#include <caf/binary_deserializer.hpp>
#include <caf/binary_serializer.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>
#include <vector>

using namespace sluice;
using namespace sluice::tests;

namespace {

struct wire_format {
  system_settings settings;
  caf::actor_system system{settings};

  template <class T>
  std::vector<char> stored(T value) {
    std::vector<char> bytes;
    caf::binary_serializer sink{system, bytes};
    const auto problem = sink(value);
    BOOST_TEST(!problem, system.render(problem));
    return bytes;
  }
  template <class T>
  T loaded(const std::vector<char>& bytes) {
    T value;
    caf::binary_deserializer source{system, bytes};
    const auto problem = source(value);
    BOOST_TEST(!problem, system.render(problem));
    return value;
  }
  template <class T>
  T carried(T value) {
    return loaded<T>(stored(std::move(value)));
  }
};

constexpr wire_bytes any_window{1u << 20};

chunk zeros(std::size_t n) { return chunk::copy_of(std::string(n, '\0')); }

} // namespace

BOOST_AUTO_TEST_SUITE(messages)

BOOST_AUTO_TEST_CASE(a_request_arrives_as_it_was_made) {
  wire_format f;
  request outgoing;
  outgoing.method = "PUT";
  outgoing.url = "http://example.org/";
  outgoing.fields.add("A", "b");
  outgoing.body = request_body::of("body");
  outgoing.deadlines.upload_silence = std::chrono::milliseconds{17};
  outgoing.read = {wire_bytes{4096}, false};
  outgoing.priority = http::priority{1, true};
  outgoing.redirects = {true, 7, true, false, true, true, redirect_targets::any};
  outgoing.retries.attempts = 3;
  outgoing.retries.total_time = std::chrono::milliseconds{19};
  outgoing.retries.further_statuses = {404, 521};
  const auto arrived = f.carried(outgoing);
  BOOST_TEST(arrived.redirects.follow);
  BOOST_TEST(arrived.redirects.limit == 7u);
  BOOST_TEST((arrived.redirects.keep_post_301 && !arrived.redirects.keep_post_302 && arrived.redirects.keep_post_303));
  BOOST_TEST(arrived.redirects.trust_other_origins);
  BOOST_TEST((arrived.redirects.targets == redirect_targets::any));
  BOOST_TEST(arrived.retries.attempts == 3u);
  BOOST_TEST(arrived.retries.total_time.count() == 19);
  BOOST_TEST((arrived.retries.further_statuses == outgoing.retries.further_statuses));
  BOOST_TEST(arrived.method == outgoing.method);
  BOOST_TEST(arrived.url == outgoing.url);
  BOOST_TEST((arrived.fields == outgoing.fields));
  BOOST_TEST(arrived.body.bytes.text() == "body");
  BOOST_TEST(arrived.body.present);
  BOOST_TEST(arrived.deadlines.upload_silence.count() == 17);
  BOOST_TEST(arrived.read.window.value == 4096u);
  BOOST_TEST((arrived.priority && *arrived.priority == *outgoing.priority));
  BOOST_TEST(to_string(check(arrived, any_window)) == "none");
}

BOOST_AUTO_TEST_CASE(a_body_too_large_for_a_message_is_refused_by_name_where_it_arrives) {
  wire_format f;
  request outgoing;
  outgoing.url = "http://example.org/";
  outgoing.body = request_body::of(zeros(chunk_limit_bytes));
  BOOST_TEST(to_string(check(f.carried(outgoing), any_window)) == "none");
  outgoing.body = request_body::of(zeros(chunk_limit_bytes + 1));
  BOOST_TEST(to_string(check(outgoing, any_window)) == "none"); // inside the process it may be any size
  const auto bytes = f.stored(outgoing);
  BOOST_TEST(bytes.size() < 1000u);
  const auto problem = check(f.loaded<request>(bytes), any_window);
  BOOST_TEST((problem.code == errc::limit_exceeded));
  BOOST_TEST(problem.detail.find("request.body.bytes has 4194305 bytes") != std::string::npos, problem.detail);
  BOOST_TEST(!check(f.carried(f.carried(outgoing)), any_window).detail.empty()); // also after a further node
}

BOOST_AUTO_TEST_CASE(a_piece_too_large_for_a_message_is_refused_where_it_arrives) {
  wire_format f;
  BOOST_TEST(f.carried(piece{zeros(chunk_limit_bytes)}).data.size() == chunk_limit_bytes);
  const auto arrived = f.carried(piece{zeros(chunk_limit_bytes + 1)});
  BOOST_TEST(arrived.data.empty());
  BOOST_TEST((check(arrived).code == errc::limit_exceeded));
}

BOOST_AUTO_TEST_CASE(a_request_of_another_version_is_refused_by_name) {
  wire_format f;
  request outgoing;
  outgoing.url = "http://example.org/";
  outgoing.message_version = 1;
  const auto problem = check(f.carried(outgoing), any_window);
  BOOST_TEST((problem.code == errc::invalid_request));
  BOOST_TEST(problem.detail.find("version 1") != std::string::npos, problem.detail);
}

BOOST_AUTO_TEST_CASE(enumerators_that_do_not_exist_are_replaced) {
  wire_format f;
  for (int i = 0; i < 256; ++i) {
    const auto code = static_cast<errc>(i);
    const auto arrived = f.carried(failure{code, static_cast<caused_by>(i), "why"});
    BOOST_TEST((std::string_view{to_string(arrived.code)} != "unknown"));
    BOOST_TEST((std::string_view{to_string(arrived.by)} != "unknown"));
    BOOST_TEST((arrived.code == code || arrived.code == errc::internal));
    BOOST_TEST(arrived.detail == "why");
    http::response_head head;
    head.version = static_cast<http::version>(i);
    BOOST_TEST((std::string_view{http::to_string(f.carried(head).version)} != "unknown"));
    redirect_policy redirects;
    redirects.targets = static_cast<redirect_targets>(i);
    BOOST_TEST((f.carried(redirects).targets <= redirect_targets::any));
    trace event;
    event.kind = static_cast<trace_kind>(i);
    BOOST_TEST((f.carried(event).kind <= trace_kind::redirected));
  }
}

BOOST_AUTO_TEST_CASE(an_error_that_calls_itself_none_is_still_an_error) {
  BOOST_TEST((failure_of(make_error(failure{})).code == errc::internal));
  BOOST_TEST((failure_of(make_error({errc::refused, caused_by::remote, "no"})).code == errc::refused));
}

BOOST_AUTO_TEST_SUITE_END()
