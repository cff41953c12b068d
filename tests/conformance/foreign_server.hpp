// Servers that others wrote, as child processes with a folder and ports of their own: nginx, Caddy, nghttpd, h2o, Node;
// for HTTP/3 Bun and ngtcp2's own (gtlsserver). Knows no claim. A server that is not installed has no program; whoever
// asks for it skips the claim.
#pragma once

#include "node_script.hpp"
#include "ways.hpp"

#include <sluice/protocols/tls/certificate.hpp>

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>

namespace sluice::tests {

inline sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  result.sin_port = htons(port);
  return result;
}

inline std::uint16_t free_port() {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  auto address = loopback(0);
  socklen_t size = sizeof address;
  bind(fd, reinterpret_cast<sockaddr*>(&address), size);
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  close(fd);
  return ntohs(address.sin_port);
}

inline bool accepts(std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  const auto address = loopback(port);
  const bool good = connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(fd);
  return good;
}

/// Somebody has that UDP port.
inline bool listens_over_udp(std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  const auto address = loopback(port);
  const bool free = bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(fd);
  return !free;
}

/// Where deploy/dependencies puts what it fetches from npm.
inline std::string fetched_programs() {
  const auto given = [](const char* name) {
    return std::getenv(name) ? std::string{std::getenv(name)} : std::string{};
  };
  const auto cache =
      !given("SLUICE_CACHE").empty()
          ? given("SLUICE_CACHE")
          : (given("XDG_CACHE_HOME").empty() ? given("HOME") + "/.cache" : given("XDG_CACHE_HOME")) + "/sluice";
  return cache + "/peers/bun/bin";
}

inline std::string path_of(const std::string& program) {
  std::string folders = (std::getenv("PATH") ? std::getenv("PATH") : "") + std::string{":"} + fetched_programs();
  std::istringstream list{folders + ":/usr/sbin:/usr/bin:/usr/local/bin"};
  for (std::string folder; std::getline(list, folder, ':');)
    if (!folder.empty() && access((folder + "/" + program).c_str(), X_OK) == 0)
      return folder + "/" + program;
  return {};
}

