// SPDX-License-Identifier: Apache-2.0
#include "packets.hpp"
#include "support/catch.hpp"

#include <netanomaly/capture/decoder.hpp>

#include <algorithm>
#include <random>

using namespace packets;
using na::capture::count;

namespace {

constexpr unsigned ack = tcp_flags::ack;
constexpr unsigned syn = tcp_flags::syn;

/// A client's side of a connection.
struct stream {
  bench b;
  std::uint32_t start = 0xffffff00;  // so that sequence numbers wrap
  stream() = default;
  explicit stream(const na::capture::decoder::params& p) : b(p) {}

  void open() { b.feed(link_raw, ipv4(6, tcp(4000, 53, start - 1, 0, syn))); }
  void send(std::size_t at, const bytes& data, unsigned flags = ack) {
    b.feed(link_raw, ipv4(6, tcp(4000, 53, start + static_cast<std::uint32_t>(at), 1, flags, data)));
  }
  void acknowledge(std::size_t at) {
    b.feed(link_raw, ipv4(6, tcp(53, 4000, 1, start + static_cast<std::uint32_t>(at), ack), server4, client4));
  }
  [[nodiscard]] std::vector<bytes> messages() const {
    std::vector<bytes> list;
    for (const auto& m : b.got.messages) list.push_back(m.copy);
    return list;
  }
};

bytes framed(const bytes& message) { return be16(message.size()) + message; }

const std::vector<bytes> three = {query(1, "one.example.com"), query(2, "two.example.com", 16),
                                  query(3, "three.example.com", 28)};
const bytes all = framed(three[0]) + framed(three[1]) + framed(three[2]);

}  // namespace

TEST_CASE("TCP messages come out whole wherever segments are split") {
  for (std::size_t i = 0; i <= all.size(); ++i)
    for (std::size_t j = i; j <= all.size(); j += 7) {
      stream s;
      s.open();
      s.send(0, part(all, 0, i));
      s.send(i, part(all, i, j));
      s.send(j, part(all, j, all.size()));
      REQUIRE(s.messages() == three);
    }
  stream s;  // an octet a segment
  s.open();
  for (std::size_t i = 0; i < all.size(); ++i) s.send(i, part(all, i, i + 1));
  CHECK(s.messages() == three);
}

TEST_CASE("TCP segments come out in order, once") {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::vector<std::pair<std::size_t, bytes>> segments;
    for (std::size_t at = 0; at < all.size();) {
      const std::size_t size = std::min<std::size_t>(10 + random() % 30, all.size() - at);
      segments.emplace_back(at, part(all, at, at + size));
      if (random() % 3 == 0) segments.push_back(segments.back());
      if (random() % 4 == 0 && at >= 5) segments.emplace_back(at - 5, part(all, at - 5, at + size));  // overlaps
      at += size;
    }
    for (std::size_t i = 0; i + 1 < segments.size(); ++i)  // a little out of order
      if (random() % 2 == 0) std::swap(segments[i], segments[i + 1]);
    stream s;
    s.open();
    for (const auto& [at, data] : segments) s.send(at, data);
    CHECK(s.messages() == three);
    CHECK(s.b.count(count::tcp_gap) == 0);
  }
}

TEST_CASE("Of octets that come twice the first are kept") {
  stream s;
  s.open();
  const bytes m = framed(three[0]);
  s.send(10, part(m, 10, m.size()));
  s.send(10, bytes(m.size() - 10, std::byte{'x'}));
  s.send(0, part(m, 0, 10));
  CHECK(s.messages() == std::vector<bytes>{three[0]});
}

TEST_CASE("A gap costs the messages that it touches and no more") {
  const std::size_t first = framed(three[0]).size();
  const std::size_t second = first + framed(three[1]).size();
  SECTION("given up when the receiver acknowledges what came after it") {
    stream s;
    s.open();
    s.send(0, part(all, 0, first));
    s.send(second, part(all, second, all.size()));
    CHECK(s.messages().size() == 1);
    s.acknowledge(second);
    CHECK(s.messages().size() == 1);
    s.acknowledge(all.size());
    CHECK(s.messages() == std::vector<bytes>{three[0], three[2]});
    CHECK(s.b.count(count::tcp_gap) == 1);
  }
  SECTION("given up after three seconds") {
    stream s;
    s.open();
    s.send(second, part(all, second, all.size()));
    s.b.now += 5000;
    s.b.feed(link_raw, ipv4(1, zeros(8)));
    CHECK(s.messages() == std::vector<bytes>{three[2]});
  }
  SECTION("given up at the end") {
    stream s;
    s.open();
    s.send(0, part(all, 0, first + 20));  // a message that is interrupted gives its beginning
    s.send(second, part(all, second, all.size()));
    s.b.flush();
    REQUIRE(s.messages().size() == 3);
    CHECK(s.messages()[1] == part(three[1], 0, 18));
    CHECK(s.b.got.messages[1].cut_short());
    CHECK(s.messages()[2] == three[2]);
    CHECK(s.b.count(count::tcp_incomplete_message) == 1);
  }
}

