// libcurl's multi interface doing what `sluice get` and `sluice load` do: the peer that the benchmark runs beside us.
// usage: curl_peer [--http2|--http3] [--connections N] [--stalled N --sibling URL] URL REQUESTS CONCURRENCY [CA_FILE]
// prints seconds and bytes (of the sibling alone, with --stalled: N paused transfers of URL come first).
#include <curl/curl.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace {

constexpr long http3_only = 31; // CURL_HTTP_VERSION_3ONLY, of libcurl 7.88
std::size_t total = 0;
long paused = 0, resident_pages_idle = 0;

std::size_t discard(char*, std::size_t size, std::size_t count, void*) {
  total += size * count;
  return size * count;
}

std::size_t pause_once(char*, std::size_t, std::size_t, void*) {
  ++paused;
  return CURL_WRITEFUNC_PAUSE;
}

struct settings {
  long version = CURL_HTTP_VERSION_1_1;
  long connections = 0, stalled = 0;
  const char* sibling = nullptr;
  const char* ca = nullptr;
};

CURL* make(const settings& with, const char* url, curl_write_callback take) {
  CURL* transfer = curl_easy_init();
  curl_easy_setopt(transfer, CURLOPT_URL, url);
  curl_easy_setopt(transfer, CURLOPT_WRITEFUNCTION, take);
  curl_easy_setopt(transfer, CURLOPT_BUFFERSIZE, 512L * 1024);
  curl_easy_setopt(transfer, CURLOPT_HTTP_VERSION, with.version);
  curl_easy_setopt(transfer, CURLOPT_PIPEWAIT, with.version == CURL_HTTP_VERSION_1_1 ? 0L : 1L);
  if (with.ca)
    curl_easy_setopt(transfer, CURLOPT_CAINFO, with.ca);
  return transfer;
}

long resident_pages() {
  long all = 0, resident = 0;
  if (std::FILE* f = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(f, "%ld %ld", &all, &resident) != 2)
      resident = 0;
    std::fclose(f);
  }
  return resident;
}

void run_for(CURLM* multi, std::chrono::milliseconds time) {
  for (const auto end = std::chrono::steady_clock::now() + time; std::chrono::steady_clock::now() < end;) {
    int running = 0;
    curl_multi_perform(multi, &running);
    curl_multi_poll(multi, nullptr, 0, 20, nullptr);
  }
}

/// Starts transfers that stop at their first bytes, and lets them fill what they have. Waits 5 s for the first bytes at
/// most: tests/bench/compare kills a peer after 15 s.
void stall(CURLM* multi, const settings& with, const char* url) {
  resident_pages_idle = resident_pages();
  for (long i = 0; i < with.stalled; ++i)
    curl_multi_add_handle(multi, make(with, url, pause_once));
  for (int i = 0; i < 50 && paused < with.stalled; ++i)
    run_for(multi, std::chrono::milliseconds{100});
  run_for(multi, std::chrono::milliseconds{1000});
}

} // namespace

int main(int argc, char** argv) {
  settings with;
  int at = 1;
  for (; at < argc && std::strncmp(argv[at], "--", 2) == 0; ++at) {
    if (std::strcmp(argv[at], "--http2") == 0)
      with.version = CURL_HTTP_VERSION_2TLS;
    else if (std::strcmp(argv[at], "--http3") == 0)
      with.version = http3_only;
    else if (std::strcmp(argv[at], "--connections") == 0 && at + 1 < argc)
      with.connections = std::atol(argv[++at]);
    else if (std::strcmp(argv[at], "--stalled") == 0 && at + 1 < argc)
      with.stalled = std::atol(argv[++at]);
    else if (std::strcmp(argv[at], "--sibling") == 0 && at + 1 < argc)
      with.sibling = argv[++at];
    else
      return 2;
  }
  if (argc - at < 3)
    return 2;
  const char* url = argv[at];
  const long requests = std::atol(argv[at + 1]), concurrency = std::atol(argv[at + 2]);
  with.ca = argc - at > 3 ? argv[at + 3] : nullptr;
  curl_global_init(CURL_GLOBAL_ALL);
  CURLM* multi = curl_multi_init();
  curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, concurrency);
  curl_multi_setopt(multi, CURLMOPT_MAX_CONCURRENT_STREAMS, 2000L);
  if (with.connections > 0)
    curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, with.connections);
  if (with.stalled > 0)
    stall(multi, with, url);
  const long resident_kib = (resident_pages() - resident_pages_idle) * (sysconf(_SC_PAGESIZE) / 1024);
  std::vector<CURL*> handles;
  for (long i = 0; i < concurrency; ++i)
    handles.push_back(make(with, with.sibling ? with.sibling : url, discard));
  long started = 0, done = 0, failed = 0;
  const auto begun = std::chrono::steady_clock::now();
  for (CURL* transfer : handles)
    if (started < requests && ++started)
      curl_multi_add_handle(multi, transfer);
  while (done < requests) {
    int running = 0, left = 0;
    curl_multi_perform(multi, &running);
    while (CURLMsg* message = curl_multi_info_read(multi, &left)) {
      if (message->msg != CURLMSG_DONE)
        continue;
      CURL* transfer = message->easy_handle;
      failed += message->data.result != CURLE_OK;
      ++done;
      curl_multi_remove_handle(multi, transfer);
      if (started < requests && ++started)
        curl_multi_add_handle(multi, transfer);
    }
    if (done < requests)
      curl_multi_poll(multi, nullptr, 0, 1000, nullptr);
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begun;
  std::printf("%f %zu %ld %ld %s\n", seconds.count(), total, failed, resident_kib, curl_version());
  std::fflush(stdout);
  _exit(failed == 0 ? 0 : 1); // the paused ones are not to be waited for
}
