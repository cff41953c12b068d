// Every typed actor interface of sluice, and the messages that carry handles of them.
// No behaviour. Interfaces above the line may be used from any node, those below never leave the process.
#pragma once

#include <sluice/messages/values.hpp>

#include <caf/all.hpp>

#include <memory>
#include <string>
#include <type_traits>
#include <vector>

namespace sluice {

namespace detail {
template <class Signature>
struct rpc_of;
template <class Result, class... Args>
struct rpc_of<Result(Args...)> {
  using type = typename caf::replies_to<Args...>::template with<Result>;
};
template <class... Args>
struct rpc_of<void(Args...)> {
  using type = caf::reacts_to<Args...>;
};
} // namespace detail

/// One message of an interface, written as the function that it is.
template <class Signature>
using rpc = typename detail::rpc_of<Signature>::type;

using read_atom = caf::atom_constant<caf::atom("read")>;
using settle_atom = caf::atom_constant<caf::atom("settle")>;
using cancel_atom = caf::atom_constant<caf::atom("cancel")>;
using adopt_atom = caf::atom_constant<caf::atom("adopt")>;
using stats_atom = caf::atom_constant<caf::atom("stats")>;
using trailers_atom = caf::atom_constant<caf::atom("trailers")>;
using fetch_atom = caf::atom_constant<caf::atom("fetch")>;
using begin_atom = caf::atom_constant<caf::atom("begin")>;
using retry_atom = caf::atom_constant<caf::atom("retry")>;
using freed_atom = caf::atom_constant<caf::atom("freed")>;
using capacity_atom = caf::atom_constant<caf::atom("capacity")>;
using superseded_atom = caf::atom_constant<caf::atom("superseded")>;
using stalled_atom = caf::atom_constant<caf::atom("stalled")>;
using flowing_atom = caf::atom_constant<caf::atom("flowing")>;
using shares_atom = caf::atom_constant<caf::atom("shares")>;
using retired_atom = caf::atom_constant<caf::atom("retired")>;
using release_atom = caf::atom_constant<caf::atom("release")>;
using abandon_atom = caf::atom_constant<caf::atom("abandon")>;
using demand_atom = caf::atom_constant<caf::atom("demand")>;
using refund_atom = caf::atom_constant<caf::atom("refund")>;
using settled_atom = caf::atom_constant<caf::atom("settled")>;

// ---- for users --------------------------------------------------------------------------------------

/// Whatever gives bytes on demand: a response's body, or an actor of the user's own that feeds an upload.
/// `read` asks for at most that many bytes, from 1 to largest_read (bounds.hpp), and consumes what the read before it
/// lent. One read at a time.
using body_source = caf::typed_actor<rpc<piece(read_atom, decoded_bytes)>>;

/// A response's body. Lives while somebody holds its handle; dropping the last handle cancels the body, as does
/// the end of the actor that made the request (its owner).
/// - `read`: lends the next piece, or tells the end, or fails with a `failure` (failure_of in errors.hpp).
/// - `settle`: what is lent has been consumed, without a wish for more.
/// - `cancel`: no more is wanted; everything held is released, later reads fail with errc::cancelled.
/// - `adopt`: the sender becomes the owner.
/// - `stats`: figures of this exchange, also after its end.
/// - `trailers`: the trailer section, empty before the end.
using body_reader =
    caf::typed_actor<rpc<piece(read_atom, decoded_bytes)>, rpc<void(settle_atom)>, rpc<void(cancel_atom)>,
                     rpc<void(adopt_atom)>, rpc<flow_stats(stats_atom)>, rpc<http::fields(trailers_atom)>>;

/// Told what happens to a request, in order, for `-v` and for interim responses.
using observer = caf::typed_actor<rpc<void(trace)>>;

/// Bytes to send: none, all of them at once, or pulled from a source only as the transport drains.
struct request_body {
  chunk bytes;
  body_source source;                  ///< when set, `bytes` is not used
  caf::optional<std::uint64_t> length; ///< of the source, if known; otherwise it is sent chunked
  bool present = false;
  /// Not 0: `bytes` had so many, more than a request to another node may carry (chunk_limit_bytes), and was left out.
  std::uint64_t withheld = 0;

