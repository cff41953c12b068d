#include "transfer.hpp"

#include "file_name.hpp"
#include "option_words.hpp"
#include "transfer_request.hpp"
#include "transfer_state.hpp"
#include "url_edits.hpp"

#include <sluice/messages/errors.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sluice::command {

void transfer_state::start() {
  got.figures.url = got.figures.url_effective = without_user_information(job.url);
  got.url = printable(got.figures.url.substr(0, got.figures.url.find_first_of("?#")));
  got.figures.number = job.url_number;
  progress->to_file = to_file();
  watch_time();
  if (job.output_given && job.output.empty())
    return finish({errc::consumer_failed, caused_by::local,
                   "-o names no file here: what its '#' stands for is empty; add a letter to it"});
  if (!receive().create_dirs)
    if (auto problem = check_output(job.output))
      return finish(std::move(problem));
  if (receive().continue_at && to_file())
    open_output([this] { ask(); });
  else
    ask();
}

void transfer_state::ask() {
  set_range();
  auto what = request_of(*context, job, range, self->home(), *progress);
  if (!what)
    return finish(what.error());
  got.awaits_input = what->may_wait_for_input;
  method = what->what.method;
  retries = what->what.retries;
  take_off_what_was_used(what->what.retries);
  const bool tells_retries = !options().quiet && options().follow.retry > 0;
  const bool counts_tries = receive().continue_at && retries.attempts > 0;
  if ((options().verbose || tells_retries || counts_tries || !receive().write_out.empty()) && !traces)
    traces = watch_traces(self->home(), output, times, words());
  if (traces)
    what->what.observer = caf::actor_cast<observer>(traces);
  self->request(context->http, caf::infinite, what->what)
      .then([this](response& received) { answered(received); }, [this](caf::error& error) { lost(failure_of(error)); });
}

watch_words transfer_state::words() const {
  watch_words result{options().verbose, {}, context->display};
  if (!options().quiet)
    result.retries = context->alone ? "sluice: "
                     : to_file()    ? "sluice: '" + printable(job.output) + "': "
                                    : "sluice: " + got.url + ": ";
  return result;
}

/// --retry and --retry-max-time are for the transfer, of which this may be a further request (-C).
void transfer_state::take_off_what_was_used(retry_policy& to) const {
  to.attempts -= static_cast<std::uint32_t>(std::min<std::uint64_t>(to.attempts, tries()));
  if (to.total_time.count() == 0 || resumed == 0)
    return;
  const auto left = to.total_time - std::chrono::duration_cast<std::chrono::milliseconds>(clock::now() - begun);
  if (left.count() > 0)
    to.total_time = left;
  else
    to.attempts = 0;
}

/// --max-time, for what the client's own deadline does not see: an output that takes nothing, a slow reader, pauses.
void transfer_state::watch_time() {
  if (options().max_time_s <= 0)
    return;
  // The client's own deadline, `total`, is to come first: its error says what was waited for.
  constexpr auto for_the_client = std::chrono::milliseconds{100};
  time_limit.expires_after(duration_cast<clock::duration>(std::chrono::duration<double>(options().max_time_s))
                           + for_the_client);
  time_limit.async_wait(self->bind([this](const std::error_code& code) {
    if (!code && !committing)
      finish({errc::timed_out, caused_by::local,
              fmt::format("the transfer was not over after {:g} s (--max-time)", options().max_time_s)});
  }));
}

void transfer_state::set_range() {
  range = {};
  range.range = receive().range;
  taken_before = body_taken();
  if (!receive().continue_at)
    return;
  const auto offset = offset_of(receive());
  range.from = offset.value_or(output->file().kept_bytes()) + body_taken();
  range.resumes = range.from > 0;
  range.all_there = !to_file() || output->file().kept_bytes() + taken_before == range.from;
  range.whole = end;
  range.etag = !etag.empty() || !to_file() ? etag : output->file().etag();
  range.unchecked = offset && etag.empty();
}

void transfer_state::answered(response& received) {
  if (finished)
    return;
  got.head = std::move(received.head);
  body = std::move(received.body);
  if (!received.url.empty())
    got.figures.url_effective = without_user_information(received.url);
  got.figures.head_came = elapsed();
  got.hops = std::move(received.hops);
  heads = {};
  for (const auto& hop : got.hops)
    heads += text_of(hop.head);
  heads += text_of(got.head);
  got.figures.size_header += heads.size();
  if (auto problem = context->heads.add(heads))
    return finish(std::move(problem));
  if ((context->condition || !range.resumes) && is_unwanted(context->condition, got.head)) {
    got.unmodified = true;
    got.complete = got.head.status == 304;
    return finish({});
  }
  got.refused = got.head.status >= 400 && (options().fail || receive().fail_with_body);
  if (got.refused && !receive().fail_with_body)
    return finish({});
  if (is_range_good())
    measure();
}

