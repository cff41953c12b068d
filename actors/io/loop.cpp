#include <sluice/actors/io/loop.hpp>

#include <sluice/protocols/flow/block_size.hpp>

#include <unistd.h>

namespace sluice {

namespace {
// Bytes of unused blocks that a loop keeps. Many connections with small responses need a block each; without these the
// memory would come from the kernel and go back to it with each request. Only pages that were written count as
// resident: one page of a block after small responses, the whole block after bulk transfers.
constexpr std::size_t retained_bytes = 16u << 20;
constexpr std::size_t messages_a_turn = 64;
constexpr std::size_t actors_a_turn = 1024; // before sockets and timers get their turn

/// Bytes of each block. The size alone costs a stalled body nothing: only pages that were written take memory, and it
/// has written its first window.
std::size_t block_bytes() {
  const auto l2 = sysconf(_SC_LEVEL2_CACHE_SIZE); // 0 or -1: unknown
  return flow::block_bytes_for(l2 > 0 ? static_cast<std::size_t>(l2) : 0);
}
} // namespace

loop::loop(caf::actor_system& system)
  : execution_unit(&system), work_(asio::make_work_guard(io_)),
    blocks_(chunk_pool::make(block_bytes(), retained_bytes / block_bytes())) {
  // Asio opens what it waits with (epoll, an event, a timer) for the first timer or socket. Where the process has no
  // descriptors left that fails here, with an exception to whoever makes the runtime, and not in an actor.
  asio::steady_timer{io_};
}

loop::~loop() { stop(); }

void loop::start() {
  thread_ = std::thread{[this] { io_.run(); }};
}

void loop::stop() {
  if (!work_)
    return;
  const bool by_hand = !thread_.joinable();
  // Actors spawn others until they hear of the end, hence again until nobody is left.
  while (residents() > 0) {
    ask_all_to_end();
    if (by_hand) {
      io_.poll();
      continue;
    }
    std::unique_lock guard{mutex_};
    empty_.wait_for(guard, std::chrono::milliseconds{20}, [this] { return count_ == 0; });
  }
  work_.reset();
  io_.stop();
  if (!by_hand)
    thread_.join();
  ready_.clear();
}

void loop::ask_all_to_end() {
  std::vector<caf::strong_actor_ptr> alive;
  {
    std::lock_guard guard{mutex_};
    for (auto* entry = first_; entry; entry = entry->next)
      if (caf::intrusive_ptr_upgrade_weak(entry->actor)) // else it is being destroyed at this moment
        alive.emplace_back(entry->actor, false);
  }
  for (auto& actor : alive)
    caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
}

std::size_t loop::residents() const {
  std::lock_guard guard{mutex_};
  return count_;
}

void loop::enter(resident& entry) {
  std::lock_guard guard{mutex_};
  entry.next = first_;
  if (first_)
    first_->previous = &entry;
  first_ = &entry;
  ++count_;
}

void loop::leave(resident& entry) {
  std::lock_guard guard{mutex_};
  (entry.previous ? entry.previous->next : first_) = entry.next;
  if (entry.next)
    entry.next->previous = entry.previous;
  if (--count_ == 0)
    empty_.notify_all();
}

void loop::exec_later(caf::resumable* resumable) {
  if (resumable->subtype() != caf::resumable::io_actor)
    return system().scheduler().enqueue(resumable); // an ordinary actor that one of ours woke
  job next{resumable, false};
  if (!io_.get_executor().running_in_this_thread())
    return asio::post(io_, [this, posted = std::move(next)]() mutable { run(std::move(posted)); });
  ready_.push_back(std::move(next));
  drain_later();
}

void loop::drain_later() {
  if (!std::exchange(drain_posted_, true))
    asio::post(io_, [this] { drain(); });
}

// Messages among the actors of a loop come in chains; asio would look at the sockets (a system call) after each link.
// All sockets that were ready are handled first: their chains then run side by side, and what they send leaves
// together.
void loop::drain() {
  for (std::size_t n = 0; n < actors_a_turn && !ready_.empty(); ++n) {
    auto next = std::move(ready_.front());
    ready_.pop_front();
    run(std::move(next));
  }
  drain_posted_ = false;
  if (!ready_.empty())
    drain_later();
}

void loop::run(job next) {
  if (next->resume(this, messages_a_turn) == caf::resumable::resume_later)
    exec_later(next.release());
}

failure failure_of(const std::exception_ptr& exception, const char* actor) {
  std::string description = "an unknown exception";
  try {
    std::rethrow_exception(exception);
  } catch (const std::exception& caught) {
    description = caught.what();
  } catch (...) {
  }
  return {errc::internal, caused_by::local, std::string{actor} + " failed: " + description};
}

} // namespace sluice
