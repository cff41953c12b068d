#include <sluice/actors/alternatives_book.hpp>

#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <sstream>

namespace sluice {

namespace {

http::wall_time now() { return std::chrono::system_clock::now(); }

} // namespace

result_or_failure<std::shared_ptr<alternatives_book>> alternatives_book::open(std::string file) {
  auto book = std::make_shared<alternatives_book>();
  book->file_ = std::move(file);
  if (std::ifstream in{book->file_}; !book->file_.empty() && in) {
    std::ostringstream text;
    text << in.rdbuf();
    if (auto problem = book->known_.add_text(text.str())) {
      problem.detail = book->file_ + ": " + problem.detail;
      return problem;
    }
  }
  return book;
}

bool alternatives_book::learn(const std::string& origin, std::string_view value) {
  std::lock_guard lock{mutex_};
  if (known_.learn(origin, value, now()))
    write();
  return known_.find(origin, now()).has_value();
}

/// A file that cannot be written costs what it would have told the next client, no more. Never half a file: it is replaced.
void alternatives_book::write() const {
  if (file_.empty())
    return;
  const auto beside = file_ + "." + std::to_string(getpid()) + ".new";
  std::ofstream out{beside, std::ios::trunc};
  out << "# Alternative services (RFC 7838)\n" << known_.to_text(now());
  out.close();
  if (!out || std::rename(beside.c_str(), file_.c_str()) != 0)
    std::remove(beside.c_str());
}

std::optional<http::alternative> alternatives_book::find(const std::string& origin) const {
  std::lock_guard lock{mutex_};
  return known_.find(origin, now());
}

bool alternatives_book::blocked(const std::string& origin) const {
  std::lock_guard lock{mutex_};
  return known_.blocked(origin, now());
}

void alternatives_book::failed(const std::string& origin) {
  std::lock_guard lock{mutex_};
  known_.failed(origin, now());
}

void alternatives_book::worked(const std::string& origin) {
  std::lock_guard lock{mutex_};
  known_.worked(origin);
}

} // namespace sluice
