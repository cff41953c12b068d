// The requests of one HTTP/2 or HTTP/3 connection, each on a stream of its own, and how their answers move on.
// Knows no library and no framing: http2_session and http3_session derive from it.
#pragma once

#include "connection_actions.hpp"
#include "multiplexed_stream.hpp"

#include <deque>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>
#include <unordered_map>

namespace sluice::origin {

/// `Carrier` runs timers: executor(), wake_after(). Members are instantiated in multiplexed_session.cpp.
template <class Stream, class Carrier>
class multiplexed_session : public connection_actions {
public:
  using stream_id = std::remove_const_t<decltype(Stream::id)>;
  multiplexed_session(const multiplexed_session&) = delete;
  multiplexed_session& operator=(const multiplexed_session&) = delete;

  /// A request is answered, or its body awaited.
  bool busy() const;

  // for the library's callbacks
  void on_head_begun(stream_id id);
  void on_field(stream_id id, std::string_view name, std::string_view value);
  void on_request(stream_id id, bool ends);
  void on_data(stream_id id, std::span<const std::byte> data);
  void on_request_end(stream_id id);
  /// Opens the windows of the stream and the connection again, by `n` bytes that came.
  virtual void credit(stream_id id, std::size_t n) = 0;

protected:
  multiplexed_session(Carrier& carrier, shared_state& shared) : carrier_(carrier), shared_(shared) {}
  ~multiplexed_session() = default;

  /// A request's head is complete; its answer is yet to be made.
  virtual void note_request(Stream& s) = 0;
  /// Resets the stream of a request whose body is longer than config::request_body_bytes_max.
  virtual void refuse_body(Stream& s) = 0;
  /// No answer is asked for more: the connection ends once everything queued was sent.
  virtual bool ending() const = 0;
  /// The answer may be able to go on.
  virtual void wake(Stream& s) = 0;
  virtual void apply(Stream& s, step& produced) = 0;
  virtual void end_answer(Stream& s, const step& produced) = 0;
  /// Until the answer is waiting for something. Content is not pulled here but as there is room for it.
  virtual void drive(Stream& s);

  Stream* find(stream_id id) const;
  bool drive_runnable();
  void hand_over_body(Stream& s);
  void apply_next(Stream& s, const step& produced);
  /// Sets the flag `waits` of the stream, and after `time` clears it and wakes the stream.
  void wait(Stream& s, std::chrono::milliseconds time, bool Stream::* waits);

  Carrier& carrier_;
  shared_state& shared_;
  std::unordered_map<stream_id, std::unique_ptr<Stream>> streams_;
  std::deque<stream_id> runnable_;

private:
  void tell_request_end(Stream& s);
};

} // namespace sluice::origin
