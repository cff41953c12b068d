// What a client knows of alternative services, shared by its loops and kept in a file on request.
// Any thread. Only `open` reads the disk; what is learnt is written by the file_writer's thread.
#pragma once

#include <sluice/messages/values.hpp>
#include <sluice/protocols/http/alternatives.hpp>

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace sluice {

class file_writer;

class alternatives_book : public std::enable_shared_from_this<alternatives_book> {
public:
  /// Reads `file`, if it names one that exists: a regular file of at most 4 MiB. errc::invalid_configuration says what
  /// is wrong with it, or with which line. `writer` must outlive all calls of learn().
  static result_or_failure<std::shared_ptr<alternatives_book>> open(std::string file,
                                                                    std::weak_ptr<file_writer> writer);

  /// Takes up an Alt-Svc field, and has the file written soon if that changed anything. True: HTTP/3 is to be had there
  /// now.
  bool learn(const std::string& origin, std::string_view value);
  std::optional<http::alternative> find(const std::string& origin) const;
  bool blocked(const std::string& origin) const;
  void failed(const std::string& origin);
  void worked(const std::string& origin);

  /// How often the file could not be written, and why the last time: into a client's figures.
  void tell(client_stats& figures) const;

private:
  std::string text() const;
  void written(const failure& result);

  mutable std::mutex mutex_; // never held while a file is read or written
  http::alternative_services known_;
  std::string file_;
  std::weak_ptr<file_writer> writer_;
  std::uint64_t file_failures_ = 0;
  std::string file_problem_;
};

} // namespace sluice
