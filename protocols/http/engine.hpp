// What a connection asks of a protocol engine, the same for every HTTP version: exchanges and bytes in, events and
// bytes out. Sans-I/O: knows no socket, no actor, no clock but the `now` it is given.
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
  std::optional<std::uint64_t> length; ///< unknown: chunked, or ended by the stream
};

/// Told what an engine found, from inside its receive(), receive_end(), output() and on_time(). `index` is the number
/// that the caller gave the exchange. After on_failure or on_closed nothing more is told of it. None of these may call
/// the engine back. One that throws ends the connection: every exchange under way is told on_failure (errc::internal).
class engine_events {
public:
  virtual void on_interim(std::uint32_t index, response_head&& head) = 0;
  virtual void on_head(std::uint32_t index, response_head&& head) = 0;
  /// Body bytes, without framing and padding. A view into the input of receive() where the engine can.
  virtual void on_body(std::uint32_t index, std::span<const std::byte> data) = 0;
  virtual void on_end(std::uint32_t index, fields&& trailers) = 0;
  /// The exchange is over without a complete response. `unprocessed`: the origin said, or it is certain, that it did
  /// nothing about the request (RFC 9113 section 8.7); `silent`: no byte of a response had come.
  virtual void on_failure(std::uint32_t index, failure&& why, bool unprocessed, bool silent) = 0;
  /// Both directions are over: the exchange's place is free. `reusable`: for another one.
  virtual void on_closed(std::uint32_t index, bool reusable) = 0;
  /// A frame or a decision of the engine, for people; only while tracing.
  virtual void on_trace(std::uint32_t index, std::string&& line) = 0;

protected:
  ~engine_events() = default;
};

/// One protocol on one transport. One thread at a time. No call throws but constructors: memory that runs out, in the
/// engine, in a library or in an event, ends the connection. What is found in a call that tells no events is told by
/// the next that does; until then deadline() is in the past and ended() false.
class engine {
public:
  virtual ~engine() = default;

  /// Queues a request. `window` is what the response's body may have outstanding. A failure: this request cannot be
  /// sent, others can.
  virtual failure open(std::uint32_t index, const request_head& head, const outgoing_body& body, wire_bytes window) = 0;
  /// Whether more of the request's body is wanted now: everything given so far is on its way.
  virtual bool wants_upload(std::uint32_t index) const = 0;
  virtual void upload(std::uint32_t index, std::span<const std::byte> data, bool last, const fields& trailers) = 0;
  /// Bytes of the request's body that were given and have not left: neither handed out by output() nor, where the
  /// protocol tells (HTTP/3), acknowledged by the peer.
  virtual std::uint64_t upload_left(std::uint32_t index) const = 0;
  /// The request's body is not sent any further, though the response goes on.
  virtual void stop_upload(std::uint32_t index) = 0;

  virtual void receive(std::span<const std::byte> input, time_point now) = 0;
  /// The transport ended, cleanly or for the reason given.
  virtual void receive_end(const failure& why) = 0;

  /// The next bytes to send, good until the next call that is not const; empty: none for now.
  virtual std::span<const std::byte> output(time_point now) = 0;

  /// The origin may send `n` more bytes of this body. (HTTP/1.1 says so by reading.)
  virtual void grant(std::uint32_t index, wire_bytes n) = 0;
  /// The origin has used up all that it was told it may send of this exchange, framing included, and waits for us.
  virtual bool used_up(std::uint32_t) const { return false; }
  /// Nobody wants the rest of this exchange: of its events only on_closed is still told, and not even that if ended().
  virtual void cancel(std::uint32_t index) = 0;

  virtual http::version version() const = 0;
  /// The field lines of a request as this version sends them, for people. Empty for a request that cannot be sent.
  virtual fields sent_fields(const request_head& head, const outgoing_body& body) const = 0;
  /// Body bytes that on_body() gives are views into the input of receive(). Otherwise (HTTP/3, which decrypts into
  /// memory of its own) they are to be copied before on_body() returns.
  virtual bool body_in_place() const { return true; }
  /// The peer has proved who it is. Before that, requests are sent early (RFC 8470).
  virtual bool handshake_over() const { return true; }
  /// What it carries would be better off on HTTP/3, if the origin has that.
  virtual bool may_be_superseded() const { return true; }
  /// Exchanges share the transport, each under its own window; else reading stops for the one under way.
  virtual bool multiplexed() const = 0;
  /// How many exchanges may be under way at once. 0: no new ones any more.
  virtual std::size_t capacity() const = 0;
  /// The peer has said what capacity() rests on. Before that (HTTP/2, until its SETTINGS come) it is a guess.
  virtual bool capacity_known() const { return true; }
  /// Nothing more can come of this engine: close the transport once output() is sent.
  virtual bool ended() const = 0;
  /// A round trip as measured by the protocol itself; zero: unknown.
  virtual std::chrono::nanoseconds round_trip() const = 0;

  /// When on_time() wants to be called, at the latest.
  virtual time_point deadline() const = 0;
  virtual void on_time(time_point now) = 0;
  virtual void trace(bool on) = 0;
};

} // namespace sluice::http
