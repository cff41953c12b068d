#include <sluice/actors/blocking.hpp>

#include <caf/scoped_actor.hpp>

namespace sluice::blocking {

struct response::connection_to_actor {
  caf::scoped_actor self;
  body_reader body;
};

response::response(sluice::response x, caf::actor_system& system)
  : head(std::move(x.head)), actor_(new connection_to_actor{caf::scoped_actor{system}, std::move(x.body)}) {
  actor_->self->send(actor_->body, adopt_atom::value);
}
response::response(response&&) noexcept = default;
response& response::operator=(response&&) noexcept = default;
response::~response() = default; // dropping the handle cancels

namespace {
template <class T, class Self, class Handle, class... Ts>
result_or_failure<T> ask(Self& self, const Handle& whom, Ts&&... xs) {
  result_or_failure<T> result{failure{errc::internal, caused_by::local, "no answer"}};
  self->request(whom, caf::infinite, std::forward<Ts>(xs)...)
    .receive([&](T& x) { result = result_or_failure<T>{std::move(x)}; },
             [&](caf::error& x) { result = result_or_failure<T>{failure_of(x)}; });
  return result;
}
} // namespace

result_or_failure<chunk> response::read(decoded_bytes most) {
  auto x = ask<piece>(actor_->self, actor_->body, read_atom::value, most);
  if (!x)
    return x.error();
  return std::move(x->data);
}

result_or_failure<std::string> response::text(std::size_t limit) {
  std::string result;
  for (;;) {
    auto x = read();
    if (!x)
      return x.error();
    if (x->empty())
      return result;
    if (result.size() + x->size() > limit) {
      cancel();
      return failure{errc::limit_exceeded, caused_by::local, "the body is larger than the " + std::to_string(limit) + " bytes that text() was allowed"};
    }
    result.append(x->text());
  }
}

void response::cancel() { actor_->self->send(actor_->body, cancel_atom::value); }
result_or_failure<flow_stats> response::stats() { return ask<flow_stats>(actor_->self, actor_->body, stats_atom::value); }
result_or_failure<http::fields> response::trailers() { return ask<http::fields>(actor_->self, actor_->body, trailers_atom::value); }

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

result_or_failure<response> client::send(request x) {
  auto& my = *implementation_;
  if (!my.handle)
    return my.handle.error();
  caf::scoped_actor self{my.system};
  auto got = ask<sluice::response>(self, *my.handle, std::move(x));
  if (!got)
    return got.error();
  return response{*std::move(got), my.system};
}

result_or_failure<response> client::get(std::string url) {
  request x;
  x.url = std::move(url);
  return send(std::move(x));
}

result_or_failure<client_stats> client::stats() {
  if (!implementation_->handle)
    return implementation_->handle.error();
  caf::scoped_actor self{implementation_->system};
  return ask<client_stats>(self, *implementation_->handle, stats_atom::value);
}

} // namespace sluice::blocking
