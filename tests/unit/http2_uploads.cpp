// Request bodies over HTTP/2: windows, lengths, trailers, and an origin that stops them.
#include "http2_peer.hpp"

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace sluice::http2::peer;

namespace {

std::string body_of(const std::vector<sent_frame>& frames) {
  std::string result;
  for (const auto& frame : frames)
    result += frame.type == data_frame ? frame.payload : "";
  return result;
}

bool ends(const std::vector<sent_frame>& frames) { return !frames.empty() && (frames.back().flags & end_stream); }

const http::outgoing_body unknown{true, std::nullopt};

/// An upload under way on stream 1, to an origin whose streams begin with a window of `window`.
void begin(talk& t, std::uint32_t window, http::outgoing_body body = unknown) {
  t.begin(0, settings({{4, window}}));
  t.open(0, talk::request("POST"), body);
}

/// nghttp2's own server, which reads bodies and answers with "ok" and a trailer.
struct server {
  nghttp2_session* session = nullptr;
  std::string body;
  lines fields;
  server() {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
        callbacks, [](nghttp2_session*, std::uint8_t, std::int32_t, const std::uint8_t* at, std::size_t n, void* me) {
          static_cast<server*>(me)->body.append(reinterpret_cast<const char*>(at), n);
          return 0;
        });
    nghttp2_session_callbacks_set_on_header_callback(
        callbacks, [](nghttp2_session*, const nghttp2_frame*, const std::uint8_t* name, std::size_t n,
                      const std::uint8_t* value, std::size_t m, std::uint8_t, void* me) {
          static_cast<server*>(me)->fields.emplace_back(std::string{reinterpret_cast<const char*>(name), n},
                                                        std::string{reinterpret_cast<const char*>(value), m});
          return 0;
        });
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, [](nghttp2_session* s, const nghttp2_frame* f,
                                                                       void*) {
      if (f->hd.stream_id > 0 && (f->hd.flags & NGHTTP2_FLAG_END_STREAM)) {
        std::uint8_t status[] = ":status", ok[] = "200";
        const nghttp2_nv nv{status, ok, 7, 3, 0};
        nghttp2_data_provider provider{{.ptr = nullptr},
                                       [](nghttp2_session* same_session, std::int32_t id, std::uint8_t* out,
                                          std::size_t, std::uint32_t* flags, nghttp2_data_source*, void*) -> ssize_t {
                                         std::copy_n("ok", 2, out);
                                         *flags |= NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
                                         std::uint8_t name[] = "x-sum", value[] = "9";
                                         const nghttp2_nv trailer{name, value, 5, 1, 0};
                                         nghttp2_submit_trailer(same_session, id, &trailer, 1);
                                         return 2;
                                       }};
        nghttp2_submit_response(s, f->hd.stream_id, &nv, 1, &provider);
      }
      return 0;
    });
    nghttp2_session_server_new(&session, callbacks, this);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_submit_settings(session, 0, nullptr, 0);
  }
  ~server() { nghttp2_session_del(session); }
};

} // namespace

BOOST_AUTO_TEST_SUITE(http2_uploads)

BOOST_AUTO_TEST_CASE(the_length_of_a_body_is_told_when_it_is_known_and_zero_where_one_is_expected) {
  auto length = [](std::string method, http::outgoing_body body, http::fields fields = {}) {
    talk t;
    if (t.open(0, talk::request(std::move(method), std::move(fields)), body))
      return std::string{"refused"};
    const auto got = t.sent(headers_frame);
    return got.at(0).field("content-length") + (got[0].flags & end_stream ? " end" : "");
  };
  BOOST_TEST(length("GET", {}) == " end");
  BOOST_TEST(length("POST", {}) == "0 end");
  BOOST_TEST(length("POST", {true, 0}) == "0 end");
  BOOST_TEST(length("POST", {true, 12}) == "12");
  BOOST_TEST(length("POST", {true, std::nullopt}) == "");
  BOOST_TEST(length("PUT", {true, 12}, {{"Content-Length", "12"}}) == "12");
  BOOST_TEST(length("PUT", {true, 12}, {{"Content-Length", "13"}}) == "refused");
  BOOST_TEST(length("GET", {}, {{"Content-Length", "13"}}) == "refused");
}

