#include <sluice/actors/client/file_writer.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <exception>
#include <map>
#include <mutex>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

namespace sluice {

namespace {

failure cannot_write(const std::string& path, const char* step) {
  return {errc::consumer_failed, caused_by::local, "cannot write " + path + " (" + step + "): " + std::strerror(errno)};
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const auto n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return false;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

/// The rename itself is on disk once the folder is. A file system that cannot sync folders loses nothing but that.
void sync_folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  const auto folder = slash == std::string::npos ? std::string{"."} : path.substr(0, slash + 1);
  if (const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); fd >= 0) {
    ::fsync(fd);
    ::close(fd);
  }
}

} // namespace

failure replace_file(const std::string& path, const std::string& text) {
  struct stat old{};
  const bool exists = ::stat(path.c_str(), &old) == 0;
  if (exists && !S_ISREG(old.st_mode)) {
    errno = EINVAL;
    return cannot_write(path, "it is not a regular file");
  }
  static std::atomic<unsigned> number{0};
  const auto beside = path + "." + std::to_string(::getpid()) + "-" + std::to_string(number.fetch_add(1)) + ".new";
  const int fd = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, exists ? old.st_mode & 0777 : 0666u);
  if (fd < 0)
    return cannot_write(path, "open");
  failure problem;
  if (!write_all(fd, text))
    problem = cannot_write(path, "write");
  else if (::fsync(fd) != 0)
    problem = cannot_write(path, "fsync");
  if (::close(fd) != 0 && !problem)
    problem = cannot_write(path, "close");
  if (!problem && std::rename(beside.c_str(), path.c_str()) != 0)
    problem = cannot_write(path, "rename");
  if (problem)
    ::unlink(beside.c_str());
  else
    sync_folder_of(path);
  return problem;
}

struct file_writer::state {
  std::mutex mutex;
  std::condition_variable work, idle;
  std::map<const void*, job> pending;
  bool busy = false, stopping = false;
  std::thread thread;

  bool done() const { return pending.empty() && !busy; }

  static void run(const std::shared_ptr<state>& my) {
    std::unique_lock lock{my->mutex};
    for (;;) {
      my->work.wait(lock, [&] { return my->stopping || !my->pending.empty(); });
      if (my->pending.empty())
        return;
      const auto first = my->pending.begin();
      auto next = std::move(first->second);
      my->pending.erase(first);
      my->busy = true;
      lock.unlock();
      perform(next);
      next = job{}; // what the job holds is destroyed on this thread, without the lock
      lock.lock();
      my->busy = false;
      if (my->done())
        my->idle.notify_all();
    }
  }

  static void perform(const job& task) {
    failure result;
    try {
      result = replace_file(task.path, task.text());
    } catch (const std::exception& why) {
      result = {errc::internal, caused_by::local, "cannot write " + task.path + ": " + why.what()};
    }
    try {
      task.written(result);
    } catch (const std::exception&) { // no memory to remember it with
    }
  }
};

file_writer::file_writer() : state_(std::make_shared<state>()) {}

file_writer::~file_writer() {
  const bool done = flush(patience);
  {
    std::lock_guard lock{state_->mutex};
    state_->stopping = true;
  }
  state_->work.notify_all();
  if (state_->thread.joinable()) {
    if (done)
      state_->thread.join();
    else
      state_->thread.detach();
  }
}

void file_writer::write_later(const void* key, job new_job) {
  failure problem;
  std::function<void(const failure&)> refused;
  {
    std::lock_guard lock{state_->mutex};
    try {
      if (!state_->thread.joinable())
        state_->thread = std::thread{[my = state_] { state::run(my); }};
      state_->pending.insert_or_assign(key, std::move(new_job));
    } catch (const std::system_error& why) {
      problem = {errc::consumer_failed, caused_by::local,
                 "cannot write " + new_job.path + ": no thread for it: " + why.what()};
      refused = std::move(new_job.written);
    }
  }
  state_->work.notify_one();
  if (refused)
    refused(problem);
}

bool file_writer::flush(std::chrono::milliseconds limit) {
  std::unique_lock lock{state_->mutex};
  return state_->idle.wait_for(lock, limit, [this] { return state_->done(); });
}

} // namespace sluice
