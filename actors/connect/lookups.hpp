// Blocking name lookups on a bounded number of detached threads that nobody ever waits for. Any thread.
// Knows no event loop and no actor; resolver.hpp brings the answers onto a loop.
#pragma once

#include <sluice/protocols/failure.hpp>

#include <asio.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace sluice {

/// The addresses in the order in which the system wants them tried (RFC 6724), or why there are none.
struct lookup_answer {
  std::vector<asio::ip::address> addresses;
  failure problem;
};

/// How to look up. Both block, and are called on several threads at once.
struct lookup_functions {
  /// Whether find() answers without asking anybody over the network.
  std::function<bool(const std::string& host)> is_local;
  std::function<lookup_answer(const std::string& host)> find;

  /// getaddrinfo(3). Local: names of /etc/hosts, and localhost (RFC 6761 section 6.3).
  static lookup_functions of_system();
};

struct lookup_limits {
  std::size_t threads = 32;      ///< lookups over the network, at once
  std::size_t local_threads = 4; ///< beside them, for names that are local: lookups that hang delay none of these
  std::size_t queued = 4096;     ///< names that wait for a thread; beyond it errc::limit_exceeded
  /// A question joins a lookup of the same name that waits, or began no longer ago than that. An older one may hang.
  std::chrono::milliseconds shared_for{10'000};
};

/// A thread lives while there is something to look up, and holds a share of all that it touches: a lookup that hangs
/// keeps neither a loop nor the process from ending, and nothing is freed under it. Threads take no signals, which are
/// the host's.
class lookups : public std::enable_shared_from_this<lookups> {
public:
  using callback = std::function<void(const lookup_answer&)>;
  using question = std::uint64_t;

  static std::shared_ptr<lookups> make(lookup_limits limits, lookup_functions functions);
  /// One for all clients of the process, made when first asked for and never destroyed.
  static std::shared_ptr<lookups> of_process();
  lookups(const lookups&) = delete;
  lookups& operator=(const lookups&) = delete;

  /// `on_answer` is called once, on a lookup thread; at once, on this one, if nothing can be looked up. It must not
  /// throw.
  question ask(const std::string& host, callback on_answer);
  /// The callback is not called any more, unless it is being called right now. A lookup that nobody waits for and that
  /// has not begun does not begin.
  void forget(question number);

  /// Lookups that occupy a thread.
  std::size_t under_way() const;
  std::size_t queued() const;

private:
  struct job {
    std::string host;
    std::chrono::steady_clock::time_point begun;
    bool running = false;
    std::map<question, callback> waiting;
  };
  using job_ptr = std::shared_ptr<job>;
  struct lane {
    std::size_t threads_max = 0, threads = 0;
    std::deque<job_ptr> queue;
  };

  lookups(lookup_limits limits, lookup_functions functions);
  bool shareable(const job& candidate) const;
  void start_thread(lane& where);
  void work(lane*& at);
  void answer(const job_ptr& finished);
  lane* next_lane(lane& where);
  void drop_if_unwanted(const job_ptr& candidate);
  lookup_answer find(const std::string& host) const noexcept;
  bool is_local(const std::string& host) const noexcept;

  const lookup_limits limits_;
  const lookup_functions functions_;
  mutable std::mutex mutex_;
  lane local_, network_;
  std::size_t sorting_ = 0; // taken off the local queue, and not known yet to be local or not: these wait, too
  std::map<std::string, job_ptr> jobs_; // the youngest for each name
  std::map<question, job_ptr> questions_;
  question next_ = 1;
};

} // namespace sluice
