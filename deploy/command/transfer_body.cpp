#include "file_name.hpp"
#include "transfer_request.hpp"
#include "transfer_state.hpp"

#include <sluice/messages/errors.hpp>
#include <sluice/protocols/policy/retry.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <random>
#include <utility>

namespace sluice::command {

using namespace std::chrono;

existing_file transfer_state::existing() const {
  if (receive().no_clobber)
    return existing_file::number;
  const auto disposition = got.head.fields.get("content-disposition").value_or("");
  const bool named_by_origin = job.header_name && file_name_of_disposition(disposition).has_value();
  return named_by_origin && !receive().clobber ? existing_file::refuse : existing_file::replace;
}

void transfer_state::open_output(std::function<void()> next) {
  if (output->is_open())
    return next();
  const save_options how{existing(), receive().create_dirs, receive().continue_at.has_value(), offset_of(receive())};
  if (auto problem = output->open(job.output, how, self->home().io()))
    return finish(std::move(problem));
  if (output->is_open())
    return next();
  if (clock::now() > opening_until)
    return finish(output_failure("'" + job.output + "'", ENXIO));
  after(pipe_look, [this, next = std::move(next)] { open_output(next); });
}

void transfer_state::receive_body() {
  remember_version();
  progress->receiving = true;
  if ((!options().include_head && !receive().head) || head_bytes > 0)
    return read();
  head_bytes = heads.size();
  output->write(
      chunk::copy_of(heads), [this](auto f) { return self->bind(std::move(f)); },
      [this](failure problem) { problem ? finish(std::move(problem)) : read(); });
}

/// So that a later transfer, or this one after a lost connection, can go on (-C). Only if what is written are the bytes
/// of a representation from its first one on, and if all of them are known to be of the same one.
void transfer_state::remember_version() {
  const bool plain = method == "GET" && !options().include_head && receive().range.empty()
                     && (!options().compressed || !got.head.fields.contains("content-encoding"));
  const bool whole = got.head.status == 200, rest = got.head.status == 206 && range.resumes;
  etag = plain && (whole || rest) ? strong_etag(got.head.fields) : std::string{};
  if (rest && etag.empty())
    etag = range.etag; // which the origin has compared
  output->file().remember_etag(rest && range.etag.empty() ? std::string{} : etag);
}

void transfer_state::read() {
  if (finished)
    return;
  const auto most = options().read_rate > 0
                        ? std::clamp<std::uint64_t>(options().read_rate / 10, 1,
                                                    std::min<std::uint64_t>(64u << 10, options().read_size))
                        : options().read_size;
  self->request(body, caf::infinite, read_atom::value, decoded_bytes{most})
      .then([this](piece& next) { take(next); }, [this](caf::error& error) { lost(failure_of(error)); });
}

void transfer_state::take(piece& next) {
  if (finished)
    return;
  if (next.end) {
    if (range.resumes && end && position() < *end)
      return lost({errc::truncated_body, caused_by::remote,
                   "the origin sent bytes up to " + std::to_string(position()) + " of " + std::to_string(*end)});
    body_ended = true;
    return commit();
  }
  if (range.resumes && end && position() + next.data.size() > *end)
    return finish({errc::protocol_violation, caused_by::remote,
                   "the origin sent more bytes than its Content-Range says: " + std::to_string(*end) + " in all"});
  if (spoils_terminal(next.data))
    return finish({errc::consumer_failed, caused_by::local,
                   "the body is binary and would spoil the terminal: write it to a file (-o FILE), or to the terminal "
                   "all the same (-o -)"});
  if (is_too_large(body_taken() + next.data.size()))
    return;
  output->write(
      std::move(next.data), [this](auto f) { return self->bind(std::move(f)); },
      [this](failure problem) { problem ? finish(std::move(problem)) : written(); });
}

/// As curl sees it: a NUL within what the first 2,000 bytes came with.
bool transfer_state::spoils_terminal(const chunk& data) const {
  constexpr std::uint64_t looked_at = 2000;
  return output->is_terminal() && !job.output_given && body_taken() < looked_at
         && std::find(data.data(), data.data() + data.size(), std::byte{0}) != data.data() + data.size();
}

void transfer_state::written() {
  const auto taken = body_taken();
  progress->done = taken;
  auto wait = clock::duration{0};
  if (options().read_rate > 0)
    wait = duration_cast<clock::duration>(
               duration<double>(static_cast<double>(taken) / static_cast<double>(options().read_rate)))
           - (clock::now() - begun);
  progress->rate_waits = wait.count() > 0;
  if (options().stall_for_s > 0 && !stalled_once && taken >= options().stall_after) {
    stalled_once = true;
    wait = duration_cast<clock::duration>(duration<double>(options().stall_for_s));
  }
  if (wait.count() <= 0)
    return read();
  after(wait, [this] { read(); });
}

/// The connection was lost: with -C the rest is asked for. --retry bounds these requests and those that the client
/// sends again, together.
void transfer_state::lost(failure why) {
  const bool too_late = retries.total_time.count() > 0 && clock::now() - begun > retries.total_time;
  if (finished || !progress->receiving || !receive().continue_at || exit_code_of(why) != incomplete || etag.empty()
      || tries() >= retries.attempts || too_late)
    return finish(std::move(why));
  std::random_device device;
  const auto random = std::uniform_real_distribution<double>{}(device);
  body = body_reader{};
  const auto delay = policy::backoff(retries, static_cast<std::uint32_t>(resumed), random);
  words().tell({trace_kind::retried,
                fmt::format("in {:g} s, retry {} of {}: {}", duration<double>(delay).count(), tries() + 1,
                            retries.attempts, why.detail),
                0,
                {}},
               *output);
  after(delay, [this] { ask(); });
  ++resumed;
}

/// The body is complete. Where the disk is waited for, that is on another thread; an interrupt comes too late from now
/// on.
void transfer_state::commit() {
  const auto modified = receive().remote_time ? modified_at(got.head) : std::nullopt;
  committing = true;
  if (!output->file().waits_for_disk())
    return committed(output->file().commit(modified));
  asio::post(*context->disk,
             [file = output, modified, &io = self->home().io(),
              back = self->bind([this](failure& problem) { committed(std::move(problem)); })]() mutable {
               auto problem = std::make_shared<failure>(file->file().commit(modified));
               asio::post(io, [problem, back = std::move(back)]() mutable { back(*problem); });
             });
}

void transfer_state::committed(failure problem) {
  committing = false;
  got.complete = !problem;
  finish(std::move(problem));
}

/// Refreshes what is shown while the body is read.
void transfer_state::look() {
  if (!body || finished)
    return;
  self->request(body, caf::infinite, stats_atom::value)
      .then(
          [this](flow_stats& stats) {
            progress->held = stats.outstanding.value;
            progress->paused = stats.pauses > stats.resumes;
          },
          [](caf::error&) {});
}

} // namespace sluice::command
