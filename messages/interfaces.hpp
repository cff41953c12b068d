// Every typed actor interface of sluice, and the messages that carry handles of them.
// No behaviour. The interfaces under "for users" may be used from any node; those under "inside the process" never
// leave it. How errors travel: failure_of() in errors.hpp.
#pragma once

#include <sluice/messages/caf.hpp>
#include <sluice/messages/values.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace sluice {

SLUICE_ATOM(read);
SLUICE_ATOM(settle);
SLUICE_ATOM(cancel);
SLUICE_ATOM(adopt);
SLUICE_ATOM(stats);
SLUICE_ATOM(trailers);
SLUICE_ATOM(fetch);
SLUICE_ATOM(begin);
SLUICE_ATOM(retry);
SLUICE_ATOM(freed);
SLUICE_ATOM(capacity);
SLUICE_ATOM(superseded);
SLUICE_ATOM(stalled);
SLUICE_ATOM(flowing);
SLUICE_ATOM(shares);
SLUICE_ATOM(retired);
SLUICE_ATOM(forget);
SLUICE_ATOM(abandon);
SLUICE_ATOM(demand);
SLUICE_ATOM(refund);
SLUICE_ATOM(settled);

// ---- for users --------------------------------------------------------------------------------------

/// Gives bytes on request: a response's body, or a user's own actor that is the source of an upload.
///
/// `read` asks for at most that many bytes, from 1 to largest_read (bounds.hpp). It also says that the piece of the
/// read before it was consumed. One read at a time. The answer is a piece, or an error (see failure_of()).
///
/// The source of an upload is asked for 64 KiB at a time. An error as its answer, or its end, fails the exchange with
/// errc::consumer_failed.
using body_source = caf::typed_actor<rpc<piece(read_atom, decoded_bytes)>>;

/// Makes the source of an upload anew: each source that it answers `begin` with gives the body from its first byte.
/// Lets a body be sent again, where a redirect keeps it or for a retry. An error as its answer fails the request with
/// errc::consumer_failed.
using body_maker = caf::typed_actor<rpc<body_source(begin_atom)>>;

/// A response's body. It lives while somebody holds its handle. Dropping the last handle cancels the body; so does the
/// end of its owner, which is the actor that made the request.
///
/// - `read`: answers with the next piece, with a piece whose `end` is set, or with an error. Consumes the piece before.
/// - `settle`: the piece that was read last is consumed; no further one is asked for.
/// - `cancel`: no more is wanted. Everything held is released, and later reads fail with errc::cancelled.
/// - `adopt`: the sender becomes the owner.
/// - `stats`: figures of this exchange, also after its end.
/// - `trailers`: the trailer section (RFC 9110 section 6.5); empty before the end of the body.
using body_reader =
    caf::typed_actor<rpc<piece(read_atom, decoded_bytes)>, rpc<void(settle_atom)>, rpc<void(cancel_atom)>,
                     rpc<void(adopt_atom)>, rpc<flow_stats(stats_atom)>, rpc<http::fields(trailers_atom)>>;

/// Receives the events of an exchange, in order; interim (1xx) responses are among them. At most 64 events are in its
/// mailbox and 1000 more wait; beyond that events are dropped, and a trace_kind::dropped says how many.
using observer = caf::typed_actor<rpc<void(trace)>>;

/// The body of a request: none, bytes that are all there, or bytes that are read from a source as the transport sends
/// them. Make one with none(), of() or from().
struct request_body {
  chunk bytes;        ///< used if there is no source; shared, not copied
  body_source source; ///< if set, `bytes` is not used
  /// Bytes that the source will give. Unknown: HTTP/1.1 sends chunks (RFC 9112 section 7.1); on HTTP/2 and HTTP/3 the
  /// end of the stream ends the body. A source that gives another number fails the exchange (errc::invalid_request).
  maybe<std::uint64_t> length;
  /// If set, makes what `source` is anew. Without it a body of which part was pulled from its source cannot be sent
  /// again.
  body_maker again;
  bool present = false; ///< false: the request has no body
  /// Not 0: `bytes` had this many bytes, which is more than a request to another node may carry (chunk_limit_bytes),
  /// and was left out. The client then refuses the request.
  std::uint64_t withheld = 0;

  static request_body none() { return {}; }
  static request_body of(chunk bytes) { return {std::move(bytes), {}, {}, {}, true}; }
  static request_body of(std::string_view text) { return of(text.empty() ? chunk{} : chunk::copy_of(text)); }
  static request_body from(body_source source, maybe<std::uint64_t> length = {}, body_maker again = {}) {
    return {{}, std::move(source), length, std::move(again), true};
  }
};

