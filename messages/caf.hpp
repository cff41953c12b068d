// What sluice needs of CAF, as CAF 0.17 spells it: atoms, signatures, inspection, an actor's state, monitors. What
// another version of CAF spells differently changes here; errors.cpp, which is about CAF's error categories,
// actors/io/loop.hpp, which is about running actors, and actors/io/shared_watch.cpp, which monitors, have the rest.
#pragma once

#include <caf/all.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

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

/// One message of an interface, written as a function type: `rpc<Result(Arguments…)>`, or `rpc<void(Arguments…)>` for a
/// message without an answer.
template <class Signature>
using rpc = typename detail::rpc_of<Signature>::type;

/// The type `NAME_atom`, which tells messages of an interface apart; `NAME_atom::value` is sent. Ten letters at most.
#define SLUICE_ATOM(NAME) using NAME##_atom = caf::atom_constant<caf::atom(#NAME)>

/// A value of a message that may be missing.
template <class T>
using maybe = caf::optional<T>;

// ---- inspection -------------------------------------------------------------------------------------

/// What inspect() returns.
template <class Inspector>
using inspected = typename Inspector::result_type;
/// It reads a message that came from another node into the value.
template <class Inspector>
inline constexpr bool loads = Inspector::writes_state;
/// It writes a message for another node. Neither: it prints, or measures.
template <class Inspector>
inline constexpr bool stores = !Inspector::writes_state && std::is_same_v<typename Inspector::result_type, caf::error>;

/// The fields of a struct, in order, under its name.
template <class Inspector, class... Ts>
inspected<Inspector> inspect_fields(Inspector& f, const char* type, Ts&... fields) {
  if constexpr (loads<Inspector>)
    return f(fields...);
  else
    return f(caf::meta::type_name(type), fields...);
}
/// A type that is nothing but this value.
template <class Inspector, class T>
inspected<Inspector> inspect_value(Inspector& f, T& value) {
  return f(value);
}
/// As inspect_fields(). Where a message is loaded, `repair()` then replaces values that no enumerator has: such a
/// message must not fail to load, as CAF would drop it, and whoever asked would wait for ever.
template <class Inspector, class Repair, class... Ts>
inspected<Inspector> inspect_repaired(Inspector& f, const char* type, [[maybe_unused]] Repair repair, Ts&... fields) {
  if constexpr (loads<Inspector>) {
    auto result = f(fields...);
    repair();
    return result;
  } else {
    return inspect_fields(f, type, fields...);
  }
}

/// A run of bytes, with its length before it. More than `most` is an error, in both directions.
template <class Inspector>
inspected<Inspector> store_bytes(Inspector& f, const std::byte* bytes, std::size_t n, std::size_t most) {
  if (n > most)
    return caf::sec::invalid_argument;
  if (auto problem = f.begin_sequence(n))
    return problem;
  if (n > 0)
    if (auto problem = f.apply_raw(n, const_cast<std::byte*>(bytes)))
      return problem;
  return f.end_sequence();
}
/// `allocate(n, fill)` makes room for `n` bytes, not 0, and calls `fill(std::byte*)` once.
template <class Inspector, class Allocate>
inspected<Inspector> load_bytes(Inspector& f, std::size_t most, Allocate allocate) {
  std::size_t n = 0;
  if (auto problem = f.begin_sequence(n))
    return problem;
  if (n > most)
    return caf::sec::invalid_argument;
  inspected<Inspector> problem{};
  if (n > 0)
    allocate(n, [&](std::byte* out) { problem = f.apply_raw(n, out); });
  return problem ? std::move(problem) : f.end_sequence();
}

// ---- actors -----------------------------------------------------------------------------------------

/// The state of a stateful actor.
template <class Self>
auto& state_of(Self* self) noexcept {
  return self->state;
}

/// `self` is told of the end of `whom` (on_down). An actor known by its address alone may have ended already: false.
template <class Self, class Handle>
bool watch(Self* self, const Handle& whom) {
  if constexpr (std::is_same_v<Handle, caf::actor_addr>) {
    const auto alive = caf::actor_cast<caf::strong_actor_ptr>(whom);
    if (alive)
      self->monitor(alive);
    return static_cast<bool>(alive);
  } else {
    self->monitor(whom);
    return true;
  }
}
template <class Self>
void unwatch(Self* self, const caf::actor_addr& whom) {
  self->demonitor(whom);
}
/// `callback(const caf::actor_addr& whom, const caf::error& reason)` is called for each that ends.
template <class Self, class F>
void on_down(Self* self, F callback) {
  self->set_down_handler(
      [callback = std::move(callback)](caf::down_msg& message) { callback(message.source, message.reason); });
}

} // namespace sluice
