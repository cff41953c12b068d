// Which connection takes a request, and when a new one is opened.
#include <sluice/actors/client/pool_state.hpp>

#include <sluice/actors/connection/connection.hpp>
#include <sluice/messages/errors.hpp>
#include <sluice/protocols/tls/names.hpp>

#include <algorithm>
#include <string_view>

namespace sluice {

namespace {

/// How often one request may be given to a connection: again after a safe retry, and after connections that could not
/// take it. More is a fault of ours, or an origin that ends every connection.
constexpr std::uint32_t assignments_max = 10;

/// A request that its origin wants over HTTP/1.1 gets a connection of its own kind.
constexpr std::string_view http1_suffix = " http/1.1";

} // namespace

std::string origin_key(const exchange& exchange) {
  return exchange.where.origin() + std::string{exchange.http1_only ? http1_suffix : ""};
}

bool pool_state::has_place(const member& candidate) const {
  return !candidate.superseded && candidate.in_use < candidate.capacity
         && candidate.stalled < shared->config.stalled_streams_per_connection;
}

bool pool_state::connections_are_used_up() const {
  return members.size() >= std::min(shared->config.connections, connections_max);
}

/// The origin's connection that takes the next request; 0: none can.
std::uint64_t pool_state::own_place(origin_state& origin) {
  while (!origin.places.empty()) {
    const auto number = origin.places.back();
    auto* candidate = find(number);
    if (candidate && has_place(*candidate))
      return number;
    origin.places.pop_back();
    if (candidate)
      candidate->listed = false;
  }
  return 0;
}

/// A connection that was opened for another origin and holds for this one; 0: none.
std::uint64_t pool_state::shared_place(origin_state& origin) {
  std::erase_if(origin.shared, [this](std::uint64_t number) { return !find(number); });
  for (auto number : origin.shared)
    if (has_place(members.at(number)))
      return number;
  return 0;
}

/// If no other connection may be opened: one that has a place, though it carries many stalled bodies or is superseded.
std::uint64_t pool_state::last_resort(const origin_state& origin) const {
  for (auto number : origin.members)
    if (const auto& candidate = members.at(number); candidate.in_use < candidate.capacity)
      return number;
  return 0;
}

/// Connections on the same port whose certificate names the host. They hold for it if it is at the same address.
std::vector<std::uint64_t> pool_state::shareable(const uri::url& where) const {
  std::vector<std::uint64_t> result;
  const auto port = ":" + std::to_string(where.port);
  for (const auto& [number, candidate] : members)
    if (!candidate.address.empty() && candidate.capacity > 0 && candidate.origin.ends_with(port)
        && std::any_of(candidate.names.begin(), candidate.names.end(),
                       [&](const std::string& certified) { return tls::name_matches(certified, where.host); }))
      result.push_back(number);
  return result;
}

/// Before the first connection to an origin: looks up its addresses, if an open connection could hold for it. True:
/// the request waits for the answer.
bool pool_state::look_for_shared(const std::string& key, const uri::url& where) {
  auto& origin = origins[key];
  if (origin.looking || origin.looked || !origin.members.empty() || !where.secure()
      || !shared->names->addresses_identify())
    return origin.looking;
  origin.looked = true;
  auto candidates = shareable(where);
  if (candidates.empty())
    return false;
  origin.looking = true;
  names->resolve(where.host, where.port, shared->config.lookup_timeout,
                 self->bind([this, key, candidates](const lookup_answer& found) {
                   // The addresses of one family are enough: the request waits no longer.
                   const auto at = origins.find(key);
                   if (at == origins.end() || !std::exchange(at->second.looking, false))
                     return;
                   auto& mine = at->second;
                   for (auto number : candidates)
                     if (auto* candidate = find(number);
                         candidate
                         && std::any_of(found.addresses.begin(), found.addresses.end(),
                                        [&](const auto& address) { return address.to_string() == candidate->address; }))
                       mine.shared.push_back(number);
                   serve(mine);
                 }));
  return true;
}

bool pool_state::may_open(const std::string& key, const origin_state& origin) const {
  if (origin.active >= shared->config.connections_per_origin || connections_are_used_up())
    return false;
  if (origin.connecting == 0)
    return true;
  // A connection that is being opened may turn out to take many requests (HTTP/2, HTTP/3): then others wait for it.
  const auto protocol = shared->config.protocol;
  const bool may_take_many = !key.ends_with(http1_suffix)
                             && (protocol == http_choice::http2_prior_knowledge
                                 || (protocol != http_choice::http1 && key.starts_with("https:")));
  if (origin.expected == 0)
    return !may_take_many;
  return origin.connecting * (origin.expected - 1) <= origin.waiting.size();
}

bool pool_state::assign(promise& answer, const exchange_ptr& exchange) {
  const auto key = origin_key(*exchange);
  auto& origin = origins[key];
  if (exchange->misdirected)
    origin.shared.clear();
  auto number = own_place(origin);
  if (number == 0)
    number = shared_place(origin);
  if (number == 0 && !exchange->http1_only && look_for_shared(key, exchange->where))
    return false;
  if (number == 0 && may_open(key, origin))
    number = open(key, origin);
  if (number == 0)
    number = last_resort(origin);
  if (number == 0)
    return false;
  if (++exchange->assigned > assignments_max) {
    answer.deliver(make_error({errc::refused, caused_by::remote,
                               "the request was handed to " + std::to_string(assignments_max) + " connections to " + key
                                   + ", and none could take it; the origin may be going down"}));
    return true;
  }
  auto& taken = members.at(number);
  exchange->coalesced = taken.origin != key;
  change(number, taken, [](member& changed) { ++changed.in_use; });
  answer.delegate(taken.handle, begin_atom::value, exchange);
  return true;
}

std::uint64_t pool_state::open(const std::string& key, origin_state& origin) {
  auto& home = *shared->loops[next_loop++ % shared->loops.size()];
  const auto number = next_number++;
  const auto owner = caf::actor_cast<pool>(self);
  const auto& replaced = shared->stand_ins.connection;
  auto handle = replaced ? replaced(home, owner, number) : spawn_connection(home, owner, number, shared);
  watch(self, handle);
  members.emplace(number, member{handle, key});
  origin.members.push_back(number);
  ++origin.connecting;
  return number;
}

void pool_state::evict_idle() {
  for (auto& [number, candidate] : members)
    if (candidate.idle() && candidate.capacity > 0) {
      candidate.capacity = 0;
      self->send(candidate.handle, forget_atom::value); // its `retired` then serves the requests that wait
      return;
    }
}

} // namespace sluice
