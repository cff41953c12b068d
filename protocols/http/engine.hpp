// The interface between a connection and a protocol engine, the same for every HTTP version: requests and received
// bytes go in, events and bytes to send come out. No I/O: knows no socket, no actor and no clock; `now` is an argument.
//
// Stream: one exchange (a request and its response) on a connection. Index: the number that the caller gave the stream.
#pragma once

#include <sluice/protocols/failure.hpp>
#include <sluice/protocols/flow/bytes.hpp>
#include <sluice/protocols/http/message.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>

namespace sluice::http {

using time_point = std::chrono::steady_clock::time_point;

/// What follows a request's head.
struct outgoing_body {
  bool present = false;
  std::optional<std::uint64_t> length; ///< bytes; unset: unknown, so chunked (HTTP/1.1) or ended by END_STREAM
};

/// Receives the events of an engine, from inside its receive(), receive_end(), output() and on_time(). No event follows
/// on_failure or on_closed of a stream. An event handler must not call the engine. If one throws, the connection ends:
/// every open stream gets on_failure with errc::internal.
class engine_events {
public:
  virtual void on_interim(std::uint32_t index, response_head&& head) = 0;
  virtual void on_head(std::uint32_t index, response_head&& head) = 0;
  /// Body bytes without framing and padding. If body_in_place(), a view into the input of receive().
  virtual void on_body(std::uint32_t index, std::span<const std::byte> data) = 0;
  virtual void on_end(std::uint32_t index, fields&& trailers) = 0;
  /// The stream ended without a complete response. `unprocessed`: the origin did not process the request, either by its
  /// own statement or because the request was not sent (RFC 9113 section 8.7). `silent`: no byte of a response had
  /// arrived.
  virtual void on_failure(std::uint32_t index, failure&& why, bool unprocessed, bool silent) = 0;
  /// Both directions of the stream have ended. `reusable`: the connection can take another request.
  virtual void on_closed(std::uint32_t index, bool reusable) = 0;
  /// A frame or a decision of the engine, as text for people; only while trace() is on.
  virtual void on_trace(std::uint32_t index, std::string&& line) = 0;

protected:
  ~engine_events() = default;
};

/// One protocol on one transport. One thread at a time. Only constructors throw: if memory runs out in the engine, in a
/// library or in an event handler, the connection ends. An error in a call that does not emit events is reported by the
/// next call that does; until then deadline() is in the past and ended() is false.
class engine {
public:
  virtual ~engine() = default;

  /// Queues a request. `window`: bytes of the response body that may be outstanding. A failure concerns this request
  /// only; other requests can still be sent.
  virtual failure open(std::uint32_t index, const request_head& head, const outgoing_body& body, wire_bytes window) = 0;
  /// Call upload() now: the engine has handed out all bytes of the request body that it was given.
  virtual bool wants_upload(std::uint32_t index) const = 0;
  virtual void upload(std::uint32_t index, std::span<const std::byte> data, bool last, const fields& trailers) = 0;
  /// Bytes of the request body that the engine still holds: not yet handed out by output() or, on HTTP/3, not yet
  /// acknowledged by the peer.
  virtual std::uint64_t upload_left(std::uint32_t index) const = 0;
  /// Stops sending the request body; the response goes on.
  virtual void stop_upload(std::uint32_t index) = 0;

  virtual void receive(std::span<const std::byte> input, time_point now) = 0;
  /// The transport ended: cleanly (no failure), or because of `why`.
  virtual void receive_end(const failure& why) = 0;

  /// The next bytes to send, valid until the next non-const call; empty: nothing to send now.
  virtual std::span<const std::byte> output(time_point now) = 0;

  /// Allows the origin to send `n` more bytes of this body. No effect on HTTP/1.1, where reading the socket does that.
  virtual void grant(std::uint32_t index, wire_bytes n) = 0;
  /// The origin has used all credit of this stream, framing included, and cannot send more.
  virtual bool used_up(std::uint32_t) const { return false; }
  /// Discards the rest of the stream. Of its events only on_closed follows, and not even that if ended().
  virtual void cancel(std::uint32_t index) = 0;

  virtual http::version version() const = 0;
  /// The field lines of a request as this version sends them, for display. Empty for a request that cannot be sent.
  virtual fields sent_fields(const request_head& head, const outgoing_body& body) const = 0;
  /// True: on_body() passes views into the input of receive(). False (HTTP/3, which decrypts into its own memory): the
  /// bytes must be copied before on_body() returns.
  virtual bool body_in_place() const { return true; }
  /// The peer is authenticated. Before that, requests are early data (RFC 8470).
  virtual bool handshake_over() const { return true; }
  /// A connection over HTTP/3 may replace this one for new requests, if the origin offers it.
  virtual bool may_be_superseded() const { return true; }
  /// True: streams share the transport, each with its own window. False: one stream at a time; while it is paused, the
  /// socket is not read.
  virtual bool multiplexed() const = 0;
  /// How many streams may be open at once. 0: no new ones any more.
  virtual std::size_t capacity() const = 0;
  /// The peer has announced its limit of streams. Before that (HTTP/2, until SETTINGS arrive) capacity() is a guess.
  virtual bool capacity_known() const { return true; }
  /// The engine has nothing more to do: close the transport once all of output() is sent.
  virtual bool ended() const = 0;
  /// A round trip as measured by the protocol (HTTP/2 PING, QUIC); zero: unknown.
  virtual std::chrono::nanoseconds round_trip() const = 0;

  /// The latest time at which to call on_time().
  virtual time_point deadline() const = 0;
  virtual void on_time(time_point now) = 0;
  virtual void trace(bool on) = 0;
};

} // namespace sluice::http