bool transfer_state::is_range_good() {
  const auto judgement = judge(range, got.head);
  end = judgement.end;
  if (judgement.verdict == range_verdict::proceed)
    return true;
  if (judgement.verdict == range_verdict::complete) {
    got.nothing_left = true;
    commit();
    return false;
  }
  got.special = judgement.verdict == range_verdict::http_error ? http_error : cannot_resume;
  finish({errc::protocol_violation, caused_by::remote, judgement.why});
  return false;
}

void transfer_state::measure() {
  const auto already = body_taken();
  if (const auto length = length_of(options(), got.head, method == "HEAD"))
    progress->total = already + *length;
  if (!range.any() && method != "HEAD" && !got.head.fields.contains("content-encoding"))
    end = progress->total;
  if (is_too_large(progress->total.value_or(0)))
    return;
  if (job.header_name)
    if (auto named = file_name_of_disposition(got.head.fields.get("content-disposition").value_or("")))
      job.output = in_output_dir(receive().output_dir, *named);
  open_output([this] { receive_body(); });
}

bool transfer_state::is_too_large(std::uint64_t bytes) {
  if (receive().max_filesize == 0 || bytes <= receive().max_filesize)
    return false;
  got.special = too_large;
  finish({errc::limit_exceeded, caused_by::local,
          "the body is larger than --max-filesize allows (" + std::to_string(receive().max_filesize) + " bytes)"});
  return true;
}

void transfer_state::cancel() {
  if (!committing)
    finish({errc::cancelled, caused_by::local, "interrupted"});
}

void transfer_state::finish(failure problem) {
  if (std::exchange(finished, true))
    return;
  got.problem = in_words_of_options(std::move(problem));
  timer.cancel();
  time_limit.cancel();
  output->end_line();
  const auto path = output->file().path();
  got.output = to_file() ? (path.empty() ? job.output : path) : std::string{};
  got.whereabouts = got.complete ? std::string{} : output->abandon(got.special != cannot_resume);
  got.written = progress->done = body_taken();
  got.seconds = elapsed();
  if (!body)
    return leave();
  // The last piece was consumed when it was written; then the exchange's own figures are complete.
  if (body_ended)
    self->send(body, settle_atom::value);
  else
    self->send(body, cancel_atom::value);
  self->request(body, caf::infinite, stats_atom::value)
      .then(
          [this](flow_stats& stats) {
            got.stats = stats;
            leave();
          },
          [this](caf::error&) { leave(); });
}

/// The traces that are on their way come before what is said at the end.
void transfer_state::leave() {
  if (!traces)
    return self->quit();
  self->request(traces, caf::infinite, settle_atom::value)
      .then([this] { self->quit(); }, [this](caf::error&) { self->quit(); });
}

void transfer_state::fill_figures() {
  auto& figures = got.figures;
  figures.method = method;
  figures.file_name = got.complete || got.written > 0 ? got.output : std::string{};
  figures.remote_ip = times->remote_ip;
  figures.remote_port = times->remote_port;
  figures.error = got.problem ? got.problem.detail : std::string{};
  figures.head = got.head;
  figures.redirects = got.hops.size();
  figures.size_download = got.written;
  figures.size_upload = progress->sent         ? *progress->sent
                        : got.head.status != 0 ? progress->total_to_send.value_or(0)
                                               : 0;
  figures.retries = tries();
  figures.connections = times->connections;
  figures.name_known = times->name_known;
  figures.connect = times->connected;
  figures.secured = times->secured;
  figures.request_sent = times->request_sent;
  figures.redirected = times->redirected;
  figures.total = got.seconds;
  figures.exit_code = exit_code_of(got);
}

void transfer_state::give_result() {
  if (!done)
    return;
  if (!finished)
    got.problem = {errc::internal, caused_by::local, "the transfer ended without saying why"};
  fill_figures();
  std::exchange(done, nullptr)(std::move(got));
}

namespace {

transfer::behavior_type run_transfer(transfer_state::self_type* self, const std::shared_ptr<transfer_context>& context,
                                     const transfer_job& job, const std::shared_ptr<transfer_progress>& progress,
                                     const std::function<void(outcome)>& done) {
  auto& my = state_of(self);
  my.context = context;
  my.job = job;
  my.progress = progress;
  my.done = done;
  asio::post(self->home().io(), self->bind([&my] { my.start(); })); // which may already be its end
  return {[self](cancel_atom) { state_of(self).cancel(); }, [self](stats_atom) { state_of(self).look(); }};
}

} // namespace

transfer start_transfer(loop& home, std::shared_ptr<transfer_context> context, transfer_job job,
                        std::shared_ptr<transfer_progress> progress, std::function<void(outcome)> done) {
  return spawn_on(home, run_transfer, std::move(context), std::move(job), std::move(progress), std::move(done));
}

} // namespace sluice::command