BOTH_WAYS(a_whole_conversation_with_another_implementation) {
  server origin;
  talk t{cut};
  t.open(0, talk::request("POST"), unknown);
  std::string sent_body;
  for (bool busy = true; busy;) {
    busy = false;
    if (t.engine.wants_upload(0)) {
      const std::string piece(10'000, static_cast<char>('a' + sent_body.size() / 10'000 % 26));
      sent_body += piece;
      t.upload(0, piece, sent_body.size() >= 300'000, {{"X-Check", "1"}, {"Content-Length", "7"}});
      busy = true;
    }
    for (auto out = t.engine.output(t.now); !out.empty(); out = t.engine.output(t.now), busy = true)
      BOOST_REQUIRE(
          nghttp2_session_mem_recv(origin.session, reinterpret_cast<const std::uint8_t*>(out.data()), out.size())
          == static_cast<ssize_t>(out.size()));
    const std::uint8_t* at = nullptr;
    for (auto n = nghttp2_session_mem_send(origin.session, &at); n > 0;
         n = nghttp2_session_mem_send(origin.session, &at), busy = true)
      t.receive({reinterpret_cast<const char*>(at), static_cast<std::size_t>(n)});
  }
  BOOST_TEST((origin.body.size() == 300'000u && origin.body == sent_body));
  BOOST_TEST(
      (origin.fields.back() == std::pair<std::string, std::string>{"x-check", "1"})); // the forbidden one is left out
  BOOST_TEST((t[0].head.status == 200 && t[0].body == "ok" && t[0].trailers == http::fields{{"x-sum", "9"}}
              && t[0].closed == 1));
}

BOTH_WAYS(an_upload_obeys_its_streams_window_and_asks_for_nothing_while_it_is_shut) {
  talk t{cut};
  begin(t, 10);
  BOOST_TEST(!t.engine.wants_upload(0)); // not before its head is sent
  t.sent();
  BOOST_TEST(t.engine.wants_upload(0));
  t.upload(0, "0123456789abcdef");
  BOOST_TEST(body_of(t.sent()) == "0123456789");
  BOOST_TEST(!t.engine.wants_upload(0));
  t.receive(window_update(1, 3));
  BOOST_TEST(body_of(t.sent()) == "abc");
  t.receive(window_update(1, 4));
  BOOST_TEST(body_of(t.sent()) == "def");
  BOOST_TEST(t.engine.wants_upload(0));
  t.upload(0, "!");
  BOOST_TEST(body_of(t.sent()) == "!");
  BOOST_TEST(!t.engine.wants_upload(0)); // nothing is held back, but nothing could go
}

BOTH_WAYS(an_upload_obeys_the_connections_window) {
  talk t{cut};
  begin(t, 1 << 20);
  t.open(1, talk::request("POST"), unknown);
  t.sent();
  t.upload(0, std::string(65'535, 'x'));
  BOOST_TEST(body_of(t.sent()).size() == 65'535u);
  BOOST_TEST((!t.engine.wants_upload(0) && !t.engine.wants_upload(1)));
  t.receive(window_update(0, 100));
  BOOST_TEST((t.engine.wants_upload(0) && t.engine.wants_upload(1)));
  t.upload(1, std::string(200, 'y'));
  BOOST_TEST(body_of(t.sent()).size() == 100u);
}

BOTH_WAYS(a_window_made_negative_and_opened_again_lets_the_upload_complete) {
  talk t{cut};
  begin(t, 100, {true, 150});
  t.sent();
  t.upload(0, std::string(80, 'x'));
  BOOST_TEST(body_of(t.sent()).size() == 80u);
  t.receive(settings({{4, 10}})); // the window is -70 now
  BOOST_TEST(!t.engine.wants_upload(0));
  t.upload(0, std::string(70, 'y'), true);
  BOOST_TEST(body_of(t.sent()).empty());
  t.receive(window_update(1, 70)); // 0
  BOOST_TEST(body_of(t.sent()).empty());
  t.receive(window_update(1, 1));
  BOOST_TEST(body_of(t.sent()) == "y");
  t.receive(settings({{4, 1000}}));
  const auto rest = t.sent();
  BOOST_TEST((body_of(rest).size() == 69u && ends(rest)));
}

BOTH_WAYS(trailers_follow_the_body_and_end_the_stream) {
  talk t{cut};
  begin(t, 1000);
  t.sent();
  t.upload(0, "abc", true, {{"X-Sum", "1"}, {"Host", "x"}});
  const auto got = t.sent();
  BOOST_REQUIRE(got.size() == 2u);
  BOOST_TEST((got[0].type == data_frame && got[0].payload == "abc" && !(got[0].flags & end_stream)));
  BOOST_TEST((got[1].type == headers_frame && got[1].flags == (end_headers | end_stream)
              && got[1].fields == lines{{"x-sum", "1"}}));
}

BOTH_WAYS(an_empty_body_of_unknown_length_ends_its_stream) {
  talk t{cut};
  begin(t, 1000);
  t.sent();
  t.upload(0, "", true);
  const auto got = t.sent();
  BOOST_TEST((got.size() == 1u && got[0].type == data_frame && got[0].payload.empty() && ends(got)));
  BOOST_TEST(!t.engine.wants_upload(0));
}

BOTH_WAYS(a_complete_response_and_no_error_end_an_unfinished_upload_without_a_failure) {
  talk t{cut};
  begin(t, 10);
  t.sent();
  t.upload(0, std::string(50, 'x'));
  t.sent();
  t.head(1, {}, end_stream);
  BOOST_TEST((t[0].ends == 1 && t[0].closed == 0)); // its place is taken until the upload is over
  t.receive(reset(1, NGHTTP2_NO_ERROR));
  BOOST_TEST((t[0].closed == 1 && t[0].failures == 0 && !t.engine.wants_upload(0)));
}

BOTH_WAYS(an_upload_goes_on_after_the_response_and_its_end_frees_the_place) {
  talk t{cut};
  begin(t, 1000);
  t.sent();
  t.head(1, {}, end_stream);
  t.upload(0, "abc", true);
  BOOST_TEST((body_of(t.sent()) == "abc" && t[0].closed == 1 && t[0].ends == 1));
}

BOTH_WAYS(a_stopped_upload_sends_nothing_more_and_is_reset_when_the_response_is_complete) {
  for (const bool before : {true, false}) {
    talk t{cut};
    begin(t, 1000);
    t.sent();
    t.upload(0, "abc");
    if (before)
      t.engine.stop_upload(0);
    BOOST_TEST(!t.engine.wants_upload(0));
    t.upload(0, before ? "def" : "");
    BOOST_TEST(body_of(t.sent()) == (before ? "" : "abc"));
    t.head(1);
    t.receive(data(1, "answer", end_stream));
    if (!before)
      t.engine.stop_upload(0);
    const auto got = t.sent(reset_frame);
    BOOST_TEST((got.size() == 1u && got[0].number() == NGHTTP2_CANCEL));
    BOOST_TEST((t[0].ends == 1 && t[0].body == "answer" && t[0].closed == 1 && t[0].failures == 0));
  }
}

BOTH_WAYS(cancelling_an_upload_drops_what_waits_for_a_window) {
  talk t{cut};
  begin(t, 10);
  t.sent();
  t.upload(0, std::string(50, 'x'));
  t.sent();
  t.engine.cancel(0);
  t.receive(window_update(1, 100));
  const auto got = t.sent();
  BOOST_TEST((got.size() == 1u && got[0].type == reset_frame && t[0].closed == 1));
}

BOOST_AUTO_TEST_SUITE_END()
