// Keeps an event loop from running while it lives, so that a test decides what waits for the loop together.
// Knows nothing of HTTP.
#pragma once

#include <sluice/actors/io/loop.hpp>

#include <future>

namespace sluice::tests {

class held_loop {
public:
  explicit held_loop(loop& home) {
    std::promise<void> stopped;
    auto has_stopped = stopped.get_future();
    asio::post(home.io(), [&stopped, go = go_.get_future().share()] {
      stopped.set_value();
      go.wait();
    });
    has_stopped.wait();
  }
  ~held_loop() { go_.set_value(); }
  held_loop(const held_loop&) = delete;
  held_loop& operator=(const held_loop&) = delete;

private:
  std::promise<void> go_;
};

} // namespace sluice::tests
