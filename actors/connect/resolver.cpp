#include <sluice/actors/connect/resolver.hpp>

#include <sluice/actors/io/clock.hpp>

#include <map>
#include <mutex>
#include <system_error>
#include <utility>

namespace sluice {

namespace {

/// The way from other threads onto a loop, as long as there is that loop.
class way_in {
public:
  explicit way_in(asio::io_context& io) : io_(&io) {}

  template <class F>
  void post(F task) noexcept {
    std::lock_guard guard{mutex_};
    if (!io_)
      return;
    try {
      asio::post(*io_, std::move(task));
    } catch (...) { // no memory: the time limit answers
    }
  }
  void close() {
    std::lock_guard guard{mutex_};
    io_ = nullptr;
  }

private:
  std::mutex mutex_;
  asio::io_context* io_;
};

/// One way in for each io_context, which closes it when it begins to be destroyed.
class way_in_service : public asio::execution_context::service {
public:
  using key_type = way_in_service;
  static inline asio::execution_context::id id;

  explicit way_in_service(asio::io_context& io) : service(io), way(std::make_shared<way_in>(io)) {}
  void shutdown() override { way->close(); }

  const std::shared_ptr<way_in> way;
};

} // namespace

struct resolver::core : std::enable_shared_from_this<core> {
  struct question {
    callback on_answer;
    loop_timer limit;
    lookups::question number = 0;
  };

  core(asio::io_context& loop_io, std::shared_ptr<lookups> name_lookups)
    : io(loop_io), through(std::move(name_lookups)), way(asio::use_service<way_in_service>(loop_io).way) {}

  asio::io_context& io;
  std::shared_ptr<lookups> through;
  std::shared_ptr<way_in> way;
  std::map<std::uint64_t, question> questions;
  std::uint64_t next = 0;

  /// Only ever on the loop.
  void answer(std::uint64_t which, const lookup_answer& found) {
    auto node = questions.extract(which);
    if (!node)
      return;
    node.mapped().limit.cancel();
    through->forget(node.mapped().number); // if it is the limit that answers
    node.mapped().on_answer(found);
  }

  void cancel() {
    const auto all = std::exchange(questions, {});
    for (const auto& [which, unanswered] : all)
      through->forget(unanswered.number);
  }
};

resolver::resolver(asio::io_context& io, std::shared_ptr<lookups> through)
  : core_(std::make_shared<core>(io, through ? std::move(through) : lookups::of_process())) {}

resolver::~resolver() { core_->cancel(); }
void resolver::cancel() { core_->cancel(); }

void resolver::resolve(const std::string& host, std::chrono::milliseconds limit, callback on_answer) {
  auto& my = *core_;
  const auto which = my.next++;
  const std::weak_ptr<core> weak = core_;
  auto& mine = my.questions.try_emplace(which, core::question{std::move(on_answer), loop_timer{my.io}}).first->second;
  std::error_code not_literal;
  if (const auto literal = asio::ip::make_address(host, not_literal); !not_literal) {
    asio::post(my.io, [weak, which, literal] {
      if (const auto alive = weak.lock())
        alive->answer(which, {{literal}, {}});
    });
    return;
  }
  mine.limit.expires_after(limit);
  mine.limit.async_wait([weak, which, limit](const std::error_code& code) {
    if (const auto alive = weak.lock(); alive && !code)
      alive->answer(which, {{},
                            {errc::resolve_failed, caused_by::transport,
                             "no answer within " + std::to_string(limit.count()) + " ms"}});
  });
  // The lookup's thread touches the way in alone; what it brings is looked at on the loop.
  mine.number = my.through->ask(host, [way = my.way, weak, which](const lookup_answer& found) {
    way->post([weak, which, found] {
      if (const auto alive = weak.lock())
        alive->answer(which, found);
    });
  });
}

} // namespace sluice
