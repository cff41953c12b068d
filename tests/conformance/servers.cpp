// The claims of a stalled and a draining reader against servers that others wrote: nginx and Caddy, plain and TLS.
// Each runs as a child process on ports of its own and is skipped, with a line that says so, where it is not installed.
#include "../actors/fixture.hpp"

#include <sluice/protocols/tls/certificate.hpp>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

using namespace sluice;
using namespace sluice::tests;
namespace data = boost::unit_test::data;

namespace {

constexpr std::uint64_t file_bytes = 32u << 20;

std::uint16_t free_port() {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  bind(fd, reinterpret_cast<sockaddr*>(&address), size);
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  close(fd);
  return ntohs(address.sin_port);
}

bool accepts(std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  const bool good = connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  close(fd);
  return good;
}

std::string path_of(const std::string& program) {
  for (const char* folder : {"/usr/sbin/", "/usr/bin/", "/usr/local/bin/"})
    if (access((folder + program).c_str(), X_OK) == 0)
      return folder + program;
  return {};
}

/// A server process that serves one file of the origin's content, with seed 1, as /file.
class foreign_server {
public:
  explicit foreign_server(const std::string& name) : program(path_of(name)), plain(free_port()), secure(free_port()) {
    if (program.empty())
      return;
    std::string pattern = std::filesystem::temp_directory_path() / "sluice-server-XXXXXX";
    folder = mkdtemp(pattern.data());
    std::filesystem::permissions(folder, std::filesystem::perms{0755});
    std::string content(file_bytes, '\0');
    origin::fill(1, 0, std::as_writable_bytes(std::span{content}));
    write("file", content);
    const auto certificate = take(tls::make_self_signed({"localhost", "127.0.0.1"}));
    write("cert.pem", ca = certificate.certificate_pem);
    write("key.pem", certificate.key_pem);
    const auto p = std::to_string(plain), s = std::to_string(secure);
    if (name == "nginx") {
      write("conf", "daemon off; pid " + folder + "/pid; error_log " + folder + "/error.log;\nevents {}\nhttp { access_log off; client_body_temp_path " + folder + "/b; proxy_temp_path " + folder + "/p; fastcgi_temp_path " + folder + "/f; uwsgi_temp_path " + folder + "/u; scgi_temp_path " + folder
                      + "/s;\n server { listen 127.0.0.1:" + p + "; root " + folder + "; }\n server { listen 127.0.0.1:" + s + " ssl; ssl_certificate " + folder + "/cert.pem; ssl_certificate_key " + folder + "/key.pem; root " + folder + "; } }\n");
      start({program, "-c", folder + "/conf", "-e", folder + "/error.log"});
    } else {
      write("conf", "{\n admin off\n auto_https off\n}\nhttp://127.0.0.1:" + p + " {\n root * " + folder + "\n file_server\n}\nhttps://localhost:" + s + " {\n bind 127.0.0.1\n tls " + folder + "/cert.pem " + folder + "/key.pem\n root * " + folder + "\n file_server\n}\n");
      start({program, "run", "--adapter", "caddyfile", "--config", folder + "/conf"});
    }
    ready = fixture::eventually([this] { return accepts(plain) && accepts(secure); });
  }
  ~foreign_server() {
    if (child > 0) {
      kill(child, SIGTERM);
      waitpid(child, nullptr, 0);
    }
    if (!folder.empty())
      std::filesystem::remove_all(folder);
  }
  foreign_server(const foreign_server&) = delete;
  foreign_server& operator=(const foreign_server&) = delete;

  std::string url(bool tls) const { return tls ? "https://localhost:" + std::to_string(secure) + "/file" : "http://127.0.0.1:" + std::to_string(plain) + "/file"; }

  std::string program, folder, ca;
  std::uint16_t plain, secure;
  bool ready = false;

private:
  void write(const std::string& name, const std::string& text) { std::ofstream{folder + "/" + name, std::ios::binary} << text; }
  void start(std::vector<std::string> arguments) {
    child = fork();
    if (child != 0)
      return;
    const int log = open((folder + "/log").c_str(), O_WRONLY | O_CREAT, 0600);
    dup2(log, 1);
    dup2(log, 2);
    setenv("HOME", folder.c_str(), 1);
    std::vector<char*> argv;
    for (auto& x : arguments)
      argv.push_back(x.data());
    argv.push_back(nullptr);
    execv(argv[0], argv.data());
    _exit(127);
  }
  pid_t child = -1;
};

} // namespace

BOOST_AUTO_TEST_SUITE(servers)

BOOST_DATA_TEST_CASE(a_stalled_and_then_draining_reader_loses_nothing, data::make({"nginx", "caddy"}) * data::make({false, true}), name, tls) {
  foreign_server server{name};
  if (server.program.empty()) {
    std::cout << "skipped: " << name << " is not installed\n";
    return;
  }
  BOOST_REQUIRE(server.ready);
  fixture f{{}, server.ca};
  auto got = take(f.fetch(server.url(tls)));
  BOOST_TEST(got.head.status == 200);
  auto first = take(f.read(got.body, 1000));
  BOOST_TEST(fixture::eventually([&] { return f.stats(got.body).pauses == 1; }));
  const auto stalled = f.stats(got.body);
  BOOST_TEST(stalled.outstanding_peak.value <= 64u << 10);
  BOOST_TEST(f.loops.blocks_in_use() <= 3u);
  // A sibling is not held up by it.
  BOOST_TEST(f.drain(take(f.fetch(server.url(tls))).body).bytes == file_bytes);
  BOOST_TEST(f.stats(got.body).received.value == stalled.received.value);
  origin::checker content{1};
  content.update(first.data.bytes());
  const auto rest = f.drain(got.body, content);
  BOOST_TEST(to_string(rest.problem) == "none");
  BOOST_TEST(rest.bytes == file_bytes - first.data.size());
  BOOST_TEST(rest.content_good);
  BOOST_TEST(f.stats(got.body).pauses == f.stats(got.body).resumes);
  for (int i = 0; i < 20; ++i) { // and cancelled ones leave nothing behind
    auto x = take(f.fetch(server.url(tls)));
    take(f.read(x.body));
  }
  got.body = nullptr;
  first.data = {};
  BOOST_TEST(f.nothing_held());
}

BOOST_AUTO_TEST_SUITE_END()
