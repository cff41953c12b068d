// Random exchanges of many kinds over every transport, for SOAK_SECONDS (150): each must end, and as it should; nothing
// is held when all have; memory does not grow. Then the origin is killed with bodies under way: all must end with an
// error. Environment: SOAK_SECONDS, SLUICE_SEED (printed when not given). The exit status is 0 when all of that held.
#include "plans.hpp"

#include <sluice/actors/runtime.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <unistd.h>

using namespace sluice;
using namespace sluice::soak;
using namespace std::chrono_literals;

namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool memory_is_told = false; // the address sanitizer keeps what was freed
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
constexpr bool memory_is_told = false;
#else
constexpr bool memory_is_told = true;
#endif
#else
constexpr bool memory_is_told = true;
#endif

constexpr auto longest = 60s;       ///< an exchange that takes so long does not end
constexpr auto notice_within = 10s; ///< the death of the origin
/// Seconds. A run that is shorter stands among other tests: it asks for less at once, and its memory, which still grows
/// to what is needed at once, is not judged.
constexpr std::uint64_t long_run = 60;

std::uint64_t number(const char* name, std::uint64_t otherwise) {
  const char* given = std::getenv(name);
  return given ? std::strtoull(given, nullptr, 10) : otherwise;
}
double seconds_of(clock::duration duration) { return std::chrono::duration<double>(duration).count(); }
double mib(std::uint64_t bytes) { return static_cast<double>(bytes) / (1u << 20); }

struct system_settings : caf::actor_system_config {
  system_settings() {
    configure(*this);
    set("scheduler.max-threads", 2u);
  }
};

template <class F>
bool eventually(F f, clock::duration within = 20s) {
  for (const auto until = clock::now() + within; clock::now() < until; std::this_thread::sleep_for(2ms))
    if (f())
      return true;
  return f();
}

class soak_run {
public:
  soak_run(origin_process& origin, std::uint64_t seed, std::uint64_t seconds, std::string only)
    : origin_(origin), about_{system_, origin, chunk::copy_of(std::string(16u << 20, 'u'))}, random_(seed),
      seconds_(seconds), only_(std::move(only)) {}

  bool all_good() {
    open();
    exchange();
    held_nothing();
    close("after the run");
    judge_memory();
    open();
    kill_origin();
    close("after the origin's death");
    report();
    return told_.fault_count() == 0;
  }

private:
  client spawn(http_choice protocol, bool trusting) {
    client_config config;
    config.protocol = protocol;
    if (trusting)
      config.tls.ca_pem = origin_.certificate_pem();
    auto result = loops_.spawn_client(config);
    if (!result)
      throw std::runtime_error(to_string(result.error()));
    return *result;
  }

  void open() {
    carriers_ = {{"HTTP/1.1", http_choice::http1, false, {}, {}, {}},
                 {"HTTP/1.1 under TLS", http_choice::http1, true, {}, {}, {}},
                 {"HTTP/2", http_choice::http2, true, {}, {}, {}},
                 {"HTTP/3", http_choice::http3_only, true, {}, {}, {}}};
    for (auto& carrier : carriers_) {
      carrier.good = spawn(carrier.protocol, true);
      carrier.faulty = spawn(carrier.protocol, true);
      carrier.distrusting = spawn(carrier.protocol, false);
    }
  }

  void exchange() {
    const std::size_t at_once = seconds_ >= long_run ? 64 : 16;
    const auto begun = clock::now();
    const auto until = begun + std::chrono::seconds{seconds_};
    auto next_sample = begun + 1s, next_line = begun + 10s;
    while (clock::now() < until) {
      if (told_.wait_below(at_once, std::min(until, next_sample)) < at_once) {
        const auto& over = carriers_[only_over_ < carriers_.size() ? only_over_ : random_() % carriers_.size()];
        visit(system_, told_, random_plan(random_, about_, over, only_), over.name);
      }
      const auto now = clock::now();
      if (now >= next_sample) {
        next_sample += 1s;
        resident_.push_back(resident_bytes(::getpid()));
        check_ages();
      }
      if (now >= next_line) {
        next_line += 10s;
        line(now - begun);
      }
    }
    while (told_.wait_below(1, clock::now() + 1s) > 0)
      check_ages();
    line(clock::now() - begun);
  }

  void line(clock::duration so_far) const {
    std::printf("%4.0f s: %llu exchanges, %.0f a second; %.1f MiB here, %.1f MiB in the origin; %zu actors, %zu "
                "blocks; %llu faults\n",
                seconds_of(so_far), static_cast<unsigned long long>(told_.ended()),
                static_cast<double>(told_.ended()) / seconds_of(so_far), mib(resident_bytes(::getpid())),
                mib(resident_bytes(origin_.id())), loops_.live_actors(), loops_.blocks_in_use(),
                static_cast<unsigned long long>(told_.fault_count()));
    std::fflush(stdout);
  }

  /// One that does not end may also keep the process from ending: it ends here.
  void check_ages() {
    const auto oldest = told_.oldest();
    if (!oldest || clock::now() - oldest->begun < longest)
      return;
    told_.fault(oldest->what + ": has not ended after " + std::to_string(longest.count()) + " s");
    report();
    std::_Exit(1);
  }

  client_stats stats(const client& client_actor) {
    client_stats result;
    caf::scoped_actor self{system_};
    self->request(client_actor, 10s, stats_atom::value)
        .receive([&](client_stats& figures) { result = std::move(figures); },
                 [&](caf::error& error) { told_.fault("a client's figures: " + to_string(failure_of(error))); });
    return result;
  }