TEST_CASE("A stream is joined in the middle") {
  SECTION("at a message") {
    stream s;
    s.send(0, framed(three[0]));
    s.send(framed(three[0]).size(), framed(three[1]));
    CHECK(s.messages() == std::vector<bytes>{three[0], three[1]});
  }
  SECTION("at a length that comes by itself") {
    stream s;
    s.send(0, be16(three[0].size()));
    s.send(2, three[0]);
    CHECK(s.messages() == std::vector<bytes>{three[0]});
  }
  SECTION("behind a length that was missed") {
    stream s;
    s.send(2, three[0]);
    s.send(2 + three[0].size(), framed(three[1]));
    CHECK(s.messages() == std::vector<bytes>{three[0], three[1]});
  }
  SECTION("inside a message: at the next") {
    stream s;
    const bytes a = framed(three[0]);
    s.send(20, part(a, 20, a.size()));
    s.send(a.size(), framed(three[1]));
    CHECK(s.messages() == std::vector<bytes>{three[1]});
    CHECK(s.b.count(count::tcp_skipped_segment) == 1);
  }
}

TEST_CASE("A port used again is a new stream") {
  stream s;
  s.open();
  s.send(0, framed(three[0]) + raw({0}));
  s.start += 5'000'000;
  s.open();
  s.send(0, framed(three[1]));
  CHECK(s.messages() == std::vector<bytes>{three[0], three[1]});
  s.b.feed(link_raw, ipv4(6, tcp(4000, 53, s.start, 0, tcp_flags::rst)));
  s.start += 70'000'000;  // without its SYN
  s.send(0, framed(three[2]));
  CHECK(s.messages().size() == 3);
}

TEST_CASE("Odd lengths over TCP are counted") {
  stream s;
  s.open();
  s.send(0, be16(0) + be16(0) + framed(three[0]) + be16(3) + raw({1, 2, 3}) + framed(three[1]));
  CHECK(s.messages() == std::vector<bytes>{three[0], raw({1, 2, 3}), three[1]});
  CHECK(s.b.count(count::tcp_empty_message) == 2);
}

TEST_CASE("The largest message passes, in any number of segments") {
  const bytes big = query(1, "big.example.com") + zeros(65535 - 33);
  REQUIRE(big.size() == 65535);
  const bytes wire = framed(big) + framed(big);
  for (const std::size_t size : {1000U, 1460U, 60000U}) {
    stream s;
    s.open();
    for (std::size_t at = 0; at < wire.size(); at += size) s.send(at, part(wire, at, std::min(wire.size(), at + size)));
    REQUIRE(s.messages().size() == 2);
    CHECK(s.messages()[1] == big);
  }
}

TEST_CASE("Waiting octets are bounded") {
  na::capture::decoder::params p;
  p.tcp_flows = 64;
  p.tcp_octets = 20000;
  bench b(p);
  const bytes hole = zeros(1000);
  for (unsigned port = 1024; port < 3024; ++port) {
    b.feed(link_raw, ipv4(6, tcp(port, 53, 100, 0, syn)));
    b.feed(link_raw, ipv4(6, tcp(port, 53, 500, 0, ack, hole)));
  }
  CHECK(b.count(count::tcp_memory_full) > 0);
  CHECK(b.count(count::tcp_flow_evicted) > 0);
  CHECK(b.decoder.memory_bytes() < 4'000'000);
  b.flush();
  CHECK(b.got.messages.empty());
}

TEST_CASE("Random segments do no harm and always end") {
  std::mt19937 random(11);
  for (int round = 0; round < 300; ++round) {
    stream s;
    if (round % 2 == 0) s.open();
    for (int i = 0; i < 60; ++i) {
      bytes data(random() % 300);
      for (std::byte& x : data) x = static_cast<std::byte>(random() % 4 == 0 ? random() : random() % 3);
      s.send(random() % 2000, data, random() % 50 == 0 ? tcp_flags::rst : ack);
      if (random() % 3 == 0) s.acknowledge(random() % 3000);
      s.b.now += static_cast<std::int64_t>(random() % 1500);
    }
    s.b.flush();
  }
  CHECK(true);
}
