#include <sluice/actors/connect/lookups.hpp>

#include <sluice/actors/io/clock.hpp>

#include <algorithm>
#include <csignal>
#include <system_error>
#include <thread>

namespace sluice {

namespace {

/// Signals that come while it lives are not for the threads that are made meanwhile: these inherit the mask.
class no_signals {
public:
  no_signals() {
    sigset_t all;
    sigfillset(&all);
    for (const auto own_fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT})
      sigdelset(&all, own_fault);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~no_signals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  no_signals(const no_signals&) = delete;
  no_signals& operator=(const no_signals&) = delete;

private:
  sigset_t before_{};
};

} // namespace

lookups::lookups(lookup_limits limits, lookup_functions functions) : limits_(limits), functions_(std::move(functions)) {
  local_.threads_max = std::max<std::size_t>(limits.local_threads, 1);
  network_.threads_max = std::max<std::size_t>(limits.threads, 1);
}

std::shared_ptr<lookups> lookups::make(lookup_limits limits, lookup_functions functions) {
  return std::shared_ptr<lookups>{new lookups{limits, std::move(functions)}};
}

std::shared_ptr<lookups> lookups::of_process() {
  // Not a static object: threads may still use it while those are destroyed.
  static auto* const only = new std::shared_ptr<lookups>{make({}, lookup_functions::of_system())};
  return *only;
}

bool lookups::shareable(const job& candidate) const {
  return !candidate.running || loop_clock::now() - candidate.begun <= limits_.shared_for;
}

lookups::question lookups::ask(const std::string& host, callback on_answer) {
  failure problem;
  {
    std::lock_guard guard{mutex_};
    const auto number = next_++;
    if (auto known = jobs_.find(host); known != jobs_.end() && shareable(*known->second)) {
      known->second->waiting.emplace(number, std::move(on_answer));
      questions_.emplace(number, known->second);
      return number;
    }
    if (local_.queue.size() + sorting_ + network_.queue.size() < limits_.queued) {
      auto new_job = std::make_shared<job>();
      new_job->host = host;
      local_.queue.push_back(new_job); // the first thing to find out is whether it is local
      start_thread(local_);
      if (local_.threads > 0) {
        new_job->waiting.emplace(number, std::move(on_answer));
        questions_.emplace(number, new_job);
        jobs_[host] = std::move(new_job);
        return number;
      }
      local_.queue.pop_back();
      problem = {errc::resolve_failed, caused_by::local, "no thread could be started for looking up a name"};
    } else {
      problem = {errc::limit_exceeded, caused_by::local,
                 "already " + std::to_string(limits_.queued) + " names wait to be looked up"};
    }
  }
  on_answer({{}, std::move(problem)});
  return 0;
}

void lookups::forget(question number) {
  callback unwanted; // destroyed after the lock is released: it may hold anything
  std::lock_guard guard{mutex_};
  const auto i = questions_.find(number);
  if (i == questions_.end())
    return;
  const auto asked = i->second;
  questions_.erase(i);
  unwanted = std::move(asked->waiting.extract(number).mapped());
  if (!asked->running)
    drop_if_unwanted(asked);
}

void lookups::drop_if_unwanted(const job_ptr& candidate) {
  if (!candidate->waiting.empty())
    return;
  std::erase(local_.queue, candidate);
  std::erase(network_.queue, candidate);
  if (const auto i = jobs_.find(candidate->host); i != jobs_.end() && i->second == candidate)
    jobs_.erase(i);
}

std::size_t lookups::under_way() const {
  std::lock_guard guard{mutex_};
  return local_.threads + network_.threads;
}

std::size_t lookups::queued() const {
  std::lock_guard guard{mutex_};
  return local_.queue.size() + network_.queue.size();
}

/// If it may have one more. A lane whose only thread could not be made has none, and its queue must not be left to
/// wait.
void lookups::start_thread(lane& where) {
  if (where.threads >= where.threads_max)
    return;
  try {
    no_signals masked;
    std::thread{[keep = shared_from_this(), at = &where]() mutable {
      try {
        keep->work(at);
      } catch (...) { // no memory: who asked is answered by their own time limit
        std::lock_guard guard{keep->mutex_};
        --at->threads;
      }
    }}.detach();
    ++where.threads;
  } catch (const std::system_error&) { // the machine has no more; those that there are take the queue
  }
}

/// Where a thread goes on that has found the queue of `where` empty. Null: it ends.
lookups::lane* lookups::next_lane(lane& where) {
  --where.threads;
  auto& other = &where == &local_ ? network_ : local_;
  if (other.queue.empty() || other.threads >= other.threads_max)
    return nullptr;
  ++other.threads;
  return &other;
}

/// The body of a thread, which works for `at` and may change lanes.
void lookups::work(lane*& at) {
  std::unique_lock guard{mutex_};
  for (;;) {
    if (at->queue.empty()) {
      auto* const next = next_lane(*at);
      if (!next)
        return;
      at = next;
    }
    const auto mine = at->queue.front();
    at->queue.pop_front();
    mine->running = true;
    mine->begun = loop_clock::now();
    bool here = true;
    if (at == &local_) {
      ++sorting_;
      guard.unlock();
      here = is_local(mine->host);
      guard.lock();
      --sorting_;
    }
    if (here) {
      guard.unlock();
      answer(mine);
      guard.lock();
      continue;
    }
    mine->running = false;
    network_.queue.push_back(mine);
    drop_if_unwanted(mine);
    // This thread changes lanes if it has nothing else to do; else the name needs another.
    if (!local_.queue.empty() && !network_.queue.empty())
      start_thread(network_);
  }
}

void lookups::answer(const job_ptr& finished) {
  const auto found = find(finished->host);
  std::vector<callback> waiting;
  {
    std::lock_guard guard{mutex_};
    for (auto& [number, on_answer] : finished->waiting) {
      questions_.erase(number);
      waiting.push_back(std::move(on_answer));
    }
    finished->waiting.clear();
    drop_if_unwanted(finished);
  }
  for (const auto& on_answer : waiting)
    on_answer(found);
}

bool lookups::is_local(const std::string& host) const noexcept {
  try {
    return functions_.is_local(host);
  } catch (...) {
    return false;
  }
}

lookup_answer lookups::find(const std::string& host) const noexcept {
  try {
    return functions_.find(host);
  } catch (const std::exception& error) {
    return {{}, {errc::internal, caused_by::local, std::string{"looking it up failed: "} + error.what()}};
  } catch (...) {
    return {{}, {errc::internal, caused_by::local, "looking it up failed"}};
  }
}

} // namespace sluice
