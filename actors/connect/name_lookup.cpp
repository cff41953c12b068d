#include <sluice/actors/connect/name_lookup.hpp>

#include <sluice/actors/connect/local_end.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace sluice {

namespace {

/// How long IPv4 addresses wait for IPv6 addresses: the Resolution Delay of RFC 8305 section 3.
constexpr auto resolution_delay = std::chrono::milliseconds{50};

} // namespace

/// The lookups under way on one loop, by client and name.
class name_lookup::under_way : public asio::execution_context::service {
public:
  using key_type = under_way;
  static inline asio::execution_context::id id;

  explicit under_way(asio::io_context& io) : service(io) {}
  void shutdown() override { all.clear(); }

  std::map<std::pair<const address_book*, std::string>, std::weak_ptr<name_lookup>> all;
};

name_lookup::name_lookup(asio::io_context& io, std::shared_ptr<address_book> book, std::string host)
  : io_(io), book_(std::move(book)), host_(std::move(host)), resolution_delay_(io) {}

name_lookup::~name_lookup() {
  if (channel_)
    channel_->close();
  auto& all = asio::use_service<under_way>(io_).all;
  if (const auto mine = all.find({book_.get(), host_}); mine != all.end() && mine->second.expired())
    all.erase(mine);
}

result_or_failure<std::shared_ptr<name_lookup>>
name_lookup::of(asio::io_context& io, const std::shared_ptr<address_book>& book, const std::string& host) {
  auto& known = asio::use_service<under_way>(io).all[{book.get(), host}];
  if (auto running = known.lock(); running && !running->finished_)
    return running;
  std::shared_ptr<name_lookup> made{new name_lookup{io, book, host}};
  known = made;
  if (auto problem = made->begin())
    return problem;
  return made;
}

failure name_lookup::begin() {
  auto from = local_end_of(book_->given()).from;
  from.first_port = from.last_port = 0; // those are for connections
  auto made = dns_channel::make(io_, book_->name_servers(), std::move(from), [this, weak = weak_from_this()] {
    if (const auto keep = weak.lock())
      advance();
  });
  if (!made)
    return made.error();
  channel_ = *std::move(made);
  const auto family = book_->given().family;
  if (family != dns::family::ipv4)
    ask(v6_, true);
  if (family != dns::family::ipv6)
    ask(v4_, false);
  asio::post(io_, [weak = weak_from_this()] { // some answers come at once
    if (const auto keep = weak.lock())
      keep->advance();
  });
  return {};
}

void name_lookup::ask(half& which, bool v6) {
  which.asked = true;
  channel_->ask(host_, v6, [&which](dns_channel::answer got) {
    which.got = std::move(got);
    which.answered = true;
  });
}

/// On the loop, outside of c-ares.
void name_lookup::advance() noexcept {
  try {
    if (!finished_)
      look();
  } catch (...) { // no memory: who asked is answered by the time limit
  }
}

/// Looks at what has come.
void name_lookup::look() {
  const bool broken = static_cast<bool>(channel_->problem());
  if (broken || (!v6_.pending() && !v4_.pending()))
    return finish();
  if (reported_ || (!v6_.has_addresses() && !v4_.has_addresses()))
    return;
  if (v6_.has_addresses() || delay_over_)
    return report();
  if (std::exchange(delayed_, true))
    return;
  resolution_delay_.expires_after(resolution_delay);
  resolution_delay_.async_wait([weak = weak_from_this()](const std::error_code& code) {
    const auto self = weak.lock();
    if (!self || code)
      return;
    self->delay_over_ = true;
    self->advance();
  });
}

void name_lookup::finish() {
  finished_ = true;
  resolution_delay_.cancel();
  if (v6_.settled() && v4_.settled()) {
    auto lifetime = std::chrono::seconds::max();
    for (const auto* each : {&v6_, &v4_})
      if (each->has_addresses())
        lifetime = std::min(lifetime, each->got.time_to_live);
    book_->remember(host_, so_far().addresses, lifetime);
  }
  report();
  channel_->close(); // not before: the failure of the channel is told
}

name_lookup::result name_lookup::so_far() const {
  result found;
  for (const auto* each : {&v6_, &v4_})
    found.addresses.insert(found.addresses.end(), each->got.addresses.begin(), each->got.addresses.end());
  found.more = !finished_;
  if (found.addresses.empty() && finished_)
    found.problem = why_none();
  return found;
}

/// What kept a name server from answering says more than that it has no such record.
failure name_lookup::why_none() const {
  if (auto broken = channel_->problem())
    return broken;
  for (const auto* each : {&v4_, &v6_})
    if (each->asked && !each->got.certain)
      return each->got.problem;
  auto why = v4_.asked ? v4_.got.problem : v6_.got.problem;
  if ((v4_.asked && v4_.got.exists) || (v6_.asked && v6_.got.exists))
    why.detail = v4_.asked && v6_.asked ? "it has no IP address"
                 : v4_.asked            ? "it has no IPv4 address"
                                        : "it has no IPv6 address";
  return why;
}

/// To all who listen, in the order in which they asked. Each of them may be the end of others, and of this.
void name_lookup::report() {
  const auto keep = shared_from_this();
  reported_ = true;
  const auto found = so_far();
  std::vector<std::uint64_t> numbers;
  for (const auto& [number, on_result] : listeners_)
    numbers.push_back(number);
  for (const auto number : numbers) {
    const auto at = listeners_.find(number);
    if (at == listeners_.end())
      continue;
    const auto on_result = at->second;
    if (!found.more)
      listeners_.erase(at);
    on_result(found);
  }
}

std::uint64_t name_lookup::listen(listener on_result) {
  const auto number = next_number_++;
  listeners_.emplace(number, std::move(on_result));
  if (reported_)
    asio::post(io_, [weak = weak_from_this(), number] {
      const auto self = weak.lock();
      if (!self || self->finished_) // then it was told with the others
        return;
      if (const auto at = self->listeners_.find(number); at != self->listeners_.end()) {
        const auto on_late_result = at->second;
        on_late_result(self->so_far());
      }
    });
  return number;
}

} // namespace sluice