  static request_body none() { return {}; }
  static request_body of(chunk x) { return {std::move(x), {}, {}, true}; }
  static request_body of(std::string_view text) { return of(text.empty() ? chunk{} : chunk::copy_of(text)); }
  static request_body from(body_source x, caf::optional<std::uint64_t> length = {}) {
    return {{}, std::move(x), length, true};
  }
};

/// A request as a user makes it. Host, framing and (for decoded reads) Accept-Encoding are added when it is sent. The
/// client refuses what is out of the ranges of bounds.hpp with errc::invalid_request (errc::invalid_url), naming field
/// and range.
struct request {
  std::string method =
      "GET"; ///< CONNECT, over HTTP/2 and HTTP/3 only: `url` is the proxy, the field Host what it shall connect to
  std::string url; ///< absolute http or https URL
  http::fields fields;
  request_body body;
  sluice::deadlines deadlines;
  read_policy read;
  caf::optional<http::priority> priority; ///< told to the origin as the field Priority (RFC 9218)
  sluice::observer observer;              ///< may be unset
  /// Names of fields that are added where the request has none, and shall not be: User-Agent, Accept, Accept-Encoding,
  /// Priority.
  std::vector<std::string> without;
  std::uint16_t message_version = message_protocol_version; ///< of the node that made it
};

/// A final response: its head is complete, its body is still to be read.
struct response {
  http::response_head head;
  body_reader body;
};

/// An HTTP client. `request` answers with the response's head, or a `failure`. Dies with its last handle.
using client = caf::typed_actor<rpc<response(request)>, rpc<client_stats(stats_atom)>>;

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, request_body& x) {
  if constexpr (detail::stores<Inspector>) {
    auto withheld = x.bytes.size() > chunk_limit_bytes ? std::uint64_t{x.bytes.size()} : x.withheld;
    chunk nothing;
    return f(caf::meta::type_name("sluice::request_body"), withheld > 0 ? nothing : x.bytes, x.source, x.length,
             x.present, withheld);
  } else {
    return f(caf::meta::type_name("sluice::request_body"), x.bytes, x.source, x.length, x.present, x.withheld);
  }
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, request& x) {
  if constexpr (Inspector::writes_state && std::is_same_v<typename Inspector::result_type, caf::error>) {
    // The version comes first; after another one than ours nothing is read: the client refuses such a request by name.
    if (auto problem = f(x.message_version); problem || x.message_version != message_protocol_version)
      return problem;
    return f(x.method, x.url, x.fields, x.body, x.deadlines, x.read, x.priority, x.observer, x.without);
  } else {
    return f(caf::meta::type_name("sluice::request"), x.message_version, x.method, x.url, x.fields, x.body, x.deadlines,
             x.read, x.priority, x.observer, x.without);
  }
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, response& x) {
  return f(caf::meta::type_name("sluice::response"), x.head, x.body);
}

// ---- inside the process -----------------------------------------------------------------------------

struct exchange; // a request on its way: see actors/client/exchange.hpp
using exchange_ptr = std::shared_ptr<exchange>;
struct arrival; // what a connection read for one stream: see actors/client/exchange.hpp
using arrival_ptr = std::shared_ptr<arrival>;
struct delivery; // what a stream lends its reader: see actors/client/exchange.hpp
using delivery_ptr = std::shared_ptr<delivery>;
class transport; // an open connection below HTTP: see actors/io/transport.hpp
using transport_ptr = std::shared_ptr<transport>;

/// Origins to connections, limits, waiting requests. Dies with its client.
/// A connection, by its number, tells what it can do:
/// - `shares`: at this IP address, with a certificate for these names, it takes many exchanges. - `capacity`: how many
/// exchanges it takes at once; 0: no new ones. - `freed`: one has left its place. - `stalled`, `flowing`: one waits for
/// its reader, or does so no more. - `superseded`: HTTP/3 is to be had for what it carries. - `retired`: it is closed.
using pool = caf::typed_actor<rpc<response(fetch_atom, exchange_ptr)>, rpc<response(retry_atom, exchange_ptr)>,
                              rpc<void(shares_atom, std::uint64_t, std::string, std::vector<std::string>)>,
                              rpc<void(capacity_atom, std::uint64_t, std::uint64_t)>,
                              rpc<void(freed_atom, std::uint64_t)>, rpc<void(stalled_atom, std::uint64_t)>,
                              rpc<void(flowing_atom, std::uint64_t)>, rpc<void(superseded_atom, std::uint64_t)>,
                              rpc<void(retired_atom, std::uint64_t)>, rpc<client_stats(stats_atom)>>;

/// Opens one transport: resolves, races the addresses, does the TLS handshake; where HTTP/3 is wanted, QUIC gets a head
/// start, and who is ready first is taken. Dies when it has answered.
using connector = caf::typed_actor<rpc<transport_ptr(begin_atom, exchange_ptr)>>;

/// One transport and one protocol engine; makes all pause and resume decisions.
/// - `begin`: carry this exchange. - `credit`: a reader consumed bytes. - `refund`: a stream released bytes that no
/// reader ever saw. - `abandon`: nobody wants the rest of that stream. - `release`: the pool has forgotten you.
using connection = caf::typed_actor<rpc<response(begin_atom, exchange_ptr)>, rpc<void(credit)>,
                                    rpc<void(refund_atom, std::uint32_t, std::uint32_t)>,
                                    rpc<void(abandon_atom, std::uint32_t)>, rpc<void(release_atom)>>;

/// One exchange: its head, lazy decoder and deadlines. Dies after the last byte is settled.
/// - `arrival`: the connection read something. - `settled`, once: the body has ended, and each of its bytes was
/// consumed or given up. - `demand`: its reader has room for so many decoded bytes. - `cancel`: its reader wants no
/// more.
using stream = caf::typed_actor<rpc<response(begin_atom, exchange_ptr)>, rpc<void(arrival_ptr)>,
                                rpc<void(settled_atom)>, rpc<void(demand_atom, decoded_bytes)>, rpc<void(cancel_atom)>>;

/// The body reader as its stream sees it.
using local_reader = body_reader::extend<rpc<void(delivery_ptr)>>;

} // namespace sluice

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(sluice::exchange_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(sluice::arrival_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(sluice::delivery_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(sluice::transport_ptr)

// Identifiers of types on the wire: append only.
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
