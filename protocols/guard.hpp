// Stops C++ exceptions before they reach the stack frames of a C library or leave an engine. The first exception is
// stored; the owner of the library session then ends the connection with it. Knows no library and no protocol.
#pragma once

#include <sluice/protocols/failure.hpp>

#include <type_traits>
#include <utility>

namespace sluice {

/// errc::internal, with a text short enough for std::string's internal buffer: creating it allocates nothing.
failure out_of_memory() noexcept;

/// The result of `make`, or out_of_memory() if it throws.
template <class F>
failure made_or_out_of_memory(F&& make) noexcept {
  try {
    return std::forward<F>(make)();
  } catch (...) {
    return out_of_memory();
  }
}

/// One for each session of a C library. A library session whose callback threw must not be used any more: its owner
/// checks the guard after each call into the library and, if it is set, ends the connection with why().
class guard {
public:
  /// Returns the result of `call`, or `otherwise` if an exception was caught in this call or before. Once an exception
  /// was caught, `call` is not called any more.
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
      run_always(std::forward<F>(call));
  }
  /// Like run(), but calls even after an exception was caught: for the events that end a stream, each of which must be
  /// delivered.
  template <class F>
  void run_always(F&& call) noexcept {
    try {
      std::forward<F>(call)();
    } catch (...) {
      remember();
    }
  }
  /// Stores `why` as if it had been thrown: a library call failed and its session is unusable.
  void fail(failure why) noexcept;

  explicit operator bool() const noexcept { return caught_; }
  /// The first error, as the reason why the connection ends.
  failure why() const noexcept;

private:
  void remember() noexcept; // call inside a catch handler

  bool caught_ = false;
  failure why_;
};

/// The user pointer among the arguments of a callback: the first argument of type void*.
template <class X, class... Xs>
void* user_argument(X first, Xs... rest) noexcept {
  if constexpr (std::is_same_v<X, void*>)
    return first;
  else
    return user_argument(rest...);
}

/// Wraps `Callback` for use by a C library. The user pointer must be a `Session*`; an exception is stored in its guard,
/// `Session::caught()`. Then this call, and every later one, returns `Failed` to the library.
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
