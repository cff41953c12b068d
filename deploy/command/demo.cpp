// `sluice demo`: an origin in this process and three readers of it on one screen: one drains, one stalls and resumes,
// one is cancelled. Contents are verified; outstanding bytes and memory over time become a plot. Then one reader beside
// many stalled ones on a single HTTP/2 connection, and on one of HTTP/3.
#include "command.hpp"

#include "../../tests/origin/content.hpp"
#include "../../tests/origin/server.hpp"

#include <sluice/actors/io/loop.hpp>

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <future>
#include <iostream>

namespace sluice::command {

namespace {

using namespace std::chrono;

struct sample {
  double seconds = 0;
  std::uint64_t outstanding[3] = {};
  std::uint64_t resident = 0;
};

struct demo_report {
  std::vector<sample> samples;
  std::vector<std::string> problems;
};

enum class style : std::uint8_t { draining, stalling, cancelled };

using demonstrator = caf::typed_actor<rpc<void(begin_atom)>>;

struct demo_state {
  static inline const char* name = "sluice.demo";
  using self_type = pinned_actor<demonstrator, demo_state>;
  explicit demo_state(self_type* x) : self(x), ticker(x->home().io()) {}

  struct reader {
    style how{};
    const char* label = "";
    std::string url;
    body_reader body;
    origin::checker content{1};
    std::uint64_t bytes = 0;
    flow_stats stats;
    std::string doing = "connecting";
    bool stalled = false, over = false;
  };

  self_type* self;
  const demo_options* options = nullptr;
  client http;
  std::promise<demo_report>* result = nullptr;
  demo_report report;
  std::vector<reader> readers;
  asio::steady_timer ticker;
  steady_clock::time_point begun = steady_clock::now();
  int ticks = 0;
  bool drew = false;
  const bool terminal = isatty(STDOUT_FILENO) != 0;

  double now() const { return duration<double>(steady_clock::now() - begun).count(); }

  void start() {
    for (std::size_t i = 0; i < readers.size(); ++i) {
      request x;
      x.url = readers[i].url;
      self->request(http, caf::infinite, x).then([this, i](response& y) {
        readers[i].body = y.body;
        readers[i].doing = "reading";
        read(i);
      }, [this, i](caf::error& y) { over(i, "failed: " + failure_of(y).detail, true); });
    }
    tick();
  }

  void read(std::size_t i) {
    self->request(readers[i].body, caf::infinite, read_atom::value, decoded_bytes{64u << 10})
      .then(
        [this, i](piece& x) {
          auto& r = readers[i];
          if (x.end) {
            const bool whole = r.content.good() && r.bytes == options->bytes;
            return over(i, whole ? "complete, every byte verified" : "complete, but WRONG content", !whole);
          }
          r.bytes += x.data.size();
          r.content.update(x.data.bytes());
          if (r.how == style::stalling && !r.stalled && r.bytes >= options->bytes / 4) {
            r.stalled = true;
            r.doing = "stalled for 2 s on purpose";
            stalled_at = now();
            return;
          }
          if (r.how == style::cancelled && r.bytes >= options->bytes / 3) {
            self->send(r.body, cancel_atom::value);
            return over(i, "cancelled on purpose after a third", false);
          }
          read(i);
        },
        [this, i](caf::error& x) { over(i, "failed: " + failure_of(x).detail, true); });
  }

  void over(std::size_t i, std::string how, bool bad) {
    readers[i].doing = how;
    readers[i].over = true;
    if (bad)
      report.problems.push_back(std::string{readers[i].label} + ": " + how);
  }

