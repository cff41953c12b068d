// Stops exceptions at the frames of a C library and at the edge of an engine: the first one is remembered there, and
// whoever owns the library's session ends its connection with it. Knows no library and no protocol.
#pragma once

#include <sluice/protocols/failure.hpp>

#include <type_traits>
#include <utility>

namespace sluice {

/// errc::internal, with a text that is short enough to be kept without allocating.
failure out_of_memory() noexcept;

/// What `make` gives, or out_of_memory() where it throws.
template <class F>
failure made_or_out_of_memory(F&& make) noexcept {
  try {
    return std::forward<F>(make)();
  } catch (...) {
    return out_of_memory();
  }
}

/// One for each session of a C library. A library session in whose callbacks something was caught is not to be used any
/// more: its owner looks at the guard after each call, and then ends the connection with why().
class guard {
public:
  /// What `call` returns; `otherwise` if something was caught, in this call or before. Nothing is called after the
  /// first.
  template <class R, class F>
  R run(R otherwise, F&& call) noexcept {
    if (caught_)
      return otherwise;
    try {
      auto result = static_cast<R>(std::forward<F>(call)());
      return caught_ ? std::move(otherwise) : std::move(result);
    } catch (...) {
      remember();
    }
    return otherwise;
  }
  template <class F>
  void run(F&& call) noexcept {
    if (!caught_)
      tell(std::forward<F>(call));
  }
  /// Calls also after something was caught: for the events that end an exchange, each of which must be tried.
  template <class F>
  void tell(F&& call) noexcept {
    try {
      std::forward<F>(call)();
    } catch (...) {
      remember();
    }
  }
  /// A library call has failed in a way that leaves its session unusable.
  void fail(failure why) noexcept;

  explicit operator bool() const noexcept { return caught_; }
  /// The first that was caught, as the reason why the connection ends.
  failure why() const noexcept;

private:
  void remember() noexcept; // in a handler

  bool caught_ = false;
  failure why_;
};

/// Of a callback's arguments, the one that the library was given for its user: the first of type void*.
template <class X, class... Xs>
void* user_argument(X first, Xs... rest) noexcept {
  if constexpr (std::is_same_v<X, void*>)
    return first;
  else
    return user_argument(rest...);
}

/// `Callback` as a C library may call it. What it throws is kept in the `Session` behind the user argument, by
/// `Session`'s caught(), and the library is given `Failed`; as is every call that follows.
template <class Session, auto Callback, auto Failed>
struct guarded_callback;
template <class Session, class R, class... Xs, R (*Callback)(Xs...), auto Failed>
struct guarded_callback<Session, Callback, Failed> {
  static R call(Xs... xs) noexcept {
    auto& session = *static_cast<Session*>(user_argument(xs...));
    return session.caught().run(R{Failed}, [&] { return Callback(xs...); });
  }
};

} // namespace sluice
