// SPDX-License-Identifier: Apache-2.0

// The parser on captures and on the messages that cost most.

#include <netanomaly/dns/message_view.hpp>
#include <netanomaly/dns/tcp_framing.hpp>

#include "support/catch.hpp"
#include "support/dns_encoder.hpp"
#include "support/dns_walk.hpp"
#include "support/pcap_messages.hpp"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <map>
#include <memory>
#include <string>

namespace dns = netanomaly::dns;
using netanomaly_test::dns_encoder;
using netanomaly_test::dns_walk;

namespace {

const std::filesystem::path data = NETANOMALY_DATA_DIR;

struct outcome {
  std::size_t read = 0;
  std::size_t refused = 0;
};

/// Reads all messages of a capture, each in a block of its own so that sanitizers see a read past its end.
outcome read_all(const std::filesystem::path& file) {
  outcome o;
  std::map<std::pair<unsigned, unsigned>, std::unique_ptr<dns::tcp_framing>> streams;
  const auto read = [&](std::span<const std::byte> octets) {
    const std::vector<std::byte> message(octets.begin(), octets.end());
    const auto m = dns::message_view::parse(message);
    const auto prefix = dns::message_view::parse_prefix(message);
    REQUIRE(m.has_value() == !prefix.error.has_value());
    REQUIRE(dns_walk::agrees(prefix.view));
    ++(m ? o.read : o.refused);
  };
  for (const auto& p : netanomaly_test::read_payloads(file)) {
    if (!p.tcp) {
      read(p.octets);
      continue;
    }
    auto& stream = streams[{p.source_port, p.destination_port}];
    if (!stream) stream = std::make_unique<dns::tcp_framing>();
    stream->feed(p.octets, read);
  }
  return o;
}

/// Seconds of this thread's time for one parse, the least of several.
double seconds(const std::vector<std::byte>& message) {
  const auto now = [] {
    timespec t{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
  };
  double best = 1e9;
  for (int i = 0; i < 15; ++i) {
    const double begin = now();
    const auto prefix = dns::message_view::parse_prefix(message);
    best = std::min(best, now() - begin);
    if (prefix.view.octets().size() != message.size()) return 1e9;
  }
  return best;
}

/// A response of `records` records whose owners each lead through `pointers` pointers: the dearest names there are. Two
/// targets in turn, so that remembering one name does not help.
std::vector<std::byte> chains(unsigned records, unsigned pointers) {
  dns_encoder e(1, 0x8180, 0, records + 1, 0, 0);
  dns_encoder links;
  links.u8(0);
  std::size_t ends[2] = {23, 23};
  for (unsigned i = 0; i < 2 * pointers; ++i) {
    const std::size_t here = 23 + links.size();
    links.label("x").pointer(ends[i % 2]);
    ends[i % 2] = here;
  }
  e.record("", 10, links.out);
  for (unsigned i = 0; i < records; ++i) e.pointer(ends[i % 2]).fixed(10, {});
  return e.out;
}

}  // namespace

TEST_CASE("real captures are read, the malformed ones refused, and nothing crashes or hangs") {
  if (data.empty()) {
    WARN("skipped: NETANOMALY_DATA_DIR is not set");
    return;
  }
  const auto files = netanomaly_test::capture_files(data / "dns" / "captures");
  REQUIRE(files.size() > 100);
  std::size_t messages = 0;
  for (const auto& file : files) {
    INFO(file.filename().string());
    const outcome o = read_all(file);
    messages += o.read + o.refused;
    const std::string name = file.filename().string();
    const auto named = [&](const char* part) { return name.find(part) != std::string::npos; };
    if (named("zlip") || named("badlabel") || named("stack_overflow") || named("TooManyResources") ||
        named("invalid-names")) {
      CHECK(o.read == 0);
    } else if (named("tunnel__")) {
      CHECK(o.refused == 0);
    }
  }
  CHECK(messages > 12000);
}

TEST_CASE("every whole message of the tunnels is read, binary labels and all") {
  if (data.empty()) {
    WARN("skipped: NETANOMALY_DATA_DIR is not set");
    return;
  }
  outcome all;
  for (const auto& file : netanomaly_test::capture_files(data / "dns" / "made")) {
    if (file.filename().string().starts_with("mixed_")) continue;
    const outcome o = read_all(file);
    all.read += o.read;
    all.refused += o.refused;
  }
  CHECK(all.read > 39000);
  CHECK(all.refused == 3);  // three first fragments, which end early
}

TEST_CASE("the dearest messages cost linear time") {
  // 126 labels and 127 pointers a name is the most: a record more costs as much as a record before.
  const double few = seconds(chains(1000, 126));
  const double many = seconds(chains(4000, 126));
  CHECK(many < 8 * few);  // 4 if linear, 16 if quadratic
  // Where chains are longer than may be, the first name refuses the message, however long it is.
  CHECK(seconds(chains(4000, 1900)) < 4 * few);
  // Plain records of the greatest message, and the counts that it does not hold.
  CHECK(chains(5400, 20).size() > 64000);
  auto lie = chains(5400, 20);
  lie[6] = lie[7] = lie[8] = lie[9] = lie[10] = lie[11] = std::byte{0xff};
  CHECK(seconds(lie) < 12 * few);
}
