#include <sluice/tests/netlab/options.hpp>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace netlab {

namespace {

constexpr const char* usage = R"(usage: netlab [options] [--server COMMAND] -- CLIENT [ARGUMENT…]
       netlab [options] --self-check

Two network namespaces, joined by a link of the properties asked for. COMMAND (for the shell) runs at 10.77.0.1, CLIENT
at 10.77.0.2; NETLAB_SERVER and NETLAB_CLIENT say so to both. When the client ends everything ends and is gone.

  --rtt MS           round trip without queueing; each way takes half of it (0)
  --delay MS         the same, one way
  --rate MBIT        megabits (10^6) a second, each way (0: no limit)
  --queue BYTES      that may wait for each way's wire (one round trip at that rate, at least 262144)
  --loss PERCENT     of packets, each way; the same for --reorder (by 5 ms) and --duplicate (0)
  --seed N           of chance (1)
  --mtu BYTES        576 to 65535 (1500), known to both ends
  --drop-above BYTES packets that are larger are lost, and neither end is told
  --cut-after MS     from then on, counted from the first packet of each way, nothing gets through
  --cut-for MS       for so long (for ever)
  --port P           start the client when the server's end listens there (TCP)
  --self-check       echo datagrams across, and check the round trip
  --verbose          the kernel's buffer sizes before, what became of the packets after

exit status: the client's (128 and the signal's number if by one); 2: usage; 3: nothing listens on the port; 77: this
machine does not let us have a link (no /dev/net/tun, no right to make namespaces)
)";

bool number(const char* text, double least, double most, double& to) {
  char* rest = nullptr;
  to = text ? std::strtod(text, &rest) : 0;
  return text && rest != text && *rest == '\0' && to >= least && to <= most; // not-a-number is neither
}

nanoseconds milliseconds(double value) { return nanoseconds{std::llround(value * 1e6)}; }

/// Whether the option and its value were understood.
bool take(options& result, std::string_view name, const char* value) {
  double n = 0;
  const auto percent = [&](double& to) { return number(value, 0, 100, n) && (to = n / 100, true); };
  if (name == "--rtt")
    return number(value, 0, 60'000, n) && (result.link.delay = milliseconds(n / 2), true);
  if (name == "--delay")
    return number(value, 0, 30'000, n) && (result.link.delay = milliseconds(n), true);
  if (name == "--rate")
    return number(value, 0, 100'000, n) && (result.link.rate_bits = static_cast<std::uint64_t>(n * 1e6), true);
  if (name == "--queue")
    return number(value, 1, 1e9, n) && (result.link.queue_bytes = static_cast<std::size_t>(n), true);
  if (name == "--loss")
    return percent(result.link.loss);
  if (name == "--reorder")
    return percent(result.link.reorder);
  if (name == "--duplicate")
    return percent(result.link.duplicate);
  if (name == "--seed")
    return number(value, 0, 1e15, n) && (result.link.seed = static_cast<std::uint64_t>(n), true);
  if (name == "--mtu")
    return number(value, 576, 65535, n) && (result.mtu = static_cast<int>(n), true);
  if (name == "--drop-above")
    return number(value, 1, 65535, n) && (result.link.drop_above = static_cast<std::size_t>(n), true);
  if (name == "--cut-after")
    return number(value, 0, 3'600'000, n) && (result.link.cut_after = milliseconds(n), true);
  if (name == "--cut-for")
    return number(value, 0, 3'600'000, n) && (result.link.cut_for = milliseconds(n), true);
  if (name == "--port")
    return number(value, 1, 65535, n) && (result.port = static_cast<int>(n), true);
  if (name == "--server" && value)
    return result.server = value, !result.server.empty();
  return false;
}

} // namespace

std::optional<options> parse(int argc, char** argv) {
  options result;
  int i = 1;
  for (; i < argc && std::string_view{argv[i]} != "--"; ++i) {
    const std::string_view name = argv[i];
    if (name == "--self-check") {
      result.self_check = true;
    } else if (name == "--verbose") {
      result.verbose = true;
    } else if (const char* value = i + 1 < argc ? argv[i + 1] : nullptr; take(result, name, value)) {
      ++i;
    } else {
      std::fprintf(stderr, "%s\nnetlab: '%s %s' is not an option with a value that it takes\n", usage, argv[i],
                   value ? value : "");
      return std::nullopt;
    }
  }
  result.client.assign(argv + std::min(i + 1, argc), argv + argc);
  if (result.client.empty() != result.self_check) {
    std::fprintf(stderr, "%s\nnetlab: give either a client command after -- or --self-check\n", usage);
    return std::nullopt;
  }
  if (result.link.queue_bytes == 0)
    result.link.queue_bytes =
        std::max<std::size_t>(256u << 10, static_cast<std::size_t>(static_cast<double>(result.link.rate_bits) / 8e9 * 2
                                                                   * static_cast<double>(result.link.delay.count())));
  return result;
}

} // namespace netlab
