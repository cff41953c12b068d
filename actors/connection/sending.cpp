// A connection's output: what its engine has to send, and the bodies of requests, pulled only as the transport drains.
#include <sluice/actors/connection/connection_state.hpp>

#include <sluice/messages/bounds.hpp>

#include <algorithm>
#include <utility>

namespace sluice {

namespace {
constexpr std::size_t upload_piece_bytes = 64u << 10; // given to the engine at once
} // namespace

void connection_state::push_later() {
  if (std::exchange(push_posted, true))
    return;
  asio::post(self->home().io(), self->bind([this] {
    push_posted = false;
    push_output();
    read_turn();
  }));
}

void connection_state::push_output() {
  if (link && engine && !waiting_for_output)
    send_all();
  settle();
}

void connection_state::send_all() {
  for (bool more = true; more && !link->output_pending();) {
    const auto sent = link->send(*engine, clock::now());
    if (sent == transport::sent::failed)
      cut_uploads(); // not the end yet: the origin may have answered already, which reading tells
    more = sent != transport::sent::nothing || (!link->output_pending() && feed_uploads());
  }
  if (!link->output_pending())
    return;
  waiting_for_output = true;
  link->wait_writable(self->bind([this](const std::error_code& code) {
    waiting_for_output = false;
    if (code || !link)
      return;
    if (!link->flush())
      cut_uploads();
    push_output();
  }));
}

// ---- uploads ----------------------------------------------------------------------------------------

/// Gives the engine more of the requests' bodies. True if there is more to send now.
bool connection_state::feed_uploads() {
  bool fed = false;
  for (std::size_t i = 0; i < uploading.size();) {
    auto* x = find(uploading[i]);
    if (!x || x->upload.given) {
      uploading[i] = uploading.back();
      uploading.pop_back();
      continue;
    }
    ++i;
    auto& upload = x->upload;
    if (upload.pulling || upload.waits_for_answer() || !engine->wants_upload(x->index))
      continue;
    if (x->exchange->request.body.source) {
      pull(*x);
    } else {
      const auto bytes = x->exchange->request.body.bytes.bytes();
      const auto n = std::min<std::size_t>(bytes.size() - upload.bytes, upload_piece_bytes);
      const auto rest = bytes.subspan(static_cast<std::size_t>(upload.bytes), n);
      upload.bytes += n;
      give(*x, rest, upload.bytes == bytes.size(), {});
      fed = true;
    }
  }
  return fed;
}

void connection_state::give(carried& x, std::span<const std::byte> data, bool last, const http::fields& trailers) {
  engine->upload(x.index, data, last, trailers);
  x.upload.given = last;
  watch_upload(x);    // the engine asks for more when what it had before has left
  restart_silence(x); // once it has all, the origin is invited to answer
}

void connection_state::watch_upload(carried& x) {
  x.upload.watch(clock::now(), upload_inside(x));
  look_at_exchanges(x.upload_silence_ends());
}

/// Bytes of the request's body that engine and transport hold.
std::uint64_t connection_state::upload_inside(const carried& x) const {
  return engine && link ? engine->upload_left(x.index) + (engine->multiplexed() ? 0 : link->output_left()) : 0;
}

void connection_state::pull(carried& x) {
  x.upload.pulling = true;
  x.exchange->source_touched = true;
  self->request(x.exchange->request.body.source, caf::infinite, read_atom::value, decoded_bytes{upload_piece_bytes})
      .then([this, index = x.index](piece& got) { take_upload(index, got); },
            [this, index = x.index](caf::error& why) { source_failed(index, failure_of(why).detail); });
}

void connection_state::source_failed(std::uint32_t index, const std::string& why) {
  auto* x = find(index);
  if (!x || !std::exchange(x->upload.pulling, false))
    return;
  if (engine && !x->upload.given)
    give_up(*x, {errc::consumer_failed, caused_by::local,
                 "the source of the request body failed after " + std::to_string(x->upload.bytes) + " bytes: " + why});
}

void connection_state::take_upload(std::uint32_t index, const piece& got) {
  auto* x = find(index);
  if (!x || !std::exchange(x->upload.pulling, false))
    return;
  auto& upload = x->upload;
  if (!link || upload.given)
    return;
  auto problem = check(got);
  if (!problem)
    problem = check_fields(got.trailers, "trailers of the request's body");
  if (problem)
    return give_up(*x, std::move(problem));
  const auto& length = x->exchange->request.body.length;
  upload.bytes += got.data.size();
  if (length && (upload.bytes > *length || (got.end && upload.bytes < *length)))
    return give_up(*x,
                   {errc::invalid_request, caused_by::local,
                    "the source of the request body gave " + std::to_string(upload.bytes) + " bytes"
                        + (got.end ? " in all" : " or more") + ", but " + std::to_string(*length) + " were announced"});
  give(*x, got.data.bytes(), got.end, got.trailers);
  push_output();
}

void connection_state::cut_uploads() {
  for (auto index : uploading)
    if (auto* x = find(index)) {
      x->upload.end();
      engine->stop_upload(index);
    }
  uploading.clear();
}

void connection_state::end_wait_for_continue(carried& x) {
  x.upload.continue_at = never;
  if (!x.upload.left)
    watch_upload(x);
}

// ---- exchanges that end before their time -----------------------------------------------------------

void connection_state::give_up(carried& x, failure why) {
  if (x.over)
    return;
  engine->cancel(x.index);
  set_failure(x, std::move(why), false);
  deliver(x);
  discard_rest();
  push_output();
}

/// Nobody wants the rest of an exchange. HTTP/2 and HTTP/3 reset its stream; over HTTP/1.1 what is little is read and
/// thrown away, for drain_timeout at most.
void connection_state::discard_rest() {
  if (engine->multiplexed())
    return push_later();
  reading.reset();
  if (engine->ended())
    return retire();
  watch_idle();
  read_turn();
}

} // namespace sluice
