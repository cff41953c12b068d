#include <sluice/actors/blocking.hpp>

#include <sluice/actors/body/answer_watch.hpp>
#include <sluice/messages/bounds.hpp>

#include <caf/scoped_actor.hpp>

namespace sluice::blocking {

/// The actor that made the request and so owns the body.
struct response::owner {
  explicit owner(caf::actor_system& system) : self(system) {}
  caf::scoped_actor self;
  body_reader body;
};

response::response(http::response_head received_head, std::unique_ptr<owner> body_owner)
  : head(std::move(received_head)), owner_(std::move(body_owner)) {}
response::response(response&&) noexcept = default;
response& response::operator=(response&&) noexcept = default;
response::~response() = default; // dropping the handle cancels

namespace {

/// Asks and waits. There is no time limit here: the deadlines of the request are the caller's wish, and whoever is
/// asked either answers or ends, and both end the wait.
template <class T, class Self, class Handle, class... Ts>
result_or_failure<T> ask(Self& self, const Handle& whom, Ts&&... arguments) {
  result_or_failure<T> result{failure{errc::internal, caused_by::local, "no answer"}};
  answer_watch watch{self.ptr(), whom};
  auto asked = self->request(whom, caf::infinite, std::forward<Ts>(arguments)...);
  watch.expect(asked.id());
  asked.receive([&](T& answer) { result = result_or_failure<T>{std::move(answer)}; },
                [&](caf::error& error) { result = result_or_failure<T>{failure_of(error)}; });
  return result;
}

failure cancelled() { return {errc::cancelled, caused_by::local, "there is no body: the response was moved from"}; }

} // namespace

result_or_failure<chunk> response::read(decoded_bytes most) {
  if (auto problem = check_read(most))
    return problem;
  if (!owner_)
    return cancelled();
  auto next_piece = ask<piece>(owner_->self, owner_->body, read_atom::value, most);
  if (!next_piece)
    return next_piece.error();
  if (auto problem = check(*next_piece)) // else it would look like the end
    return problem;
  return std::move(next_piece->data);
}

result_or_failure<std::string> response::text(std::size_t limit) {
  std::string result;
  for (;;) {
    auto data = read();
    if (!data)
      return data.error();
    if (data->empty())
      return result;
    if (data->size() > limit - result.size()) {
      cancel();
      return failure{errc::limit_exceeded, caused_by::local,
                     "the body is larger than the " + std::to_string(limit) + " bytes that text() was allowed"};
    }
    result.append(data->text());
  }
}

void response::cancel() {
  if (owner_)
    owner_->self->send(owner_->body, cancel_atom::value);
}

result_or_failure<flow_stats> response::stats() {
  if (!owner_)
    return cancelled();
  return ask<flow_stats>(owner_->self, owner_->body, stats_atom::value);
}

result_or_failure<http::fields> response::trailers() {
  if (!owner_)
    return cancelled();
  return ask<http::fields>(owner_->self, owner_->body, trailers_atom::value);
}

struct client::implementation {
  struct configuration : caf::actor_system_config {
    configuration() {
      configure(*this);
      set("scheduler.max-threads", 1u);
    }
  };
  configuration settings;
  caf::actor_system system{settings};
  runtime loops{system};
  result_or_failure<sluice::client> handle;
  explicit implementation(const client_config& config) : handle(loops.spawn_client(config)) {}
};

client::client(const client_config& config) : implementation_(new implementation(config)) {}
client::~client() = default;

result_or_failure<response> client::send(request outgoing) {
  auto& my = *implementation_;
  if (!my.handle)
    return my.handle.error();
  auto owner = std::make_unique<response::owner>(my.system);
  auto got = ask<sluice::response>(owner->self, *my.handle, std::move(outgoing));
  if (!got)
    return got.error();
  owner->body = std::move(got->body);
  response result{std::move(got->head), std::move(owner)};
  result.url = std::move(got->url);
  result.hops = std::move(got->hops);
  return result;
}

result_or_failure<response> client::get(std::string url) {
  request outgoing;
  outgoing.url = std::move(url);
  return send(std::move(outgoing));
}

result_or_failure<client_stats> client::stats() {
  if (!implementation_->handle)
    return implementation_->handle.error();
  caf::scoped_actor self{implementation_->system};
  return ask<client_stats>(self, *implementation_->handle, stats_atom::value);
}

} // namespace sluice::blocking
