#include <sluice/actors/io/loop.hpp>

namespace sluice {

namespace {
// Large, for few system calls in bulk; a stalled body touches, and so costs, only the pages of its first window.
constexpr std::size_t block_bytes = 256u << 10;
constexpr std::size_t blocks_retained = 16; // unused ones; 4 MiB a loop at most
constexpr std::size_t messages_a_turn = 64;
} // namespace

loop::loop(caf::actor_system& system)
  : execution_unit(&system), work_(asio::make_work_guard(io_)), blocks_(chunk_pool::make(block_bytes, blocks_retained)) {}

loop::~loop() { stop(); }

void loop::start() {
  thread_ = std::thread{[this] { io_.run(); }};
}

void loop::stop() {
  if (!thread_.joinable())
    return;
  {
    std::unique_lock guard{mutex_};
    // Actors spawn others until they hear of the end, hence again until nobody is left.
    while (count_ > 0) {
      std::vector<caf::strong_actor_ptr> alive;
      for (auto* x = first_; x; x = x->next)
        if (caf::intrusive_ptr_upgrade_weak(x->actor)) // else it is being destroyed at this moment
          alive.emplace_back(x->actor, false);
      guard.unlock();
      for (auto& x : alive)
        caf::anon_send_exit(x, caf::exit_reason::user_shutdown);
      alive.clear();
      guard.lock();
      empty_.wait_for(guard, std::chrono::milliseconds{20}, [this] { return count_ == 0; });
    }
  }
  work_.reset();
  io_.stop();
  thread_.join();
}

std::size_t loop::residents() const {
  std::lock_guard guard{mutex_};
  return count_;
}

void loop::enter(resident& x) {
  std::lock_guard guard{mutex_};
  x.next = first_;
  if (first_)
    first_->previous = &x;
  first_ = &x;
  ++count_;
}

void loop::leave(resident& x) {
  std::lock_guard guard{mutex_};
  (x.previous ? x.previous->next : first_) = x.next;
  if (x.next)
    x.next->previous = x.previous;
  if (--count_ == 0)
    empty_.notify_all();
}

void loop::exec_later(caf::resumable* x) {
  if (x->subtype() == caf::resumable::io_actor)
    asio::post(io_, [this, p = caf::intrusive_ptr<caf::resumable>{x, false}]() mutable { run(std::move(p)); });
  else
    system().scheduler().enqueue(x); // an ordinary actor that one of ours woke
}

void loop::run(caf::intrusive_ptr<caf::resumable> x) {
  if (x->resume(this, messages_a_turn) == caf::resumable::resume_later)
    exec_later(x.release());
}

} // namespace sluice
