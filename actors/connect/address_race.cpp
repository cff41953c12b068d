#include <sluice/actors/connect/address_race.hpp>

#include <algorithm>
#include <cstddef>

namespace sluice {

namespace {

using clock = loop_clock;

/// What another address of the same name is not tried after: who answered is not to be trusted, or the fault is our
/// own.
bool final(const failure& problem) {
  switch (problem.code) {
    case errc::tls_untrusted_certificate:
    case errc::tls_host_mismatch:
    case errc::tls_certificate_expired: return true;
    case errc::connect_failed: return false;
    default: return problem.by == caused_by::local;
  }
}

} // namespace

address_race::address_race(asio::io_context& io, handler_binder bind, std::string whom, std::string how)
  : timer_(io), bind_(std::move(bind)), whom_(std::move(whom)), how_(std::move(how)), race_(0, {}) {}

address_race::~address_race() { stop(); }

void address_race::start(const dns::race_limits& limits, std::vector<asio::ip::address> addresses, bool more,
                         maker make, handlers then) {
  started_ = true;
  more_ = more;
  limits_ = limits;
  race_ = dns::race{addresses.size(), limits};
  addresses_ = std::move(addresses);
  make_ = std::move(make);
  then_ = std::move(then);
  if (!finish_if_lost())
    drive();
}

void address_race::set_addresses(const std::vector<asio::ip::address>& all, bool more) {
  if (!started_ || over_)
    return;
  more_ = more;
  const auto begun = static_cast<std::ptrdiff_t>(race_.begun());
  addresses_.erase(addresses_.begin() + begun, addresses_.end());
  for (const auto& address : all)
    if (std::find(addresses_.begin(), addresses_.begin() + begun, address) == addresses_.begin() + begun)
      addresses_.push_back(address);
  race_.set_addresses(addresses_.size());
  if (!finish_if_lost())
    drive();
}

void address_race::stop() {
  over_ = true;
  timer_.cancel();
  for (auto& current : std::exchange(under_way_, {}))
    current.running->close();
}

/// Gives up what has lasted too long and begins what is due.
void address_race::drive() {
  while (!over_) {
    const auto now = clock::now();
    if (const auto late = race_.give_up(now)) {
      const auto late_attempt = take(*late);
      const bool connected = late_attempt->answered();
      late_attempt->close();
      settle(*late_attempt,
             {errc::connect_failed, caused_by::transport, connected ? "silent in the handshake" : "no answer"});
      (void)finish_if_lost();
    } else if (const auto next = race_.begin_next(now)) {
      if (!begin(*next))
        return;
    } else {
      return arm();
    }
  }
}

/// False: the race is over.
bool address_race::begin(std::size_t index) {
  auto new_attempt = make_(addresses_[index]);
  new_attempt->on_progress = [this] {
    race_.progressed(clock::now());
    arm();
  };
  new_attempt->on_end = [this, index](attempt::outcome outcome) { end(index, std::move(outcome)); };
  under_way_.push_back({index, new_attempt});
  auto at_once = new_attempt->begin();
  if (at_once.problem || at_once.ready)
    end(index, std::move(at_once));
  return !over_;
}

void address_race::arm() {
  const auto at = race_.deadline();
  if (at == clock::time_point::max())
    return;
  timer_.expires_at(std::max(at, clock::time_point{}));
  timer_.async_wait(bind_([this](const std::error_code& code) {
    if (!code && !over_)
      drive();
  }));
}

void address_race::end(std::size_t index, attempt::outcome outcome) {
  if (over_)
    return;
  const auto ended_attempt = take(index);
  if (outcome.ready) {
    stop();
    return std::exchange(then_, {}).won(std::move(outcome.ready));
  }
  race_.failed(index);
  settle(*ended_attempt, std::move(outcome.problem));
  if (!finish_if_lost())
    arm(); // the next is due at once
}

/// Takes down why an address failed.
void address_race::settle(const attempt& failed_attempt, failure why) {
  tried_ += (tried_.empty() ? " " : ", ") + failed_attempt.address_text() + " (" + why.detail + ")";
  ++failures_;
  // Who got furthest says most; but with no descriptors left the addresses are not to blame.
  if (worst_.code != errc::out_of_descriptors && (!worst_ || why.code != errc::connect_failed))
    worst_ = why;
  if (final(why) && (why.code != errc::out_of_descriptors || under_way_.empty())) {
    stop();
    std::exchange(then_, {}).lost(std::move(why));
  }
}

std::shared_ptr<attempt> address_race::take(std::size_t index) {
  const auto i = std::find_if(under_way_.begin(), under_way_.end(),
                              [index](const entrant& candidate) { return candidate.index == index; });
  auto result = std::move(i->running);
  under_way_.erase(i);
  return result;
}

bool address_race::finish_if_lost() {
  if (over_ || more_ || !race_.lost())
    return over_;
  stop();
  auto then = std::exchange(then_, {});
  then.lost(verdict());
  return true;
}

failure address_race::verdict() const {
  if (worst_.code == errc::out_of_descriptors || (failures_ == 1 && worst_.code != errc::connect_failed))
    return worst_;
  return {worst_ ? worst_.code : errc::connect_failed, worst_ ? worst_.by : caused_by::transport,
          "no address of " + whom_ + " " + how_ + ":" + tried_};
}

bool address_race::answered() const {
  return std::any_of(under_way_.begin(), under_way_.end(),
                     [](const entrant& candidate) { return candidate.running->answered(); });
}

std::string address_race::report() const {
  std::string result;
  for (const auto& current : under_way_)
    result += (result.empty() ? "it was still " : ", ") + std::string{current.running->doing()} + " "
              + current.running->address_text();
  if (!tried_.empty())
    result += (result.empty() ? "failed:" : "; failed:") + tried_;
  return result;
}

} // namespace sluice