/// A request as a user makes it. When it is sent, these fields are added unless it has them: Host, the framing of the
/// body, User-Agent, Accept, and with read_policy::decode Accept-Encoding. The client refuses a request that is out of
/// the ranges of bounds.hpp with errc::invalid_request or errc::invalid_url; the detail names the field and its range.
struct request {
  /// A token (RFC 9110 section 9), case sensitive. CONNECT works over HTTP/2 and HTTP/3 only (RFC 9113 section 8.5):
  /// `url` is the proxy, and the field Host names what it shall connect to.
  std::string method = "GET";
  std::string url;     ///< absolute http or https URL (RFC 3986); a fragment is not sent
  http::fields fields; ///< header fields, sent in this order
  request_body body;
  sluice::deadlines deadlines;
  read_policy read;
  maybe<http::priority> priority; ///< sent as the field Priority (RFC 9218)
  sluice::observer observer;      ///< receives the events of the exchange; may be unset
  /// Names of fields that are not to be added: any of User-Agent, Accept, Accept-Encoding, Priority.
  std::vector<std::string> without;
  /// Off: a redirect is the response. On: it is followed, and its body is discarded without being decoded.
  redirect_policy redirects;
  /// Off. After a response whose body has begun to be delivered nothing is sent again.
  retry_policy retries;
  /// Of the node that made the request. One of another version is refused.
  std::uint16_t message_version = message_protocol_version;
};

/// A redirect that was followed: the URL that answered, as response::url has it, and its answer. Fields of the request
/// are not kept.
struct redirect_hop {
  std::string url;
  http::response_head head;
};

/// A final response (status 200 and above): its head is complete, its body is still to be read. Whoever gets it holds
/// the only handle of the body; dropping the handle cancels the body. The body's figures (`stats`) are those of the
/// exchange that brought it; the client's figures have the exchanges before it too.
struct response {
  http::response_head head;
  body_reader body;
  /// The URL that answered, with its fragment: the request's, or where its last redirect led (RFC 9110 section 10.2.2).
  std::string url{};
  std::vector<redirect_hop> hops{}; ///< the redirects that were followed before, the first one first
};

/// An HTTP client. A `request` is answered with the response, or with an error (see failure_of()); the sender becomes
/// the owner of the body. `stats` is answered with the client's figures. Any actor on any thread may use it. It ends
/// when its last handle is dropped; bodies that are under way go on.
using client = caf::typed_actor<rpc<response(request)>, rpc<client_stats(stats_atom)>>;

template <class Inspector>
inspected<Inspector> inspect(Inspector& f, request_body& body) {
  constexpr auto type = "sluice::request_body";
  if constexpr (stores<Inspector>) {
    auto withheld = body.bytes.size() > chunk_limit_bytes ? std::uint64_t{body.bytes.size()} : body.withheld;
    chunk nothing;
    return inspect_fields(f, type, withheld > 0 ? nothing : body.bytes, body.source, body.length, body.again,
                          body.present, withheld);
  } else {
    return inspect_fields(f, type, body.bytes, body.source, body.length, body.again, body.present, body.withheld);
  }
}

template <class Inspector>
inspected<Inspector> inspect(Inspector& f, request& request) {
  constexpr auto type = "sluice::request";
  if constexpr (loads<Inspector>) {
    // The version comes first; after another one than ours nothing is read: the client refuses such a request by name.
    if (auto problem = inspect_fields(f, type, request.message_version);
        problem || request.message_version != message_protocol_version)
      return problem;
    return inspect_fields(f, type, request.method, request.url, request.fields, request.body, request.deadlines,
                          request.read, request.priority, request.observer, request.without, request.redirects,
                          request.retries);
  } else {
    return inspect_fields(f, type, request.message_version, request.method, request.url, request.fields, request.body,
                          request.deadlines, request.read, request.priority, request.observer, request.without,
                          request.redirects, request.retries);
  }
}

template <class Inspector>
inspected<Inspector> inspect(Inspector& f, redirect_hop& hop) {
  return inspect_fields(f, "sluice::redirect_hop", hop.url, hop.head);
}

template <class Inspector>
inspected<Inspector> inspect(Inspector& f, response& response) {
  return inspect_fields(f, "sluice::response", response.head, response.body, response.url, response.hops);
}

// ---- inside the process -----------------------------------------------------------------------------

struct exchange; // a request under way: see actors/client/exchange.hpp
using exchange_ptr = std::shared_ptr<exchange>;
struct arrival; // what a connection read for one stream: see actors/client/exchange.hpp
using arrival_ptr = std::shared_ptr<arrival>;
struct delivery; // what a stream lends its reader: see actors/client/exchange.hpp
using delivery_ptr = std::shared_ptr<delivery>;
class transport; // an open connection below HTTP: see actors/io/transport.hpp
using transport_ptr = std::shared_ptr<transport>;

