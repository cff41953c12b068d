// libcurl's multi interface doing what `sluice get` and `sluice load` do: the peer that the benchmark runs beside us.
// usage: curl_peer URL REQUESTS CONCURRENCY [CA_FILE]; prints seconds and bytes.
#include <curl/curl.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {
std::size_t total = 0;
std::size_t discard(char*, std::size_t size, std::size_t count, void*) {
  total += size * count;
  return size * count;
}
} // namespace

int main(int argc, char** argv) {
  if (argc < 4)
    return 2;
  const long requests = std::atol(argv[2]), concurrency = std::atol(argv[3]);
  curl_global_init(CURL_GLOBAL_ALL);
  CURLM* multi = curl_multi_init();
  curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, concurrency);
  std::vector<CURL*> handles;
  for (long i = 0; i < concurrency; ++i) {
    CURL* x = curl_easy_init();
    curl_easy_setopt(x, CURLOPT_URL, argv[1]);
    curl_easy_setopt(x, CURLOPT_WRITEFUNCTION, discard);
    curl_easy_setopt(x, CURLOPT_BUFFERSIZE, 512L * 1024);
    curl_easy_setopt(x, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    if (argc > 4)
      curl_easy_setopt(x, CURLOPT_CAINFO, argv[4]);
    handles.push_back(x);
  }
  long started = 0, done = 0, failed = 0;
  const auto begun = std::chrono::steady_clock::now();
  for (CURL* x : handles)
    if (started < requests && ++started)
      curl_multi_add_handle(multi, x);
  while (done < requests) {
    int running = 0, left = 0;
    curl_multi_perform(multi, &running);
    while (CURLMsg* message = curl_multi_info_read(multi, &left)) {
      if (message->msg != CURLMSG_DONE)
        continue;
      CURL* x = message->easy_handle;
      failed += message->data.result != CURLE_OK;
      ++done;
      curl_multi_remove_handle(multi, x);
      if (started < requests && ++started)
        curl_multi_add_handle(multi, x);
    }
    if (done < requests)
      curl_multi_poll(multi, nullptr, 0, 1000, nullptr);
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begun;
  std::printf("%f %zu %ld %s\n", seconds.count(), total, failed, curl_version());
  return failed == 0 ? 0 : 1;
}
