#include "visitor.hpp"

#include <sluice/deploy/origin/content.hpp>

#include <sluice/messages/errors.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace sluice::soak {

namespace {

using go_on_atom = caf::atom_constant<caf::atom("goon")>;
using die_atom = caf::atom_constant<caf::atom("die")>;

class visitor : public caf::event_based_actor {
public:
  visitor(caf::actor_config& config, tally& told, plan chosen, std::string over)
    : caf::event_based_actor(config), told_(told), plan_(std::move(chosen)), over_(std::move(over)),
      id_(told_.begin(plan_.kind + " over " + over_)) {}

  const char* name() const override { return "visitor"; }

  caf::behavior make_behavior() override {
    if (plan_.dies_after.count() >= 0)
      delayed_send(this, plan_.dies_after, die_atom::value);
    request(plan_.by, caf::infinite, std::move(plan_.what))
        .then([this](sluice::response& reply) { begun(reply); }, [this](caf::error& error) { failed(error); });
    return {[this](go_on_atom) { read(); }, [this](die_atom) { done(); }};
  }

  void on_exit() override {
    done(); // killed from elsewhere: nobody does
    body_ = nullptr;
    plan_ = {};
  }

private:
  void begun(sluice::response& reply) {
    if (over_done_)
      return;
    body_ = std::move(reply.body);
    if (reply.head.status != plan_.status)
      return done("status " + std::to_string(reply.head.status));
    if (stops())
      return stop();
    read();
  }

  bool stops() const { return plan_.next != then::read_on && !stopped_ && bytes_ >= plan_.stop_after; }

  void stop() {
    stopped_ = true;
    switch (plan_.next) {
      case then::cancel:
        send(body_, cancel_atom::value);
        request(body_, caf::infinite, read_atom::value, decoded_bytes{1})
            .then([this](piece&) { done("a read after a cancel gave bytes"); },
                  [this](caf::error& error) {
                    const auto problem = failure_of(error);
                    done(problem.code == errc::cancelled ? "" : "after a cancel: " + to_string(problem), true);
                  });
        return;
      case then::settle:
        send(body_, settle_atom::value);
        delayed_send(this, plan_.pause, go_on_atom::value);
        return;
      case then::rest: delayed_send(this, plan_.pause, go_on_atom::value); return;
      default: done(); return;
    }
  }

  void read() {
    if (over_done_)
      return;
    request(body_, caf::infinite, read_atom::value, decoded_bytes{plan_.read_size})
        .then([this](piece& part) { took(part); }, [this](caf::error& error) { failed(error); });
  }

  void took(piece& part) {
    if (over_done_)
      return;
    if (part.end)
      return ended(part);
    if (bytes_ == 0)
      told_.flows(id_);
    bytes_ += part.data.size();
    if (plan_.seeded) {
      if (!content_.update(part.data.bytes()))
        return done("wrong byte at " + std::to_string(content_.offset()));
    } else if (!plan_.contains.empty() && text_.size() < 4096) {
      const auto bytes = part.data.bytes();
      text_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    }
    if (stops())
      return stop();
    read();
  }

  void ended(const piece& part) {
    if (plan_.expected == expectation::fails)
      return done("ended as if whole, after " + std::to_string(bytes_) + " bytes");
    if (plan_.seeded && plan_.expected == expectation::whole && bytes_ != plan_.size)
      return done(std::to_string(bytes_) + " bytes instead of " + std::to_string(plan_.size));
    if (text_.find(plan_.contains) == std::string::npos)
      return done("the body is " + text_);
    if (plan_.trailers && part.trailers.empty())
      return done("no trailers");
    done();
  }

  void failed(const caf::error& error) {
    const auto problem = failure_of(error);
    const auto& allowed = plan_.failures;
    const bool good = plan_.expected != expectation::whole
                      && (allowed.empty() ? problem.code != errc::timed_out && problem.code != errc::internal
                                          : std::find(allowed.begin(), allowed.end(), problem.code) != allowed.end());
    done(good ? "" : "after " + std::to_string(bytes_) + " bytes: " + to_string(problem), true);
  }

  void done(const std::string& fault = {}, bool with_failure = false) {
    if (std::exchange(over_done_, true))
      return;
    // Its handles go first: what the tally says has ended holds nothing any more.
    body_ = nullptr;
    const auto what = plan_.kind + " over " + over_;
    told_.end(id_, plan_.kind, with_failure || !fault.empty(), fault.empty() ? fault : what + ": " + fault);
    quit();
  }

  tally& told_;
  plan plan_;
  std::string over_;
  std::uint64_t id_;
  body_reader body_;
  origin::checker content_{1};
  std::string text_;
  std::uint64_t bytes_ = 0;
  bool stopped_ = false, over_done_ = false;
};

struct content_state {
  static inline const char* name = "content";
  std::uint64_t given = 0;
};

body_source::behavior_type give_content(body_source::stateful_pointer<content_state> self, std::uint64_t size) {
  return {[self, size](read_atom, decoded_bytes most) -> caf::result<piece> {
    auto& given = state_of(self).given;
    const auto n = static_cast<std::size_t>(std::min({most.value, size - given, std::uint64_t{32u << 10}}));
    if (n == 0)
      return piece{{}, true};
    auto data = chunk::filled(n, [&](std::byte* out) { origin::fill(1, given, {out, n}); });
    given += n;
    return piece{std::move(data), false};
  }};
}

} // namespace

void visit(caf::actor_system& system, tally& told, plan chosen, std::string_view over) {
  system.spawn<visitor>(told, std::move(chosen), std::string{over});
}

body_source content_source(caf::actor_system& system, std::uint64_t size) { return system.spawn(give_content, size); }

} // namespace sluice::soak