  /// Every 50 ms: figures of all readers, one more sample, the screen; and the stalled reader goes on after 2 s.
  void tick() {
    ticker.expires_after(milliseconds{50});
    ticker.async_wait(self->bind([this](const std::error_code& code) {
      if (code)
        return;
      for (std::size_t i = 0; i < readers.size(); ++i)
        if (readers[i].body)
          self->request(readers[i].body, caf::infinite, stats_atom::value).then([this, i](flow_stats& x) { readers[i].stats = x; });
      sample now_is{now(), {}, resident_bytes()};
      for (std::size_t i = 0; i < readers.size(); ++i)
        now_is.outstanding[i] = readers[i].stats.outstanding.value;
      report.samples.push_back(now_is);
      for (std::size_t i = 0; i < readers.size(); ++i)
        if (readers[i].stalled && readers[i].doing.starts_with("stalled") && now() > stalled_at + 2) {
          readers[i].doing = "resumed";
          read(i);
        }
      ++ticks;
      const bool all_over = std::all_of(readers.begin(), readers.end(), [](const reader& x) { return x.over; });
      if (terminal ? ticks % 2 == 0 || all_over : all_over || ticks % 10 == 0)
        draw();
      if (all_over && ++settled > 4) {
        result->set_value(std::move(report));
        return self->quit();
      }
      tick();
    }));
  }
  int settled = 0;
  double stalled_at = 0;

