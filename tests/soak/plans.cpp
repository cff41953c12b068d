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
  plan& fault(const std::string& path, expectation x = expectation::fails) {
    get(path);
    result.by = over.faulty;
    result.expected = x;
    return result;
  }
  plan& tells(std::string text) {
    result.seeded = false;
    result.contains = std::move(text);
    return result;
  }
  /// The origin takes the request and does not answer.
  plan& headless() { return get("/fault/silent"); }
  plan& sends(request_body x) {
    result.what.method = "POST";
    result.what.body = std::move(x);
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
  {"bytes", [](builder& x) { x.sized("/bytes/").read_size = 1 + x.pick(200'000); }},
  {"chunked", [](builder& x) { x.sized("/chunked/", "?chunk=" + std::to_string(20 + x.pick(20'000))); }},
  {"tiny chunks", [](builder& x) { x.get("/chunked/5000?chunk=" + std::to_string(1 + x.pick(3)), 5000); }},
  {"gzip", [](builder& x) { x.sized("/gzip/", x.pick(2) == 0 ? "" : "?members=3"); }},
  {"deflate", [](builder& x) { x.sized("/gzip/", "?encoding=deflate"); }},
  {"br", [](builder& x) { x.sized("/gzip/", "?encoding=br"); }},
  {"zstd", [](builder& x) { x.sized("/gzip/", x.pick(2) == 0 ? "?encoding=zstd" : "?encoding=zstd&members=3"); }},
  {"until close", [](builder& x) { x.sized("/close/"); }},
  {"HEAD", [](builder& x) { x.get("/bytes/100000").what.method = "HEAD"; }},
  {"status", [](builder& x) { x.get("/status/404").status = 404; x.tells("status 404"); }},
  {"interim", [](builder& x) { x.get("/interim?n=3"); x.tells("ok"); }},
  {"redirect", [](builder& x) { x.get("/redirect?bytes=3000", 3000).status = 302; }},
  {"trailers", [](builder& x) { x.sized("/chunked/", "?trailers=1").trailers = true; }},
  {"half read, cancelled", [](builder& x) { x.large(); x.given_up(then::cancel, x.pick(300'000)); }},
  {"half read, dropped", [](builder& x) { x.large(); x.given_up(then::drop, 1 + x.pick(300'000)); }},
  {"not read", [](builder& x) { x.sized("/bytes/"); x.given_up(then::drop, 0); }},
  {"settled", [](builder& x) {
     x.large(1u << 20);
     x.given_up(then::settle, 1 + x.pick(100'000)).pause = std::chrono::milliseconds{x.pick(30)};
   }},
  {"reader rests", [](builder& x) {
     x.large(1u << 20);
     x.given_up(then::rest, x.pick(100'000)).pause = std::chrono::milliseconds{x.pick(300)};
   }},
  {"origin rests", [](builder& x) { x.get("/drip?bytes=160&chunk=16&interval_ms=20", 160); }},
  {"bomb, cancelled", [](builder& x) { x.get("/gzip/200m?zeros=1"); x.tells({}); x.given_up(then::cancel, 1u << 20); }},
  {"owner dies early", [](builder& x) { x.large().dies_after = std::chrono::milliseconds{x.pick(4)}; }},
  {"owner dies without a head", [](builder& x) {
     x.headless().dies_after = std::chrono::milliseconds{1 + x.pick(60)};
   }},
  {"owner dies in the body", [](builder& x) { x.large().dies_after = std::chrono::milliseconds{5 + x.pick(60)}; }},
  {"deadline head", [](builder& x) { x.headless().what.deadlines.head = 50ms; x.fails({errc::timed_out}); }},
  {"deadline total", [](builder& x) {
     x.get("/fault/stall?after=5000").what.deadlines.total = 60ms;
     x.fails({errc::timed_out});
   }},
  {"deadline peer_silence", [](builder& x) {
     x.get("/fault/stall?after=5000").what.deadlines.peer_silence = 60ms;
     x.fails({errc::peer_silent});
   }},
  {"deadline upload_silence", [](builder& x) {
     x.get("/upload?pause_after=1000&pause_ms=600000").what.deadlines.upload_silence = 80ms;
     x.sends(request_body::of(x.about.large)).by = x.over.faulty;
     x.fails({});
   }},
  {"upload of bytes", [](builder& x) {
     x.get("/upload?seed=1");
     x.sends(request_body::of(x.content(x.size())));
     x.tells("\"good\":true");
   }},
  {"upload from a source", [](builder& x) {
     x.get("/upload?seed=1");
     x.sends(request_body::from(content_source(x.about.system, x.size())));
     x.tells("\"good\":true");
   }},
  {"echo", [](builder& x) { const auto n = x.size(); x.get("/echo", n); x.sends(request_body::of(x.content(n))); }},
  {"echo of a source", [](builder& x) {
     const auto n = x.size();
     x.get("/echo", n);
     x.sends(request_body::from(content_source(x.about.system, n)));
   }},
  {"early 413", [](builder& x) {
     x.get("/early?status=413&hold_ms=50").status = 413;
     x.sends(request_body::of(x.about.large));
     x.tells("no need");
   }},
  {"cut", [](builder& x) { x.fault("/fault/cut?bytes=100000&after=5000"); }},
  {"cut in chunks", [](builder& x) { x.fault("/fault/cut-chunked?after=9000"); }},
  {"reset", [](builder& x) { x.fault("/fault/reset?after=3000"); }},
  {"reset of the connection", [](builder& x) { x.fault("/fault/reset?after=3000&connection=1"); }},
  {"garbage", [](builder& x) { x.fault("/fault/garbage"); }},
  {"garbage chunk", [](builder& x) { x.fault("/fault/garbage-chunk"); }},
  {"smuggled", [](builder& x) { x.fault("/fault/smuggle"); }},
  {"endless header", [](builder& x) { x.fault("/fault/endless-header"); }},
  {"closed when idle", [](builder& x) { x.fault("/fault/close-idle", expectation::either); x.tells({}); }},
  {"stalled, cancelled", [](builder& x) { x.get("/fault/stall?after=5000"); x.given_up(then::cancel, x.pick(5000)); }},
  {"stalled near the end, cancelled", [](builder& x) { x.get(nearly_over); x.given_up(then::cancel, x.pick(1000)); }},
  {"stalled near the end, dropped", [](builder& x) { x.get(nearly_over); x.given_up(then::drop, x.pick(1000)); }},
  {"stalled near the end, owner dies", [](builder& x) {
     x.get(nearly_over).dies_after = std::chrono::milliseconds{x.pick(60)};
   }},
  {"refused", [](builder& x) {
     x.result.what.url = std::string{x.over.tls ? "https" : "http"} + "://127.0.0.1:1/";
     x.fails({errc::connect_failed});
   }},
  {"wrong certificate", [](builder& x) {
     x.get("/bytes/1").by = x.over.distrusting;
     x.fails({errc::tls_untrusted_certificate});
   }},
});

constexpr std::string_view needs_tls = "wrong certificate";

} // namespace

std::size_t kinds_of_exchanges() { return kinds.size(); }

plan random_plan(std::mt19937_64& random, const surroundings& about, const carrier& over, std::string_view only) {
  builder x{random, about, over};
  std::vector<const kind*> possible;
  for (const auto& each : kinds)
    if (std::string_view{each.name}.find(only) != std::string_view::npos && (over.tls || each.name != needs_tls))
      possible.push_back(&each);
  if (possible.empty())
    for (const auto& each : kinds)
      if (over.tls || each.name != needs_tls)
        possible.push_back(&each);
  const auto* chosen = possible[x.pick(possible.size())];
  x.result.kind = chosen->name;
  x.result.by = over.good;
  x.result.what.deadlines.total = last_resort;
  chosen->make(x);
  return std::move(x.result);
}

std::vector<plan> plans_to_be_killed(const surroundings& about, const carrier& over) {
  std::vector<plan> result;
  for (const char* path : {"/firehose", "/firehose", "/firehose", "/firehose", "/fault/stall?after=5000"}) {
    plan x;
    x.kind = path == std::string_view{"/firehose"} ? "killed while it flows" : "killed while it stalls";
    x.by = over.good;
    x.what.url = about.origin.url(over.tls, path);
    x.what.deadlines.total = last_resort;
    x.expected = expectation::fails;
    result.push_back(std::move(x));
  }
  return result;
}

} // namespace sluice::soak