/// Runs until it is destroyed or killed; never outlives the test.
class child_process {
public:
  child_process(std::vector<std::string> arguments, const std::string& folder) : pid_(fork()) {
    if (pid_ != 0)
      return;
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    const int log = open((folder + "/log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    dup2(log, 1);
    dup2(log, 2);
    setenv("HOME", folder.c_str(), 1);
    std::vector<char*> argv;
    for (auto& argument : arguments)
      argv.push_back(argument.data());
    argv.push_back(nullptr);
    execv(argv[0], argv.data());
    _exit(127);
  }
  ~child_process() {
    signal(SIGTERM);
    if (!fixture::eventually([this] { return !alive(); }))
      signal(SIGKILL);
    while (alive())
      std::this_thread::yield();
  }
  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;

  bool alive() {
    if (pid_ > 0 && waitpid(pid_, nullptr, WNOHANG) != 0)
      pid_ = -1;
    return pid_ > 0;
  }
  void signal(int number) const {
    if (pid_ > 0)
      ::kill(pid_, number);
  }

private:
  pid_t pid_;
};

/// What every server serves: the origin's content with seed 1.
struct served_file {
  static constexpr std::uint64_t large = 32u << 20; ///< /large.bin
  static constexpr std::uint64_t medium = 8u << 20; ///< /medium.bin
  static constexpr std::uint64_t small = 10'000;    ///< /small.bin
  static constexpr std::uint64_t text = 6u << 20;   ///< /text.txt, which is text and is sent with a coding
};

/// The text that /text.txt holds: hexadecimal digits, two for each byte of the content; a coding makes half of them.
inline std::string hexadecimal_text() {
  std::string content(served_file::text / 2, '\0'), result;
  origin::fill(1, 0, std::as_writable_bytes(std::span{content}));
  result.reserve(served_file::text);
  for (unsigned char octet : content)
    result.append({"0123456789abcdef"[octet >> 4], "0123456789abcdef"[octet & 15]});
  return result;
}

/// Where nginx, Caddy and h2o redirect to /small.bin; and what nginx and Caddy open with a password only.
/// Under `redirecting` nginx and Caddy have /303, /307 and /308, which lead to where the answer is the method.
inline constexpr const char *redirecting = "/moved", *closed = "/closed/small.bin";
inline constexpr const char* that_opens = "Basic bWU6c2VjcmV0"; // me:secret

class foreign_server {
public:
  explicit foreign_server(std::string kind) : name(std::move(kind)), program(path_of(name)) {
    if (program.empty())
      return;
    std::string pattern = std::filesystem::temp_directory_path() / "sluice-server-XXXXXX";
    folder = mkdtemp(pattern.data());
    std::filesystem::permissions(folder,
                                 std::filesystem::perms{0755}); // servers started by root serve as somebody else
    std::string content(served_file::large, '\0');
    origin::fill(1, 0, std::as_writable_bytes(std::span{content}));
    write("large.bin", content);
    write("medium.bin", content.substr(0, served_file::medium));
    write("small.bin", content.substr(0, served_file::small));
    write("text.txt", hexadecimal_text());
    const auto certificate = take(tls::make_self_signed({"localhost", "127.0.0.1"}));
    write("cert.pem", ca = certificate.certificate_pem);
    write("key.pem", certificate.key_pem);
    write("passwords", "me:{PLAIN}secret\n");
    if (name == "caddy")
      behind = take(origin::server::start({}));
    for (int i = 0; i < 3 && !ready; ++i) { // another process may have been given the port meanwhile
      plain = free_port(), plain_http2 = free_port(), secure = free_port();
      start();
    }
  }
  ~foreign_server() {
    running.clear();
    if (!folder.empty())
      std::filesystem::remove_all(folder);
  }
  foreign_server(const foreign_server&) = delete;
  foreign_server& operator=(const foreign_server&) = delete;

  /// Starts it at its ports, instead of what runs there.
  void start() {
    running.clear();
    const auto begin = [this](std::vector<std::string> command) {
      running.push_back(std::make_unique<child_process>(std::move(command), folder));
    };
    const auto p = std::to_string(plain), h = std::to_string(plain_http2), s = std::to_string(secure);
    if (name == "nginx") {
      write("conf", nginx_conf(p, h, s));
      begin({program, "-c", folder + "/conf", "-e", folder + "/error.log"});
    } else if (name == "caddy") {
      write("conf", caddy_conf(p, h, s));
      begin({program, "run", "--adapter", "caddyfile", "--config", folder + "/conf"});
    } else if (name == "h2o") {
      write("conf", h2o_conf(p, h, s));
      begin({program, "-c", folder + "/conf"});
    } else if (name == "nghttpd") {
      begin({program, "--echo-upload", "-a", "127.0.0.1", "-d", folder, "--no-tls", h});
      begin({program, "--echo-upload", "-a", "127.0.0.1", "-d", folder, s, folder + "/key.pem", folder + "/cert.pem"});
    } else if (name == "gtlsserver") {
      begin({program, "-q", "-d", folder, "127.0.0.1", s, folder + "/key.pem", folder + "/cert.pem"});
    } else if (name == "bun") {
      write("script.mjs", bun_script(s));
      begin({program, folder + "/script.mjs"});
    } else {
      write("script.js", node_script);
      begin({program, folder + "/script.js", folder, p, h, s});
    }
    const auto all_alive = [this] {
      return std::all_of(running.begin(), running.end(), [](auto& process) { return process->alive(); });
    };
    const bool only_udp = name == "gtlsserver" || name == "bun";
    const auto all_accept = [this, only_udp] {
      return only_udp ? listens_over_udp(secure)
                      : (name != "caddy" || listens_over_udp(secure)) && (name == "nghttpd" || accepts(plain))
                            && accepts(plain_http2) && accepts(secure);
    };
    fixture::eventually([&] { return !all_alive() || all_accept(); });
    ready = all_alive() && all_accept();
  }
  void kill() {
    for (auto& process : running) {
      process->signal(SIGKILL);
      fixture::eventually([&] { return !process->alive(); });
    }
  }

  std::string url(const way& chosen_way, const std::string& path) const {
    return chosen_way.tls ? "https://localhost:" + std::to_string(secure) + path
                          : "http://127.0.0.1:" + std::to_string(chosen_way.multiplexed() ? plain_http2 : plain) + path;
  }
  std::string log() const {
    std::ifstream in{folder + "/log"};
    return {std::istreambuf_iterator<char>{in}, {}};
  }

  std::string name, program, folder, ca;
  std::uint16_t plain = 0, plain_http2 = 0, secure = 0;
  bool ready = false;

private:
  void write(const std::string& file, const std::string& text) {
    std::ofstream{folder + "/" + file, std::ios::binary} << text;
  }

  std::string nginx_conf(const std::string& p, const std::string& h, const std::string& s) const {
    std::string result = "daemon off; pid " + folder + "/pid; error_log " + folder
                         + "/error.log;\nevents {}\nhttp { access_log off; root " + folder
                         + "; gzip on; types { text/plain txt; } default_type application/octet-stream;\n";
    for (const char* kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"})
      result += std::string{kind} + "_temp_path " + folder + "/" + kind + "; ";
    auto places = " location = /took { return 200 \"$request_method\"; }\n location = /moved { return 302 /small.bin; "
                  "}\n location /closed/ { alias "
                  + folder + "/; auth_basic all; auth_basic_user_file " + folder + "/passwords; }\n";
    for (const auto* status : {"303", "307", "308"})
      places += std::string{" location = /moved/"} + status + " { return " + status + " /took; }\n";
    result += "gzip_types text/plain;\n server { listen 127.0.0.1:" + p + ";" + places
              + "}\n server { listen 127.0.0.1:" + h + " http2;" + places + "}\n";
    return result + " server { listen 127.0.0.1:" + s + " ssl http2; ssl_certificate " + folder
           + "/cert.pem; ssl_certificate_key " + folder + "/key.pem;" + places + "} }\n";
  }
  std::string caddy_conf(const std::string& p, const std::string& h, const std::string& s) const {
    const auto files = " redir /moved/303 /took 303\n redir /moved/307 /took 307\n redir /moved/308 /took 308\n"
                       " respond /took {http.request.method}\n reverse_proxy /upload 127.0.0.1:"
                       + std::to_string(behind->port()) + "\n root * " + folder
                       + "\n encode zstd gzip\n redir /moved /small.bin 302\n"
                         " handle_path /closed/* {\n  @stranger not header Authorization \""
                       + that_opens + "\"\n  respond @stranger 401\n  file_server\n }\n file_server\n}\n";
    return "{\n admin off\n auto_https off\n servers {\n  protocols h1 h2 h2c h3\n }\n}\nhttp://127.0.0.1:" + p
           + ", http://127.0.0.1:" + h + " {\n" + files + "https://localhost:" + s + " {\n bind 127.0.0.1\n tls "
           + folder + "/cert.pem " + folder + "/key.pem\n" + files;
  }
  std::string h2o_conf(const std::string& p, const std::string& h, const std::string& s) const {
    const std::string listen = "listen:\n  host: 127.0.0.1\n  port: ";
    return listen + p + "\n" + listen + h + "\n" + listen + s + "\n  ssl:\n    certificate-file: " + folder
           + "/cert.pem\n    key-file: " + folder
           + "/key.pem\ncompress: [gzip, br]\nhosts:\n  default:\n    paths:\n      /moved:\n        redirect:\n"
             "          status: 302\n          url: /small.bin\n      /:\n        file.dir: "
           + folder + "\n";
  }

  std::string bun_script(const std::string& s) const {
    return "Bun.serve({ hostname: '127.0.0.1', port: " + s + ", http3: true, tls: { cert: Bun.file('" + folder
           + "/cert.pem'), key: Bun.file('" + folder
           + "/key.pem') },\n"
             "  async fetch(r) { const f = Bun.file('"
           + folder
           + "' + new URL(r.url).pathname); return await f.exists() ? new Response(f) : new Response('none', { status: "
             "404 }); } });\n";
  }

  std::unique_ptr<origin::server> behind; // where Caddy sends /upload
  std::vector<std::unique_ptr<child_process>> running;
};

/// The running server of that name, the same for all claims; nullptr, with a line that says so, if it is not installed.
inline foreign_server* foreign(const std::string& name) {
  static std::map<std::string, foreign_server> all;
  auto& result = all.try_emplace(name, name).first->second;
  if (result.program.empty()) {
    std::cout << "skipped: " << name << " is not installed\n";
    return nullptr;
  }
  if (!result.ready)
    throw std::runtime_error(name + " does not serve: " + result.log());
  return &result;
}

} // namespace sluice::tests