  void draw() {
    if (terminal && drew)
      std::cout << fmt::format("\x1b[{}A", readers.size());
    drew = true;
    for (const auto& r : readers) {
      const auto part = static_cast<double>(r.bytes) / static_cast<double>(options->bytes);
      const auto filled = std::min<std::size_t>(static_cast<std::size_t>(part * 30), 30);
      std::cout << fmt::format("{}{:<10} [{}{}] {:>9} read, {:>9} outstanding, {} pauses  {}\n", terminal ? "\x1b[K" : "", r.label, std::string(filled, '#'), std::string(30 - filled, '.'),
                               human_bytes(static_cast<double>(r.bytes)), human_bytes(static_cast<double>(r.stats.outstanding.value)), r.stats.pauses, r.doing);
    }
    std::cout << (terminal ? "" : "\n") << std::flush;
  }
};

demonstrator::behavior_type run_demo(demo_state::self_type* self, const demo_options* options, const client& http, const std::vector<std::string>& urls, std::promise<demo_report>* result) {
  auto& my = self->state;
  my.options = options;
  my.http = http;
  my.result = result;
  const char* labels[] = {"draining", "stalling", "cancelled"};
  for (std::size_t i = 0; i < urls.size(); ++i) {
    my.readers.emplace_back();
    my.readers.back().how = static_cast<style>(i);
    my.readers.back().label = labels[i];
    my.readers.back().url = urls[i];
  }
  my.start();
  return {[](begin_atom) {}};
}

std::string polyline(const std::vector<sample>& samples, double width, double height, double top, double largest, const char* colour, auto value) {
  std::string points;
  const double span = std::max(samples.back().seconds, 0.001);
  for (const auto& x : samples)
    points += fmt::format("{:.1f},{:.1f} ", 60 + x.seconds / span * width, top + height - std::min(1.0, static_cast<double>(value(x)) / largest) * height);
  return fmt::format("<polyline fill=\"none\" stroke=\"{}\" stroke-width=\"1.5\" points=\"{}\"/>\n", colour, points);
}

/// Two panels: outstanding bytes of the three readers, and resident memory of the process.
std::string plot(const std::vector<sample>& samples) {
  constexpr double width = 700, height = 160;
  double outstanding = 1, resident = 1;
  for (const auto& x : samples) {
    for (auto n : x.outstanding)
      outstanding = std::max(outstanding, static_cast<double>(n));
    resident = std::max(resident, static_cast<double>(x.resident));
  }
  std::string svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"800\" height=\"460\" font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"800\" height=\"460\" fill=\"white\"/>\n";
  const char* colours[] = {"#1f77b4", "#d62728", "#2ca02c"};
  const char* labels[] = {"draining", "stalling", "cancelled"};
  svg += fmt::format("<text x=\"60\" y=\"24\">outstanding bytes (highest {})</text>\n", human_bytes(outstanding));
  for (int i = 0; i < 3; ++i) {
    svg += fmt::format("<text x=\"{}\" y=\"24\" fill=\"{}\">{}</text>\n", 460 + i * 90, colours[i], labels[i]);
    svg += polyline(samples, width, height, 34, outstanding, colours[i], [i](const sample& x) { return x.outstanding[i]; });
  }
  svg += fmt::format("<text x=\"60\" y=\"244\">resident memory of client and origin together (highest {})</text>\n", human_bytes(resident));
  svg += polyline(samples, width, height, 254, resident, "#444444", [](const sample& x) { return x.resident; });
  svg += fmt::format("<line x1=\"60\" y1=\"194\" x2=\"760\" y2=\"194\" stroke=\"black\"/><line x1=\"60\" y1=\"414\" x2=\"760\" y2=\"414\" stroke=\"black\"/>\n<text x=\"60\" y=\"440\">0 s</text><text x=\"720\" y=\"440\">{:.1f} s</text>\n</svg>\n", samples.back().seconds);
  return svg;
}

/// One connection: a reader by itself, then the same beside streams whose readers stall.
failure siblings(runtime& loops, const client& http, const char* protocol, const std::string& url, std::uint64_t stalled) {
  const auto run = [&](std::uint64_t n) {
    load_options what;
    what.url = what.sibling = url;
    what.stalled = n;
    what.no_drain = true;
    const auto got = measure(loops, http, what);
    const auto rate = got.sibling_seconds > 0 ? static_cast<double>(got.sibling_bytes) / got.sibling_seconds : 0;
    std::cout << (n == 0 ? fmt::format("one {} connection, a reader by itself: ", protocol) : fmt::format("the same reader beside {} stalled ones, which hold {} each: ", n, human_bytes(static_cast<double>(got.outstanding) / static_cast<double>(n))))
              << human_bytes(rate) << "/s" << std::endl;
    return got.first_problem;
  };
  const auto alone = run(0);
  const auto beside = run(stalled);
  return alone ? alone : beside;
}

} // namespace

int demo(const demo_options& x) {
  auto server = origin::server::start({});
  if (!server) {
    std::cerr << "sluice: " << server.error().detail << "\n";
    return usage;
  }
  system_configuration settings;
  caf::actor_system system{settings};
  runtime loops{system};
  client_config config;
  config.tls.ca_pem = (*server)->certificate_pem();
  auto http = loops.spawn_client(config);
  if (!http) {
    std::cerr << "sluice: " << http.error().detail << "\n";
    return usage;
  }
  const auto path = "/bytes/" + std::to_string(x.bytes);
  std::cout << "three readers of " << human_bytes(static_cast<double>(x.bytes)) << " each: two over http (HTTP/1.1), the second, which stalls, over https (HTTP/2)\n";
  std::promise<demo_report> promise;
  auto future = promise.get_future();
  spawn_on(loops.home(), run_demo, &x, *http, std::vector<std::string>{(*server)->url(path), (*server)->tls_url(path), (*server)->url(path)}, &promise);
  auto got = future.get();
  if (!(std::ofstream{x.plot} << plot(got.samples))) {
    std::cerr << "sluice: --plot: '" << x.plot << "' cannot be written\n";
    return output_failed;
  }
  config.protocol = http_choice::http3_only;
  auto over_quic = loops.spawn_client(config);
  if (!over_quic) {
    std::cerr << "sluice: " << over_quic.error().detail << "\n";
    return usage;
  }
  for (const auto& [protocol, client] : {std::pair{"HTTP/2", *http}, std::pair{"HTTP/3", *over_quic}})
    if (auto problem = siblings(loops, client, protocol, (*server)->tls_url(path), 64))
      got.problems.push_back(std::string{"siblings on one "} + protocol + " connection: " + problem.detail);
  std::cout << "highest resident memory " << human_bytes(static_cast<double>(resident_peak_bytes())) << " for client and origin together; plot: " << x.plot << "\n";
  for (const auto& problem : got.problems)
    std::cerr << "sluice: " << problem << "\n";
  return got.problems.empty() ? success : bad_response;
}

} // namespace sluice::command
