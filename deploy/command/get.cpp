// `sluice get`: one exchange whose body goes to a file or a pipe. The reader runs on the event loop itself, so that
// a byte crosses no thread on its way; what the output takes is what has been consumed.
#include "command.hpp"

#include <sluice/actors/io/loop.hpp>

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <future>
#include <iostream>

namespace sluice::command {

namespace {

using namespace std::chrono;

failure output_failure(const std::string& name, int code) {
  return {errc::consumer_failed, caused_by::local, "writing to " + name + " failed: " + std::strerror(code)};
}

/// Where the body goes. A regular file is written at once; a pipe or terminal only as it takes bytes.
class sink {
public:
  failure open(const std::string& path, asio::io_context& io) {
    name_ = path.empty() || path == "-" ? "standard output" : "'" + path + "'";
    struct stat info {};
    if (path.empty() || path == "-") {
      if (fstat(STDOUT_FILENO, &info) != 0)
        return output_failure(name_, errno);
      if (S_ISFIFO(info.st_mode) || (S_ISCHR(info.st_mode) && isatty(STDOUT_FILENO))) {
        // A description of our own: making the shared one non-blocking would surprise other processes that use it.
        if (int fd = ::open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_CLOEXEC); fd >= 0) {
          pipe_.emplace(io, fd);
          return {};
        }
      }
      fd_ = dup(STDOUT_FILENO);
    } else {
      fd_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    }
    return fd_ < 0 ? output_failure(name_, errno) : failure{};
  }
  ~sink() {
    if (fd_ >= 0)
      ::close(fd_);
  }

  /// Writes all of `data`, then calls `done(failure)`; at once if the output takes it at once. `bind` makes handlers.
  template <class Bind, class Done>
  void write(chunk data, Bind bind, Done done) {
    std::size_t sent = 0;
    while (sent < data.size()) {
      const auto n = ::write(pipe_ ? pipe_->native_handle() : fd_, data.data() + sent, data.size() - sent);
      if (n >= 0) {
        sent += static_cast<std::size_t>(n);
      } else if (errno == EAGAIN && pipe_) {
        auto rest = data.part(sent, data.size() - sent);
        pipe_->async_wait(asio::posix::stream_descriptor::wait_write, bind([this, rest, bind, done](const std::error_code& code) mutable {
          if (!code)
            write(std::move(rest), bind, std::move(done));
        }));
        return;
      } else if (errno != EINTR) {
        return done(output_failure(name_, errno));
      }
    }
    done(failure{});
  }

private:
  std::string name_;
  int fd_ = -1;
  std::optional<asio::posix::stream_descriptor> pipe_;
};

struct outcome {
  failure problem;
  http::response_head head;
  flow_stats stats;
  std::uint64_t written = 0;
  bool refused = false; // --fail
};

using getter = caf::typed_actor<rpc<void(begin_atom)>>;

struct getter_state {
  static inline const char* name = "sluice.get";
  using self_type = pinned_actor<getter, getter_state>;
  explicit getter_state(self_type* x) : self(x), timer(x->home().io()), progress(x->home().io()), signals(x->home().io()) {}

  self_type* self;
  const get_options* options = nullptr;
  client http;
  std::promise<outcome>* result = nullptr;
  outcome got;
  sink output;
  body_reader body;
  asio::steady_timer timer, progress;
  asio::signal_set signals;
  steady_clock::time_point begun = steady_clock::now();
  std::optional<std::uint64_t> expected;
  bool stalled_once = false, finished = false, drew = false;

  auto binder() {
    return [this](auto f) { return self->bind(std::move(f)); };
  }

  void start(const request& x) {
    signals.add(SIGINT);
    signals.add(SIGTERM);
    signals.async_wait(self->bind([this](const std::error_code& code, int) {
      if (!code)
        finish({errc::cancelled, caused_by::local, "interrupted"});
    }));
    self->request(http, caf::infinite, x)
      .then([this](response& y) { answered(y); }, [this](caf::error& y) { finish(failure_of(y)); });
  }

  void answered(response& x) {
    got.head = std::move(x.head);
    body = std::move(x.body);
    if (options->fail && got.head.status >= 400) {
      got.refused = true;
      return finish({});
    }
    if (auto length = got.head.fields.get("content-length"); length && !got.head.fields.contains("content-encoding"))
      expected = std::strtoull(std::string{*length}.c_str(), nullptr, 10);
    if (auto problem = output.open(options->output, self->home().io()))
      return finish(std::move(problem));
    if (!options->quiet && !options->verbose && isatty(STDERR_FILENO) && !options->output.empty() && options->output != "-")
      draw();
    if (!options->include_head)
      return read();
    auto text = fmt::format("{} {} {}\r\n", http::to_string(got.head.version), got.head.status, got.head.reason);
    for (const auto& line : got.head.fields)
      text += line.name + ": " + line.value + "\r\n";
    output.write(chunk::copy_of(text + "\r\n"), binder(), [this](failure y) { y ? finish(std::move(y)) : read(); });
  }