  void held_nothing() {
    for (const auto& over : carriers_)
      for (const auto& each : {over.good, over.faulty, over.distrusting}) {
        client_stats last;
        const bool good = eventually([&] {
          last = stats(each);
          return last.flow.outstanding == wire_bytes{} && last.flow.pauses == last.flow.resumes
                 && last.requests_waiting == 0 && last.connections_idle == last.connections_open;
        });
        if (!good)
          told_.fault(std::string{over.name} + ": still held: " + std::to_string(last.flow.outstanding.value)
                      + " bytes outstanding, " + std::to_string(last.flow.pauses) + " pauses, "
                      + std::to_string(last.flow.resumes) + " resumes, " + std::to_string(last.requests_waiting)
                      + " requests wait, " + std::to_string(last.connections_open) + " connections, "
                      + std::to_string(last.connections_idle) + " idle");
      }
  }

  void close(const char* when) {
    carriers_.clear();
    if (!eventually([&] { return loops_.live_actors() == 0 && loops_.blocks_in_use() == 0; }))
      told_.fault(std::string{when} + ": " + std::to_string(loops_.live_actors()) + " actors live, "
                  + std::to_string(loops_.blocks_in_use()) + " blocks in use, with no client left");
  }

  /// The median of a quarter of the samples, 0 to 3.
  std::uint64_t median(std::size_t quarter) const {
    const auto at = [&](std::size_t i) {
      return resident_.begin() + static_cast<std::ptrdiff_t>(resident_.size() * i / 4);
    };
    std::vector<std::uint64_t> part(at(quarter), at(quarter + 1));
    if (part.empty())
      return 0;
    const auto middle = part.begin() + static_cast<std::ptrdiff_t>(part.size() / 2);
    std::nth_element(part.begin(), middle, part.end());
    return *middle;
  }

  void judge_memory() {
    const auto early = median(1), late = median(3);
    std::printf("memory: %.1f MiB in the second quarter, %.1f MiB in the last\n", mib(early), mib(late));
    if (memory_is_told && seconds_ >= long_run && late > early + early / 10 + (4u << 20))
      told_.fault("memory has grown from " + std::to_string(mib(early)) + " to " + std::to_string(mib(late)) + " MiB");
  }

  void kill_origin() {
    // A tally of its own for each: it tells when the last one of a transport has ended.
    std::array<tally, 4> each;
    for (std::size_t i = 0; i < each.size(); ++i) {
      auto plans = plans_to_be_killed(about_, carriers_[i]);
      const auto n = plans.size();
      for (auto& plan : plans)
        visit(system_, each[i], std::move(plan), carriers_[i].name);
      if (!eventually([&] { return each[i].flowing() == n; }))
        told_.fault(std::string{carriers_[i].name} + ": not all bodies flow before the origin is killed");
    }
    const auto killed = clock::now();
    std::array<double, 4> took{};
    std::array<std::thread, 4> waiting;
    for (std::size_t i = 0; i < each.size(); ++i)
      waiting[i] = std::thread{[&, i] {
        each[i].wait_below(1, killed + notice_within);
        took[i] = seconds_of(clock::now() - killed);
      }};
    origin_.kill();
    for (auto& thread : waiting)
      thread.join();
    for (std::size_t i = 0; i < each.size(); ++i) {
      std::printf("origin killed: the last of %llu exchanges over %s ended after %.3f s\n",
                  static_cast<unsigned long long>(each[i].ended()), carriers_[i].name, took[i]);
      for (auto& text : each[i].faults())
        told_.fault(std::move(text));
      if (const auto left = each[i].oldest()) {
        told_.fault(left->what + ": has not ended " + std::to_string(notice_within.count())
                    + " s after the origin's death");
        each[i].wait_below(1, killed + longest); // its deadline ends it; what it refers to must live till then
        if (each[i].oldest()) {
          report();
          std::_Exit(1);
        }
      }
    }
  }

  void report() const {
    for (const auto& [name, tallied] : told_.kinds())
      std::printf("%8llu %s%s\n", static_cast<unsigned long long>(tallied.ended), name.c_str(),
                  tallied.failed > 0 ? (", " + std::to_string(tallied.failed) + " failed").c_str() : "");
    std::printf("%llu exchanges of %zu kinds over %zu transports; %llu faults\n",
                static_cast<unsigned long long>(told_.ended()), told_.kinds().size(), std::size_t{4},
                static_cast<unsigned long long>(told_.fault_count()));
    for (const auto& fault : told_.faults())
      std::printf("FAULT: %s\n", fault.c_str());
    std::fflush(stdout);
  }

  origin_process& origin_;
  tally told_; // before the actor system: actors refer to it
  system_settings settings_;
  caf::actor_system system_{settings_};
  runtime loops_{system_};
  surroundings about_;
  std::mt19937_64 random_;
  std::uint64_t seconds_;
  std::string only_;
  std::uint64_t only_over_ = number("SOAK_OVER", 99);
  std::vector<carrier> carriers_;
  std::vector<std::uint64_t> resident_;
};

} // namespace

int main() {
  const auto seed = number("SLUICE_SEED", std::uint64_t{std::random_device{}()});
  const auto seconds = number("SOAK_SECONDS", 150);
  const char* kinds = std::getenv("SOAK_KINDS");
  std::printf("seed %llu (again: SLUICE_SEED=%llu), %llu s, %zu kinds of exchanges\n",
              static_cast<unsigned long long>(seed), static_cast<unsigned long long>(seed),
              static_cast<unsigned long long>(seconds), kinds_of_exchanges());
  std::fflush(stdout);
  try {
    origin_process origin;
    return soak_run{origin, seed, seconds, kinds ? kinds : ""}.all_good() ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
}
