#include <sluice/protocols/guard.hpp>

#include <exception>
#include <new>

namespace sluice {

failure out_of_memory() noexcept { return {errc::internal, caused_by::local, "out of memory"}; }

void guard::fail(failure why) noexcept {
  if (std::exchange(caught_, true))
    return;
  why_ = std::move(why);
}

void guard::remember() noexcept {
  if (caught_)
    return;
  try {
    throw;
  } catch (const std::bad_alloc&) {
    fail(out_of_memory());
  } catch (const std::exception& thrown) {
    fail(made_or_out_of_memory(
        [&] { return failure{errc::internal, caused_by::local, std::string{"an exception: "} + thrown.what()}; }));
  } catch (...) {
    fail({errc::internal, caused_by::local, "an exception"});
  }
}

failure guard::why() const noexcept {
  return made_or_out_of_memory([&] { return why_; });
}

} // namespace sluice