  void read() {
    if (finished)
      return;
    const auto most = options->read_rate > 0 ? std::clamp<std::uint64_t>(options->read_rate / 10, 1, std::min<std::uint64_t>(64u << 10, options->read_size)) : options->read_size;
    self->request(body, caf::infinite, read_atom::value, decoded_bytes{most})
      .then(
        [this](piece& x) {
          if (finished)
            return;
          if (x.end)
            return finish({});
          const auto n = x.data.size();
          output.write(std::move(x.data), binder(), [this, n](failure y) { y ? finish(std::move(y)) : written(n); });
        },
        [this](caf::error& x) { finish(failure_of(x)); });
  }

  void written(std::size_t n) {
    got.written += n;
    auto wait = steady_clock::duration{0};
    if (options->read_rate > 0)
      wait = duration_cast<steady_clock::duration>(duration<double>(static_cast<double>(got.written) / static_cast<double>(options->read_rate))) - (steady_clock::now() - begun);
    if (options->stall_for_s > 0 && !stalled_once && got.written >= options->stall_after) {
      stalled_once = true;
      wait = duration_cast<steady_clock::duration>(duration<double>(options->stall_for_s));
    }
    if (wait.count() <= 0)
      return read();
    timer.expires_after(wait);
    timer.async_wait(self->bind([this](const std::error_code& code) {
      if (!code)
        read();
    }));
  }

  void draw() {
    progress.expires_after(milliseconds{200});
    progress.async_wait(self->bind([this](const std::error_code& code) {
      if (code || finished)
        return;
      self->request(body, caf::infinite, stats_atom::value).then([this](flow_stats& x) {
        drew = true;
        const auto seconds = duration<double>(steady_clock::now() - begun).count();
        const auto rate = human_bytes(static_cast<double>(got.written) / seconds) + "/s";
        std::string bar;
        if (expected && *expected > 0) {
          const auto part = static_cast<double>(got.written) / static_cast<double>(*expected);
          const auto filled = static_cast<std::size_t>(part * 30);
          bar = fmt::format("[{}{}] {:3.0f} %  ", std::string(std::min<std::size_t>(filled, 30), '#'), std::string(30 - std::min<std::size_t>(filled, 30), ' '), part * 100);
        }
        std::cerr << fmt::format("\r\x1b[K{}{}  {}  {} outstanding", bar, human_bytes(static_cast<double>(got.written)), rate, human_bytes(static_cast<double>(x.outstanding.value))) << std::flush;
      });
      draw();
    }));
  }

  void finish(failure problem) {
    if (finished)
      return;
    finished = true;
    got.problem = std::move(problem);
    if (drew)
      std::cerr << "\r\x1b[K";
    if (!body)
      return give_result();
    // The last piece was consumed when it was written; then the exchange's own figures are complete.
    self->send(body, settle_atom::value);
    if (got.problem || got.refused)
      self->send(body, cancel_atom::value);
    self->request(body, caf::infinite, stats_atom::value).then([this](flow_stats& x) {
      got.stats = x;
      give_result();
    }, [this](caf::error&) { give_result(); });
  }

