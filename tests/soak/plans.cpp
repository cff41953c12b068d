#include "plans.hpp"

#include <sluice/deploy/origin/content.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::soak {

namespace {

using namespace std::chrono_literals;

/// Every exchange ends by then; nothing that is in order takes so long.
constexpr auto last_resort = 40'000ms;
/// Which of the three ends one that hangs tells where: the origin does not answer, it does not take the request's body,
/// or the body's source gives nothing.
constexpr auto answer_missing = 30'000ms, body_not_taken = 20'000ms;

struct builder {
  std::mt19937_64& random;
  const surroundings& about;
  const carrier& over;
  plan result{};

  std::uint64_t pick(std::uint64_t n) { return random() % n; }
  std::uint64_t size() {
    switch (pick(8)) {
      case 0: return pick(4) == 0 ? 2u << 20 : 0;
      case 1:
      case 2: return pick(1u << 20);
      default: return pick(40'000);
    }
  }
  plan& get(const std::string& path, std::uint64_t whole = 0) {
    result.what.url = about.origin.url(over.tls, path);
    result.size = whole;
    return result;
  }
  plan& sized(const std::string& route, const std::string& query = {}) {
    const auto n = size();
    return get(route + std::to_string(n) + query, n);
  }
  plan& large(std::uint64_t n = 64u << 20) { return get("/bytes/" + std::to_string(n), n); }
  plan& given_up(then how, std::uint64_t after) {
    result.next = how;
    result.stop_after = after;
    return result;
  }
  plan& fails(std::vector<errc> how) {
    result.expected = expectation::fails;
    result.failures = std::move(how);
    return result;
  }
  plan& fault(const std::string& path, expectation outcome = expectation::fails) {
    get(path);
    result.by = over.faulty;
    result.expected = outcome;
    return result;
  }
  plan& tells(std::string text) {
    result.seeded = false;
    result.contains = std::move(text);
    return result;
  }
  /// The origin takes the request and does not answer.
  plan& headless() { return get("/fault/silent"); }
  plan& sends(request_body body) {
    result.what.method = "POST";
    result.what.body = std::move(body);
    return result;
  }
  static chunk content(std::uint64_t n) {
    const auto bytes = static_cast<std::size_t>(n);
    return bytes == 0 ? chunk{} : chunk::filled(bytes, [&](std::byte* out) { origin::fill(1, 0, {out, bytes}); });
  }
};

using build = void (*)(builder&);
struct kind {
  const char* name;
  build make;
};

/// A body that announces 60000 bytes and brings 1000: so little is to come that HTTP/1.1 waits a while for it.
constexpr const char* nearly_over = "/fault/stall?bytes=60000&after=1000";

constexpr auto kinds = std::to_array<kind>({
  {"bytes", [](builder& draft) { draft.sized("/bytes/").read_size = 1 + draft.pick(200'000); }},
  {"chunked", [](builder& draft) { draft.sized("/chunked/", "?chunk=" + std::to_string(20 + draft.pick(20'000))); }},
  {"tiny chunks", [](builder& draft) { draft.get("/chunked/5000?chunk=" + std::to_string(1 + draft.pick(3)), 5000); }},
  {"gzip", [](builder& draft) { draft.sized("/gzip/", draft.pick(2) == 0 ? "" : "?members=3"); }},
  {"deflate", [](builder& draft) { draft.sized("/gzip/", "?encoding=deflate"); }},
  {"br", [](builder& draft) { draft.sized("/gzip/", "?encoding=br"); }},
  {"zstd", [](builder& draft) {
     draft.sized("/gzip/", draft.pick(2) == 0 ? "?encoding=zstd" : "?encoding=zstd&members=3");
   }},
  {"until close", [](builder& draft) { draft.sized("/close/"); }},
  {"HEAD", [](builder& draft) { draft.get("/bytes/100000").what.method = "HEAD"; }},
  {"status", [](builder& draft) { draft.get("/status/404").status = 404; draft.tells("status 404"); }},
  {"interim", [](builder& draft) { draft.get("/interim?n=3"); draft.tells("ok"); }},
  {"redirect", [](builder& draft) { draft.get("/redirect?bytes=3000", 3000).status = 302; }},
  {"trailers", [](builder& draft) { draft.sized("/chunked/", "?trailers=1").trailers = true; }},
  {"half read, cancelled", [](builder& draft) { draft.large(); draft.given_up(then::cancel, draft.pick(300'000)); }},
  {"half read, dropped", [](builder& draft) { draft.large(); draft.given_up(then::drop, 1 + draft.pick(300'000)); }},
  {"not read", [](builder& draft) { draft.sized("/bytes/"); draft.given_up(then::drop, 0); }},
  {"settled", [](builder& draft) {
     draft.large(1u << 20);
     draft.given_up(then::settle, 1 + draft.pick(100'000)).pause = std::chrono::milliseconds{draft.pick(30)};
   }},
  {"reader rests", [](builder& draft) {
     draft.large(1u << 20);
     draft.given_up(then::rest, draft.pick(100'000)).pause = std::chrono::milliseconds{draft.pick(300)};
   }},
  {"origin rests", [](builder& draft) { draft.get("/drip?bytes=160&chunk=16&interval_ms=20", 160); }},
  {"bomb, cancelled", [](builder& draft) {
     draft.get("/gzip/200m?zeros=1");
     draft.tells({});
     draft.given_up(then::cancel, 1u << 20);
   }},
  {"owner dies early", [](builder& draft) { draft.large().dies_after = std::chrono::milliseconds{draft.pick(4)}; }},
  {"owner dies without a head", [](builder& draft) {
     draft.headless().dies_after = std::chrono::milliseconds{1 + draft.pick(60)};
   }},
  {"owner dies in the body", [](builder& draft) {
     draft.large().dies_after = std::chrono::milliseconds{5 + draft.pick(60)};
   }},
  {"deadline head", [](builder& draft) {
     draft.headless().what.deadlines.head = 50ms;
     draft.fails({errc::timed_out});
   }},
  {"deadline total", [](builder& draft) {
     draft.get("/fault/stall?after=5000").what.deadlines.total = 60ms;
     draft.fails({errc::timed_out});
   }},
  {"deadline peer_silence", [](builder& draft) {
     draft.get("/fault/stall?after=5000").what.deadlines.peer_silence = 60ms;
     draft.fails({errc::peer_silent});
   }},
  {"deadline upload_silence", [](builder& draft) {
     draft.get("/upload?pause_after=1000&pause_ms=600000").what.deadlines.upload_silence = 80ms;
     draft.sends(request_body::of(draft.about.large)).by = draft.over.faulty;
     draft.fails({});
   }},
  {"upload of bytes", [](builder& draft) {
     draft.get("/upload?seed=1");
     draft.sends(request_body::of(draft.content(draft.size())));
     draft.tells("\"good\":true");
   }},
  {"upload from a source", [](builder& draft) {
     draft.get("/upload?seed=1");
     draft.sends(request_body::from(content_source(draft.about.system, draft.size())));
     draft.tells("\"good\":true");
   }},
  {"echo", [](builder& draft) {
     const auto n = draft.size();
     draft.get("/echo", n);
     draft.sends(request_body::of(draft.content(n)));
   }},
  {"echo of a source", [](builder& draft) {
     const auto n = draft.size();
     draft.get("/echo", n);
     draft.sends(request_body::from(content_source(draft.about.system, n)));
   }},
  {"early 413", [](builder& draft) {
     draft.get("/early?status=413&hold_ms=50").status = 413;
     draft.sends(request_body::of(draft.about.large));
     draft.tells("no need");
   }},
  {"cut", [](builder& draft) { draft.fault("/fault/cut?bytes=100000&after=5000"); }},
  {"cut in chunks", [](builder& draft) { draft.fault("/fault/cut-chunked?after=9000"); }},
  {"reset", [](builder& draft) { draft.fault("/fault/reset?after=3000"); }},
  {"reset of the connection", [](builder& draft) { draft.fault("/fault/reset?after=3000&connection=1"); }},
  {"garbage", [](builder& draft) { draft.fault("/fault/garbage"); }},
  {"garbage chunk", [](builder& draft) { draft.fault("/fault/garbage-chunk"); }},
  {"smuggled", [](builder& draft) { draft.fault("/fault/smuggle"); }},
  {"endless header", [](builder& draft) { draft.fault("/fault/endless-header"); }},
  {"closed when idle", [](builder& draft) { draft.fault("/fault/close-idle", expectation::either); draft.tells({}); }},
  {"stalled, cancelled", [](builder& draft) {
     draft.get("/fault/stall?after=5000");
     draft.given_up(then::cancel, draft.pick(5000));
   }},
  {"stalled near the end, cancelled", [](builder& draft) {
     draft.get(nearly_over);
     draft.given_up(then::cancel, draft.pick(1000));
   }},
  {"stalled near the end, dropped", [](builder& draft) {
     draft.get(nearly_over);
     draft.given_up(then::drop, draft.pick(1000));
   }},
  {"stalled near the end, owner dies", [](builder& draft) {
     draft.get(nearly_over).dies_after = std::chrono::milliseconds{draft.pick(60)};
   }},
  {"refused", [](builder& draft) {
     draft.result.what.url = std::string{draft.over.tls ? "https" : "http"} + "://127.0.0.1:1/";
     draft.fails({errc::connect_failed});
   }},
  {"wrong certificate", [](builder& draft) {
     draft.get("/bytes/1").by = draft.over.distrusting;
     draft.fails({errc::tls_untrusted_certificate});
   }},
});

constexpr std::string_view needs_tls = "wrong certificate";

} // namespace

std::size_t kinds_of_exchanges() { return kinds.size(); }

plan random_plan(std::mt19937_64& random, const surroundings& about, const carrier& over, std::string_view only) {
  builder draft{random, about, over};
  std::vector<const kind*> possible;
  for (const auto& each : kinds)
    if (std::string_view{each.name}.find(only) != std::string_view::npos && (over.tls || each.name != needs_tls))
      possible.push_back(&each);
  if (possible.empty())
    for (const auto& each : kinds)
      if (over.tls || each.name != needs_tls)
        possible.push_back(&each);
  const auto* chosen = possible[draft.pick(possible.size())];
  draft.result.kind = chosen->name;
  draft.result.by = over.good;
  draft.result.what.deadlines.total = last_resort;
  draft.result.what.deadlines.peer_silence = answer_missing;
  draft.result.what.deadlines.upload_silence = body_not_taken;
  chosen->make(draft);
  return std::move(draft.result);
}

std::vector<plan> plans_to_be_killed(const surroundings& about, const carrier& over) {
  std::vector<plan> result;
  for (const char* path : {"/firehose", "/firehose", "/firehose", "/firehose", "/fault/stall?after=5000"}) {
    plan killed;
    killed.kind = path == std::string_view{"/firehose"} ? "killed while it flows" : "killed while it stalls";
    killed.by = over.good;
    killed.what.url = about.origin.url(over.tls, path);
    killed.what.deadlines.total = last_resort;
    killed.expected = expectation::fails;
    result.push_back(std::move(killed));
  }
  return result;
}

} // namespace sluice::soak
