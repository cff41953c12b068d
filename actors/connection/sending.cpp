// A connection's output: what its engine has to send, and the bodies of requests, pulled only as the transport drains.
#include <sluice/actors/connection/connection_state.hpp>

#include <utility>

namespace sluice {

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
    auto* entry = find(uploading[i]);
    if (!entry || entry->upload.given) {
      uploading[i] = uploading.back();
      uploading.pop_back();
      continue;
    }
    ++i;
    auto& upload = entry->upload;
    if (upload.pulling || upload.waits_for_answer() || !engine->wants_upload(entry->index))
      continue;
    if (entry->exchange->request.body.source) {
      pull(*entry);
    } else {
      const auto body = entry->exchange->request.body.bytes.bytes();
      const auto next = upload.next_of(body);
      give(*entry, next, upload.bytes == body.size(), {});
      fed = true;
    }
  }
  return fed;
}

void connection_state::give(carried& entry, std::span<const std::byte> data, bool last, const http::fields& trailers) {
  engine->upload(entry.index, data, last, trailers);
  entry.upload.given = last;
  watch_upload(entry);    // the engine asks for more when what it had before has left
  restart_silence(entry); // once it has all, the origin is invited to answer
}

void connection_state::watch_upload(carried& entry) {
  entry.upload.watch(clock::now(), upload_inside(entry));
  look_at_exchanges(entry.upload_silence_ends());
}

/// Bytes of the request's body that engine and transport hold.
std::uint64_t connection_state::upload_inside(const carried& entry) const {
  return engine && link ? engine->upload_left(entry.index) + (engine->multiplexed() ? 0 : link->output_left()) : 0;
}

void connection_state::pull(carried& entry) {
  entry.upload.pulling = true;
  entry.exchange->source_touched = true;
  self->request(entry.exchange->request.body.source, caf::infinite, read_atom::value, upload::largest_piece)
      .then([this, index = entry.index](piece& got) { take_upload(index, got); },
            [this, index = entry.index](caf::error& why) { source_failed(index, failure_of(why).detail); });
}

void connection_state::source_failed(std::uint32_t index, const std::string& why) {
  auto* entry = find(index);
  if (!entry || !std::exchange(entry->upload.pulling, false))
    return;
  if (engine && !entry->upload.given)
    give_up(*entry,
            {errc::consumer_failed, caused_by::local,
             "the source of the request body failed after " + std::to_string(entry->upload.bytes) + " bytes: " + why});
}

void connection_state::take_upload(std::uint32_t index, const piece& got) {
  auto* entry = find(index);
  if (!entry || !std::exchange(entry->upload.pulling, false) || !link || entry->upload.given)
    return;
  if (auto problem = entry->upload.accept(got, entry->exchange->request.body.length))
    return give_up(*entry, std::move(problem));
  give(*entry, got.data.bytes(), got.end, got.trailers);
  push_output();
}

void connection_state::cut_uploads() {
  for (auto index : uploading)
    if (auto* entry = find(index)) {
      entry->upload.end();
      engine->stop_upload(index);
    }
  uploading.clear();
}

void connection_state::end_wait_for_continue(carried& entry) {
  entry.upload.continue_at = never;
  if (!entry.upload.left)
    watch_upload(entry);
}

// ---- exchanges that end before their time -----------------------------------------------------------

void connection_state::give_up(carried& entry, failure why) {
  if (entry.over)
    return;
  engine->cancel(entry.index);
  set_failure(entry, std::move(why), false);
  deliver(entry);
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