/// Assigns requests to connections, within the client's limits; others wait. Ends after its client, when its
/// connections are done.
///
/// - `fetch`: assign this exchange, or let it wait.
/// - `retry`: the same for an exchange that a connection gave back or that may be sent again.
///
/// These are sent by a connection, with its number:
///
/// - `shares`: it may carry exchanges of other origins, at this IP address and for these names of its certificate.
/// - `capacity`: how many exchanges it takes at once. 0: no new ones.
/// - `freed`: an exchange has left its place.
/// - `stalled`, `flowing`: a body waits for its reader; it does so no more.
/// - `superseded`: its origin offers HTTP/3; new requests should go to a new connection.
/// - `retired`: it is closed, and waits for `forget`.
using pool = caf::typed_actor<rpc<response(fetch_atom, exchange_ptr)>, rpc<response(retry_atom, exchange_ptr)>,
                              rpc<void(shares_atom, std::uint64_t, std::string, std::vector<std::string>)>,
                              rpc<void(capacity_atom, std::uint64_t, std::uint64_t)>,
                              rpc<void(freed_atom, std::uint64_t)>, rpc<void(stalled_atom, std::uint64_t)>,
                              rpc<void(flowing_atom, std::uint64_t)>, rpc<void(superseded_atom, std::uint64_t)>,
                              rpc<void(retired_atom, std::uint64_t)>, rpc<client_stats(stats_atom)>>;

/// Makes one exchange after another of a request that follows redirects or may be sent again. Ends when it has
/// answered, or when whoever asked has ended.
using follower = caf::typed_actor<rpc<response(begin_atom, exchange_ptr)>>;

/// Opens one transport: resolves the name, tries the addresses side by side, does the TLS handshake. Where HTTP/3 is
/// wanted, QUIC gets a head start before TCP, and the first that is ready is taken. Ends when it has answered.
using connector = caf::typed_actor<rpc<transport_ptr(begin_atom, exchange_ptr)>>;

/// One transport and one protocol engine. Decides when reading pauses and resumes. Streams are named by their index on
/// the connection.
///
/// - `begin`: carry this exchange.
/// - `credit`: a reader consumed bytes.
/// - `refund` (index, wire bytes): a stream releases bytes that no reader saw.
/// - `abandon` (index): nobody wants the rest of that stream.
/// - `forget`: the pool has forgotten this connection; no request will come.
using connection = caf::typed_actor<rpc<response(begin_atom, exchange_ptr)>, rpc<void(credit)>,
                                    rpc<void(refund_atom, std::uint32_t, std::uint32_t)>,
                                    rpc<void(abandon_atom, std::uint32_t)>, rpc<void(forget_atom)>>;

/// One exchange: its head, decoder and deadlines. Ends when the last byte is settled, or at an earlier end.
///
/// - `begin`: the request; answered with the response.
/// - `arrival`: the connection read something for this stream.
/// - `settled`: the body has ended, and each of its bytes was consumed or given up.
/// - `demand`: the reader has room for so many more decoded bytes.
/// - `cancel`: the reader wants no more.
using stream = caf::typed_actor<rpc<response(begin_atom, exchange_ptr)>, rpc<void(arrival_ptr)>,
                                rpc<void(settled_atom)>, rpc<void(demand_atom, decoded_bytes)>, rpc<void(cancel_atom)>>;

/// The body reader with the message by which its stream lends it bytes.
using local_reader = body_reader::extend<rpc<void(delivery_ptr)>>;

} // namespace sluice

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(sluice::exchange_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(sluice::arrival_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(sluice::delivery_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(sluice::transport_ptr)

// CAF's type identifiers, which nodes send to each other: append only.
CAF_BEGIN_TYPE_ID_BLOCK(sluice, caf::first_custom_type_id + 700)
CAF_ADD_TYPE_ID(sluice, (sluice::wire_bytes))
CAF_ADD_TYPE_ID(sluice, (sluice::decoded_bytes))
CAF_ADD_TYPE_ID(sluice, (sluice::failure))
CAF_ADD_TYPE_ID(sluice, (sluice::chunk))
CAF_ADD_TYPE_ID(sluice, (sluice::piece))
CAF_ADD_TYPE_ID(sluice, (sluice::credit))
CAF_ADD_TYPE_ID(sluice, (sluice::trace))
CAF_ADD_TYPE_ID(sluice, (sluice::flow_stats))
CAF_ADD_TYPE_ID(sluice, (sluice::client_stats))
CAF_ADD_TYPE_ID(sluice, (sluice::http::fields))
CAF_ADD_TYPE_ID(sluice, (sluice::http::response_head))
CAF_ADD_TYPE_ID(sluice, (sluice::request))
CAF_ADD_TYPE_ID(sluice, (sluice::response))
CAF_END_TYPE_ID_BLOCK(sluice)
