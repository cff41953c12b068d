// The scripted origin of the tests, in this process, for a command that runs in another.
#pragma once

#include "child.hpp"

#include <sluice/deploy/origin/server.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

namespace command_test {

struct origin {
  std::unique_ptr<sluice::origin::server> server = [] {
    auto made = sluice::origin::server::start({});
    if (!made)
      throw std::runtime_error(made.error().detail);
    return *std::move(made);
  }();
  std::string url(const std::string& path) const { return server->url(path); }
  std::string tls_url(const std::string& path) const { return server->tls_url(path); }
};

} // namespace command_test
