#include <sluice/actors/connect/resolver.hpp>

#include <sluice/actors/connect/name_lookup.hpp>
#include <sluice/actors/connect/source_address.hpp>
#include <sluice/protocols/dns/race.hpp>

#include <algorithm>
#include <map>
#include <system_error>
#include <utility>

namespace sluice {

namespace {

constexpr std::size_t addresses_max = 64; // of a name; the first ones, of both families

asio::ip::address to_asio(const dns::ip_address& address) {
  if (address.v6)
    return asio::ip::address_v6{address.octets, address.scope};
  return asio::ip::address_v4{{address.octets[0], address.octets[1], address.octets[2], address.octets[3]}};
}

failure without_family(dns::family family) {
  return {errc::resolve_failed, caused_by::local,
          family == dns::family::ipv4 ? "it has no IPv4 address, and only these are allowed"
                                      : "it has no IPv6 address, and only these are allowed"};
}

} // namespace

struct resolver::core : std::enable_shared_from_this<core> {
  struct question {
    callback on_answer;
    loop_timer limit;
    lookup_answer latest;
    std::shared_ptr<name_lookup> lookup = nullptr;
    std::uint64_t number = 0; // in the lookup
  };

  core(asio::io_context& loop_io, std::shared_ptr<address_book> client_book)
    : io(loop_io), book(std::move(client_book)) {}

  asio::io_context& io;
  const std::shared_ptr<address_book> book;
  std::map<std::uint64_t, question> questions;
  std::uint64_t next = 0;

  /// Only ever on the loop. The callback may be the end of all this.
  void answer(std::uint64_t which, lookup_answer found) {
    const auto keep = shared_from_this();
    const auto asked = questions.find(which);
    if (asked == questions.end())
      return;
    if (found.more) {
      asked->second.latest = found;
      const auto on_answer = asked->second.on_answer;
      return on_answer(found);
    }
    const auto node = questions.extract(asked);
    drop(node.mapped());
    node.mapped().on_answer(found);
  }

  void answer_soon(std::uint64_t which, lookup_answer found) {
    asio::post(io, [weak = weak_from_this(), which, found = std::move(found)] {
      if (const auto alive = weak.lock())
        alive->answer(which, found);
    });
  }

  static void drop(question& ended) {
    ended.limit.cancel();
    if (const auto lookup = std::exchange(ended.lookup, nullptr))
      lookup->forget(ended.number);
  }

  void cancel() {
    for (auto& [which, unanswered] : std::exchange(questions, {}))
      drop(unanswered);
  }

  /// Those of the family that is allowed, `ordered` as they are.
  lookup_answer answer_of(std::vector<dns::ip_address> addresses, bool ordered) const {
    const auto family = book->given().family;
    if (family != dns::family::any)
      std::erase_if(addresses, [family](const auto& each) { return each.v6 != (family == dns::family::ipv6); });
    if (addresses.empty())
      return {{}, without_family(family), false};
    addresses = ordered ? dns::interleave(addresses, [](const auto& each) { return each.v6; }) : in_order(addresses);
    addresses.resize(std::min(addresses.size(), addresses_max));
    lookup_answer result;
    std::transform(addresses.begin(), addresses.end(), std::back_inserter(result.addresses), to_asio);
    return result;
  }

  /// What is known without asking anybody.
  std::optional<lookup_answer> known(const std::string& host, std::uint16_t port) const {
    if (const auto given = book->prescribed(host, port))
      return answer_of(*given, true);
    if (const auto literal = dns::parse_ip(host))
      return answer_of({*literal}, true);
    if (const auto mine = book->local(host); !mine.empty())
      return answer_of(mine, false);
    if (const auto kept = book->remembered(host))
      return answer_of(*kept, false);
    return std::nullopt;
  }

  void ask_name_servers(std::uint64_t which, const std::string& host) {
    auto lookup = name_lookup::of(io, book, host);
    if (!lookup)
      return answer_soon(which, {{}, lookup.error(), false});
    auto& asked = questions.at(which);
    asked.lookup = *lookup;
    asked.number = asked.lookup->listen([weak = weak_from_this(), which](const name_lookup::result& found) {
      const auto alive = weak.lock();
      if (!alive)
        return;
      auto result = found.problem ? lookup_answer{{}, found.problem, false} : alive->answer_of(found.addresses, false);
      result.more = found.more;
      alive->answer(which, std::move(result));
    });
  }
};

resolver::resolver(asio::io_context& io, std::shared_ptr<address_book> book)
  : core_(std::make_shared<core>(io, std::move(book))) {}

resolver::~resolver() { core_->cancel(); }
void resolver::cancel() { core_->cancel(); }

void resolver::resolve(const std::string& host, std::uint16_t port, std::chrono::milliseconds limit,
                       callback on_answer) {
  auto& my = *core_;
  const auto which = my.next++;
  const std::weak_ptr<core> weak = core_;
  auto& mine =
      my.questions.try_emplace(which, core::question{std::move(on_answer), loop_timer{my.io}, {}}).first->second;
  if (auto found = my.known(host, port))
    return my.answer_soon(which, *std::move(found));
  mine.limit.expires_after(limit);
  mine.limit.async_wait([weak, which, limit](const std::error_code& code) {
    const auto alive = weak.lock();
    if (!alive || code)
      return;
    const auto asked = alive->questions.find(which);
    if (asked == alive->questions.end())
      return;
    auto latest = std::move(asked->second.latest);
    latest.more = false;
    if (latest.addresses.empty())
      latest.problem = {errc::resolve_failed, caused_by::transport,
                        "no answer within " + std::to_string(limit.count()) + " ms"};
    alive->answer(which, std::move(latest));
  });
  my.ask_name_servers(which, host);
}

} // namespace sluice
