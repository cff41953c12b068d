// Each number that a client or a request is given is checked where it comes in, and the failure names the field and its
// range.
#include "fixture.hpp"

#include <sluice/actors/blocking.hpp>
#include <sluice/actors/client/client_bounds.hpp>
#include <sluice/actors/for_each.hpp>
#include <sluice/messages/bounds.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

using namespace sluice;
using namespace sluice::tests;
using namespace std::chrono_literals;

namespace {

bool names(const failure& problem, std::string_view what) { return problem.detail.find(what) != std::string::npos; }

/// How many rows of the table begin with `prefix`; "": those without a dot.
std::size_t rows_of(std::string_view prefix) {
  const auto all = bounded_fields();
  return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](const bounded_field& field) {
    const std::string_view name{field.name};
    return prefix.empty() ? name.find('.') == std::string_view::npos : name.starts_with(prefix);
  }));
}

request of(std::string url) {
  request outgoing;
  outgoing.url = std::move(url);
  return outgoing;
}

struct bad_request {
  const char* named;
  const char* range;
  std::function<void(request&)> spoil;
};

const bad_request bad_requests[] = {
    {"request.read.window", "from 1024 to 16777216", [](request& spoiled) { spoiled.read.window = wire_bytes{1}; }},
    {"request.read.window", "from 1024 to 16777216", [](request& spoiled) { spoiled.read.window = wire_bytes{1023}; }},
    {"request.read.window", "from 1024 to 16777216",
     [](request& spoiled) { spoiled.read.window = wire_bytes{(16u << 20) + 1}; }},
    {"request.read.window", "from 1024 to 16777216",
     [](request& spoiled) { spoiled.read.window = wire_bytes{std::uint64_t{1} << 62}; }},
    {"request.deadlines.connect", "from 0", [](request& spoiled) { spoiled.deadlines.connect = -1ms; }},
    {"request.deadlines.head", "to 31536000000 ms",
     [](request& spoiled) { spoiled.deadlines.head = longest_deadline + 1ms; }},
    {"request.deadlines.total", "to 31536000000 ms",
     [](request& spoiled) { spoiled.deadlines.total = std::chrono::milliseconds::max(); }},
    {"request.deadlines.peer_silence", "from 0",
     [](request& spoiled) { spoiled.deadlines.peer_silence = std::chrono::milliseconds::min(); }},
    {"request.deadlines.upload_silence", "from 0", [](request& spoiled) { spoiled.deadlines.upload_silence = -5ms; }},
    {"request.method", "1 to 64 bytes", [](request& spoiled) { spoiled.method = std::string(65, 'A'); }},
    {"request.method", "token", [](request& spoiled) { spoiled.method.clear(); }},
    {"request.url", "1 to 65536 bytes", [](request& spoiled) { spoiled.url += std::string(70'000, 'a'); }},
    {"request.fields", "at most 1000 lines",
     [](request& spoiled) {
       for (int i = 0; i < 1001; ++i)
         spoiled.fields.add("X", "y");
     }},
    {"request.fields", "at most 1048576 bytes",
     [](request& spoiled) { spoiled.fields.add("X", std::string(1u << 20, 'y')); }},
    {"request.fields", "control characters", [](request& spoiled) { spoiled.fields.add("X", "a\nb"); }},
    {"request.redirects.limit", "from 0 to 1000", [](request& spoiled) { spoiled.redirects.limit = 1001; }},
    {"request.retries.attempts", "from 0 to 1000", [](request& spoiled) { spoiled.retries.attempts = 1001; }},
    {"request.retries.factor", "from 1 to 10", [](request& spoiled) { spoiled.retries.factor = 0; }},
    {"request.retries.factor", "from 1 to 10", [](request& spoiled) { spoiled.retries.factor = 11; }},
    {"request.retries.jitter_percent", "from 0 to 100", [](request& spoiled) { spoiled.retries.jitter_percent = 101; }},
    {"request.retries.first_delay", "from 0", [](request& spoiled) { spoiled.retries.first_delay = -1ms; }},
    {"request.retries.largest_delay", "to 31536000000 ms",
     [](request& spoiled) { spoiled.retries.largest_delay = longest_deadline + 1ms; }},
    {"request.retries.total_time", "from 0", [](request& spoiled) { spoiled.retries.total_time = -1ms; }},
    {"request.retries.further_statuses", "from 400 to 599",
     [](request& spoiled) { spoiled.retries.further_statuses = {302}; }},
    {"request.retries.further_statuses", "at most 200",
     [](request& spoiled) { spoiled.retries.further_statuses.assign(201, 404); }},
    {"request.priority.urgency", "from 0 to 7", [](request& spoiled) { spoiled.priority = http::priority{8, false}; }},
    {"request.body", "present",
     [](request& spoiled) { spoiled.body.bytes = chunk::copy_of(std::string_view{"lost"}); }},
    {"request.body.length", "has 2 bytes",
     [](request& spoiled) {
       spoiled.body = request_body::of("ab");
       spoiled.body.length = std::uint64_t{3};
     }},
    {"request.body.length", "to 4611686018427387903",
     [](request& spoiled) {
       spoiled.body = request_body::of("ab");
       spoiled.body.length = std::uint64_t{UINT64_MAX};
     }},
};

} // namespace

BOOST_AUTO_TEST_SUITE(client_bounds)

BOOST_AUTO_TEST_CASE(the_usual_configuration_is_accepted) { BOOST_TEST(to_string(check(client_config{})) == "none"); }

BOOST_AUTO_TEST_CASE(each_field_is_taken_at_its_bounds_and_refused_beyond_them_by_name) {
  for (const auto& field : bounded_fields())
    BOOST_TEST_CONTEXT(field.name) {
      const auto name = std::string{"client_config."} + field.name + " must be from ";
      const auto range = "from " + std::to_string(field.least) + " to " + std::to_string(field.most);
      for (auto good : {field.least, field.most}) {
        client_config config;
        field.set(config, good);
        BOOST_TEST(field.value(config) == good);
        BOOST_TEST(!names(check(config), name)); // other fields may have to follow
      }
      for (auto bad : {field.least - 1, field.most + 1, INT64_MAX, INT64_MIN}) {
        client_config config;
        field.set(config, bad);
        if (const auto kept = field.value(config); kept >= field.least && kept <= field.most)
          continue; // the field's type has no such value
        const auto problem = check(config);
        BOOST_TEST((problem.code == errc::invalid_configuration));
        BOOST_TEST(names(problem, name), problem.detail);
        BOOST_TEST(names(problem, range), problem.detail);
      }
      client_config above;
      field.set(above, field.most + 1);
      BOOST_TEST(field.value(above) != field.most);
      BOOST_TEST(bool{check(above)});
    }
}

BOOST_AUTO_TEST_CASE(each_field_of_the_limits_has_a_row) {
  // A field more makes one of these fail to compile: give it a row in client_bounds.cpp, and a name here.
  const client_config config;
  {
    [[maybe_unused]] const auto& [a, b, c, d, e, f, g, h, i] = config.http1; // bare_lf is a bool
    BOOST_TEST(rows_of("http1.") == 8u);
  }
  {
    [[maybe_unused]] const auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = config.http2;
    BOOST_TEST(rows_of("http2.") == 16u);
  }
  {
    [[maybe_unused]] const auto& [a, b, c, d, e, f, g, h, i, j] = config.http3;
    BOOST_TEST(rows_of("http3.") == 10u);
  }
  {
    [[maybe_unused]] const auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = config.quic; // early_data is a bool
    BOOST_TEST(rows_of("quic.") == 15u);
  }
  {
    [[maybe_unused]] const auto& [a, b] = config.coding;
    BOOST_TEST(rows_of("coding.") == 2u);
  }
  {
    // interface, resolve, connect_to, name_servers and unix_socket are texts, abstract_unix_socket is a bool
    [[maybe_unused]] const auto& [a, b, c, d, e, f, g, h, i, j, k, l] = config.addressing;
    BOOST_TEST(rows_of("addressing.") == 12u - 6u);
  }
  {
    // tls, http1 to addressing have their own; alternative_services_file and user_agent are strings
    [[maybe_unused]] const auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, y, z, aa, ab] =
        config;
    BOOST_TEST(rows_of("") == 27u - 7u - 2u);
  }
}

BOOST_AUTO_TEST_CASE(fields_that_do_not_fit_together_are_refused_by_name) {
  struct row {
    const char* named;
    std::function<void(client_config&)> spoil;
  };
  const row table[] = {
      {"largest_window", [](client_config& config) { config.largest_window = wire_bytes{32u << 10}; }},
      {"memory_budget", [](client_config& config) { config.memory_budget = wire_bytes{32u << 10}; }},
      {"quic.batch_bytes", [](client_config& config) { config.quic.batch_bytes = 1300; }},
      {"http2.ping_timeout", [](client_config& config) { config.http2.ping_timeout = 0ms; }},
      {"user_agent", [](client_config& config) { config.user_agent = "a\r\nb"; }},
      {"user_agent", [](client_config& config) { config.user_agent = std::string(10'000, 'a'); }},
      {"alternative_services_file",
       [](client_config& config) { config.alternative_services_file = std::string("a\0b", 3); }},
      {"addressing.cached_at_most",
       [](client_config& config) { config.addressing.cached_at_least = std::chrono::seconds{3601}; }},
      {"addressing.local_port_last",
       [](client_config& config) {
         config.addressing.local_port = 2;
         config.addressing.local_port_last = 1;
       }},
      {"addressing.local_port", [](client_config& config) { config.addressing.local_port_last = 1; }},
      {"addressing.resolve", [](client_config& config) { config.addressing.resolve = {"a:80"}; }},
      {"addressing.resolve", [](client_config& config) { config.addressing.resolve.resize(10'001, "a:80:::1"); }},
      {"addressing.connect_to", [](client_config& config) { config.addressing.connect_to = {"a"}; }},
      {"addressing.name_servers", [](client_config& config) { config.addressing.name_servers = {"a"}; }},
      {"addressing.interface", [](client_config& config) { config.addressing.interface = "if!"; }},
      {"addressing.unix_socket", [](client_config& config) { config.addressing.unix_socket = std::string(108, 'a'); }},
      {"addressing.unix_socket", [](client_config& config) { config.addressing.abstract_unix_socket = true; }},
      {"tls.minimum",
       [](client_config& config) {
         config.tls.minimum = tls::version::tls1_3;
         config.tls.maximum = tls::version::tls1_2;
       }},
  };
  for (const auto& entry : table) {
    client_config config;
    entry.spoil(config);
    const auto problem = check(config);
    BOOST_TEST((problem.code == errc::invalid_configuration), entry.named);
    BOOST_TEST(names(problem, std::string{"client_config."} + entry.named), problem.detail);
  }
}

BOOST_AUTO_TEST_CASE(a_request_out_of_range_is_refused_by_name_before_a_connection_is_made) {
  fixture f;
  for (const auto& entry : bad_requests) {
    auto bad = of(f.server->url("/bytes/10"));
    entry.spoil(bad);
    const auto got = f.fetch(std::move(bad));
    BOOST_REQUIRE(!got);
    const bool expected = got.error().code == errc::invalid_request || got.error().code == errc::invalid_url;
    BOOST_TEST(expected, to_string(got.error()));
    BOOST_TEST(names(got.error(), entry.named), got.error().detail);
    BOOST_TEST(names(got.error(), entry.range), got.error().detail);
  }
  BOOST_TEST(f.server->snapshot().connections_accepted == 0u);
  BOOST_TEST(f.nothing_held());
}

BOOST_AUTO_TEST_CASE(a_request_at_its_bounds_is_carried_out) {
  fixture f;
  auto outgoing = of(f.server->url("/bytes/100k"));
  outgoing.deadlines = {longest_deadline, longest_deadline, longest_deadline, longest_deadline, longest_deadline};
  outgoing.priority = http::priority{7, true};
  for (auto window : {smallest_window, wire_bytes{16u << 20}}) {
    outgoing.read.window = window;
    BOOST_TEST(f.drain(take(f.fetch(outgoing)).body).whole());
  }
}

BOOST_AUTO_TEST_CASE(a_window_is_bounded_by_what_the_client_shares) {
  client_config config;
  BOOST_TEST(largest_explicit_window(config).value == 16u << 20);
  config.memory_budget = wire_bytes{1u << 20};
  BOOST_TEST(largest_explicit_window(config).value == 1u << 20);
}

BOOST_AUTO_TEST_CASE(reads_out_of_range_are_refused_and_cost_nothing) {
  for (auto n : {std::uint64_t{0}, largest_read.value + 1, UINT64_MAX})
    BOOST_TEST(names(check_read(decoded_bytes{n}), "1 to 1073741824 bytes"));
  for (auto n : {std::uint64_t{1}, largest_read.value})
    BOOST_TEST(!check_read(decoded_bytes{n}));
  BOOST_TEST(piece_limit(largest_read) == chunk_limit_bytes);
  BOOST_TEST(piece_limit(decoded_bytes{7}) == 7u);

  auto server = take(origin::server::start({}));
  blocking::client http;
  auto got = take(http.get(server->url("/bytes/100k")));
  for (auto n : {std::uint64_t{0}, largest_read.value + 1, UINT64_MAX}) {
    const auto refused = got.read(decoded_bytes{n});
    BOOST_REQUIRE(!refused);
    BOOST_TEST((refused.error().code == errc::invalid_request));
  }
  BOOST_TEST(take(got.read(largest_read)).size() > 0u);
  BOOST_TEST(take(got.text()).size() > 0u); // it goes on where it was
}

BOOST_AUTO_TEST_CASE(text_is_bounded_by_its_limit_whatever_that_is) {
  auto server = take(origin::server::start({}));
  blocking::client http;
  BOOST_TEST(take(take(http.get(server->url("/bytes/100k"))).text(SIZE_MAX)).size() == 100u << 10);
  const auto refused = take(http.get(server->url("/bytes/100k"))).text(1000);
  BOOST_REQUIRE(!refused);
  BOOST_TEST((refused.error().code == errc::limit_exceeded));
}

BOOST_AUTO_TEST_CASE(a_response_that_was_moved_from_has_no_body_and_says_so) {
  auto server = take(origin::server::start({}));
  blocking::client http;
  auto first = take(http.get(server->url("/bytes/10")));
  auto second = std::move(first);
  BOOST_TEST((first.read().error().code == errc::cancelled)); // NOLINT(bugprone-use-after-move)
  BOOST_TEST((first.stats().error().code == errc::cancelled));
  first.cancel();
  BOOST_TEST(take(second.text()).size() == 10u);
}

BOOST_AUTO_TEST_SUITE_END()