  void give_result() {
    result->set_value(std::move(got));
    self->quit();
  }
};

getter::behavior_type run_getter(getter_state::self_type* self, const get_options* options, const client& http, const request& x, std::promise<outcome>* result) {
  auto& my = self->state;
  my.options = options;
  my.http = http;
  my.result = result;
  my.start(x);
  return {[](begin_atom) {}};
}

/// `-v`: one line for each event, marked as curl marks them, with '|' for flow control.
observer::behavior_type tell(observer::pointer) {
  return {[](const trace& x) {
    switch (x.kind) {
      case trace_kind::connecting: std::cerr << "* connecting to " << x.detail << "\n"; break;
      case trace_kind::connected: std::cerr << "* connected to " << x.detail << "\n"; break;
      case trace_kind::secured: std::cerr << "* TLS: " << x.detail << "\n"; break;
      case trace_kind::reused: std::cerr << "* reusing " << x.detail << "\n"; break;
      case trace_kind::request_sent: std::cerr << "> " << x.detail << "\n"; break;
      case trace_kind::interim:
      case trace_kind::response:
        std::cerr << "< " << x.detail << "\n";
        for (const auto& line : x.fields)
          std::cerr << "< " << line.name << ": " << line.value << "\n";
        break;
      case trace_kind::paused: std::cerr << "| reading paused: " << x.detail << "\n"; break;
      case trace_kind::resumed: std::cerr << "| reading resumed: " << x.detail << "\n"; break;
      case trace_kind::finished: std::cerr << "* complete: " << x.detail << "\n"; break;
      case trace_kind::frame: std::cerr << "= " << x.detail << "\n"; break;
      case trace_kind::chosen: std::cerr << "* " << x.detail << "\n"; break;
      case trace_kind::retried: std::cerr << "* sent again: " << x.detail << "\n"; break;
    }
  }};
}

struct file_state {
  static inline const char* name = "sluice.file";
  std::ifstream file;
  std::string path;
};

/// A file as the source of an upload, read piece by piece as the transport drains.
body_source::behavior_type read_file(body_source::stateful_pointer<file_state> self, const std::string& path) {
  self->state.file.open(path, std::ios::binary);
  self->state.path = path;
  return {[self](read_atom, decoded_bytes most) -> caf::result<piece> {
    auto& my = self->state;
    std::string bytes(static_cast<std::size_t>(most.value), '\0');
    my.file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (my.file.bad() || !my.file.is_open())
      return make_error(failure{errc::consumer_failed, caused_by::local, "reading '" + my.path + "' failed"});
    bytes.resize(static_cast<std::size_t>(my.file.gcount()));
    if (bytes.empty())
      return piece{{}, true};
    return piece{chunk::copy_of(bytes), false};
  }};
}

int complain(const failure& x) {
  std::cerr << "sluice: " << x.detail << "\n";
  return exit_code_of(x);
}

result_or_failure<request> make_request(const get_options& x, caf::actor_system& system) {
  request result;
  result.url = x.url;
  result.method = !x.method.empty() ? x.method : x.data_given ? "POST" : "GET";
  result.read.decode = x.compressed;
  result.read.window = wire_bytes{x.client.window_bytes};
  for (const auto& line : x.headers) {
    const auto colon = line.find(':');
    if (colon == std::string::npos)
      return failure{errc::invalid_configuration, caused_by::local, "-H '" + line + "' is not of the form 'Name: value'"};
    const auto value = line.find_first_not_of(" \t", colon + 1);
    result.fields.add(line.substr(0, colon), value == std::string::npos ? "" : line.substr(value));
  }
  if (x.data_given) {
    if (!result.fields.contains("content-type"))
      result.fields.add("Content-Type", "application/x-www-form-urlencoded");
    if (!x.data.empty() && x.data.front() == '@') {
      const auto path = x.data.substr(1);
      struct stat info {};
      if (stat(path.c_str(), &info) != 0 || S_ISDIR(info.st_mode) || access(path.c_str(), R_OK) != 0)
        return failure{errc::invalid_configuration, caused_by::local, "-d: the file '" + path + "' cannot be read"};
      auto length = S_ISREG(info.st_mode) ? caf::optional<std::uint64_t>{static_cast<std::uint64_t>(info.st_size)} : caf::none;
      result.body = request_body::from(system.spawn<caf::detached>(read_file, path), length);
    } else {
      result.body = request_body::of(x.data);
    }
  }
  auto ms = [](double seconds) { return milliseconds{static_cast<std::int64_t>(seconds * 1000)}; };
  result.deadlines.connect = ms(x.client.connect_timeout_s);
  result.deadlines.total = ms(x.max_time_s);
  result.deadlines.peer_silence = ms(x.peer_silence_s);
  if (x.verbose)
    result.observer = system.spawn(tell);
  return result;
}

} // namespace

int get(const get_options& x) {
  system_configuration settings;
  caf::actor_system system{settings};
  runtime loops{system};
  auto http = loops.spawn_client(configuration(x.client));
  if (!http)
    return complain(http.error());
  auto what = make_request(x, system);
  if (!what)
    return complain(what.error());
  const auto idle = resident_bytes();
  const auto begun = steady_clock::now();
  std::promise<outcome> promise;
  auto future = promise.get_future();
  spawn_on(loops.home(), run_getter, &x, *http, *std::move(what), &promise);
  const auto got = future.get();
  const auto seconds = duration<double>(steady_clock::now() - begun).count();
  if (got.problem) {
    std::cerr << "sluice: " << got.problem.detail;
    if (got.written > 0)
      std::cerr << "; " << got.written << " bytes of the body were written and kept";
    std::cerr << "\n";
  } else if (got.refused) {
    std::cerr << "sluice: the origin answered " << got.head.status << " " << got.head.reason << "\n";
  }
  if (x.json) {
    const nlohmann::json figures{
      {"status", got.head.status}, {"protocol", got.head.status ? http::to_string(got.head.version) : ""},
      {"wire_bytes", got.stats.received.value}, {"decoded_bytes", got.stats.decoded.value}, {"consumed_bytes", got.stats.consumed.value},
      {"pauses", got.stats.pauses}, {"resumes", got.stats.resumes}, {"credits_sent", got.stats.credits_sent},
      {"credits_handled", got.stats.credits_handled}, {"outstanding_peak_bytes", got.stats.outstanding_peak.value},
      {"rss_idle_bytes", idle}, {"rss_peak_bytes", resident_peak_bytes()}, {"cpu_seconds", cpu_seconds()}, {"seconds", seconds},
      {"error", got.problem ? nlohmann::json(to_string(got.problem)) : nlohmann::json(nullptr)}};
    if (x.json_file.empty()) {
      std::cerr << figures.dump() << std::endl;
    } else if (!(std::ofstream{x.json_file} << figures.dump() << "\n")) {
      std::cerr << "sluice: --json: '" << x.json_file << "' cannot be written\n";
      return output_failed;
    }
  }
  return got.refused ? static_cast<int>(http_error) : static_cast<int>(exit_code_of(got.problem));
}

} // namespace sluice::command
