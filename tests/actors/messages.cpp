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
  std::vector<char> stored(T x) {
    std::vector<char> bytes;
    caf::binary_serializer sink{system, bytes};
    const auto problem = sink(x);
    BOOST_TEST(!problem, system.render(problem));
    return bytes;
  }
  template <class T>
  T loaded(const std::vector<char>& bytes) {
    T x;
    caf::binary_deserializer source{system, bytes};
    const auto problem = source(x);
    BOOST_TEST(!problem, system.render(problem));
    return x;
  }
  template <class T>
  T carried(T x) {
    return loaded<T>(stored(std::move(x)));
  }
};

constexpr wire_bytes any_window{1u << 20};

chunk zeros(std::size_t n) { return chunk::copy_of(std::string(n, '\0')); }

} // namespace

BOOST_AUTO_TEST_SUITE(messages)

BOOST_AUTO_TEST_CASE(a_request_arrives_as_it_was_made) {
  wire_format f;
  request x;
  x.method = "PUT";
  x.url = "http://example.org/";
  x.fields.add("A", "b");
  x.body = request_body::of("body");
  x.deadlines.upload_silence = std::chrono::milliseconds{17};
  x.read = {wire_bytes{4096}, false};
  x.priority = http::priority{1, true};
  x.redirects = {true, 7, true, false, true, true, redirect_targets::any};
  x.retries.attempts = 3;
  x.retries.total_time = std::chrono::milliseconds{19};
  x.retries.further_statuses = {404, 521};
  const auto y = f.carried(x);
  BOOST_TEST(y.redirects.follow);
  BOOST_TEST(y.redirects.limit == 7u);
  BOOST_TEST((y.redirects.keep_post_301 && !y.redirects.keep_post_302 && y.redirects.keep_post_303));
  BOOST_TEST(y.redirects.trust_other_origins);
  BOOST_TEST((y.redirects.targets == redirect_targets::any));
  BOOST_TEST(y.retries.attempts == 3u);
  BOOST_TEST(y.retries.total_time.count() == 19);
  BOOST_TEST((y.retries.further_statuses == x.retries.further_statuses));
  BOOST_TEST(y.method == x.method);
  BOOST_TEST(y.url == x.url);
  BOOST_TEST((y.fields == x.fields));
  BOOST_TEST(y.body.bytes.text() == "body");
  BOOST_TEST(y.body.present);
  BOOST_TEST(y.deadlines.upload_silence.count() == 17);
  BOOST_TEST(y.read.window.value == 4096u);
  BOOST_TEST((y.priority && *y.priority == *x.priority));
  BOOST_TEST(to_string(check(y, any_window)) == "none");
}

BOOST_AUTO_TEST_CASE(a_body_too_large_for_a_message_is_refused_by_name_where_it_arrives) {
  wire_format f;
  request x;
  x.url = "http://example.org/";
  x.body = request_body::of(zeros(chunk_limit_bytes));
  BOOST_TEST(to_string(check(f.carried(x), any_window)) == "none");
  x.body = request_body::of(zeros(chunk_limit_bytes + 1));
  BOOST_TEST(to_string(check(x, any_window)) == "none"); // inside the process it may be any size
  const auto bytes = f.stored(x);
  BOOST_TEST(bytes.size() < 1000u);
  const auto problem = check(f.loaded<request>(bytes), any_window);
  BOOST_TEST((problem.code == errc::limit_exceeded));
  BOOST_TEST(problem.detail.find("request.body.bytes has 4194305 bytes") != std::string::npos, problem.detail);
  BOOST_TEST(!check(f.carried(f.carried(x)), any_window).detail.empty()); // also after a further node
}

BOOST_AUTO_TEST_CASE(a_piece_too_large_for_a_message_is_refused_where_it_arrives) {
  wire_format f;
  BOOST_TEST(f.carried(piece{zeros(chunk_limit_bytes)}).data.size() == chunk_limit_bytes);
  const auto x = f.carried(piece{zeros(chunk_limit_bytes + 1)});
  BOOST_TEST(x.data.empty());
  BOOST_TEST((check(x).code == errc::limit_exceeded));
}

BOOST_AUTO_TEST_CASE(a_request_of_another_version_is_refused_by_name) {
  wire_format f;
  request x;
  x.url = "http://example.org/";
  x.message_version = 1;
  const auto problem = check(f.carried(x), any_window);
  BOOST_TEST((problem.code == errc::invalid_request));
  BOOST_TEST(problem.detail.find("version 1") != std::string::npos, problem.detail);
}

BOOST_AUTO_TEST_CASE(enumerators_that_do_not_exist_are_replaced) {
  wire_format f;
  for (int i = 0; i < 256; ++i) {
    const auto code = static_cast<errc>(i);
    const auto x = f.carried(failure{code, static_cast<caused_by>(i), "why"});
    BOOST_TEST((std::string_view{to_string(x.code)} != "unknown"));
    BOOST_TEST((std::string_view{to_string(x.by)} != "unknown"));
    BOOST_TEST((x.code == code || x.code == errc::internal));
    BOOST_TEST(x.detail == "why");
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
