// SPDX-License-Identifier: Apache-2.0
#include <netanomaly/dns/tcp_framing.hpp>

#include "support/catch.hpp"
#include "support/dns_encoder.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace dns = netanomaly::dns;
using netanomaly_test::dns_encoder;
using bytes = std::vector<std::byte>;

namespace {

constexpr auto ignore = [](std::span<const std::byte>) noexcept {};
static_assert(noexcept(std::declval<dns::tcp_framing&>().feed({}, ignore)));

/// A message of so many octets behind its length.
void frame(dns_encoder& stream, std::size_t octets, char fill) {
  stream.u16(static_cast<unsigned>(octets)).raw(std::string(octets, fill));
}

struct framing {
  std::unique_ptr<dns::tcp_framing> state = std::make_unique<dns::tcp_framing>();
  std::vector<std::string> seen{};

  void feed(std::span<const std::byte> segment) {
    state->feed(segment, [this](std::span<const std::byte> m) {
      std::string text;
      for (const std::byte b : m) text += static_cast<char>(b);
      seen.push_back(text);
    });
  }
};

}  // namespace

TEST_CASE("a stream gives the same messages wherever it is cut") {
  dns_encoder e;
  frame(e, 3, 'a');
  frame(e, 1, 'b');
  frame(e, 0, ' ');
  frame(e, 300, 'c');
  frame(e, 5, 'd');
  const bytes& stream = e.out;
  const std::vector<std::string> wanted{"aaa", "b", std::string(300, 'c'), "ddddd"};
  for (std::size_t first = 0; first <= stream.size(); ++first)
    for (const std::size_t second : {first, first + 1, first + 2, first + 17, stream.size()}) {
      framing f;
      const auto cut = std::min(second, stream.size());
      f.feed(std::span(stream).first(first));
      f.feed(std::span(stream).subspan(first, cut - first));
      f.feed(std::span(stream).subspan(cut));
      REQUIRE(f.seen == wanted);
      REQUIRE(f.state->empty_messages() == 1);
      REQUIRE(f.state->at_boundary());
    }
  framing f;
  for (const std::byte b : stream) f.feed({&b, 1});
  CHECK(f.seen == wanted);
}

TEST_CASE("a message that lies whole in a segment is not copied, one that is split is") {
  dns_encoder e;
  frame(e, 3, 'a');
  frame(e, 4, 'b');
  const bytes& stream = e.out;
  dns::tcp_framing f;
  std::vector<const std::byte*> seen;
  const auto on_message = [&](std::span<const std::byte> m) { seen.push_back(m.data()); };
  f.feed(std::span(stream).first(8), on_message);
  f.feed(std::span(stream).subspan(8), on_message);
  REQUIRE(seen.size() == 2);
  CHECK(seen[0] == stream.data() + 2);
  CHECK((seen[1] < stream.data() || seen[1] >= stream.data() + stream.size()));
}

TEST_CASE("the longest message is put together from its parts") {
  dns_encoder e;
  frame(e, 65535, 'x');
  framing f;
  for (std::size_t at = 0; at < e.size(); at += 1460)
    f.feed(std::span(e.out).subspan(at, std::min<std::size_t>(1460, e.size() - at)));
  REQUIRE(f.seen.size() == 1);
  CHECK(f.seen[0].size() == 65535);
}

TEST_CASE("a length that is longer than the stream gives nothing, and reset forgets it") {
  dns_encoder e;
  e.u16(1000).raw("only this");
  framing f;
  f.feed(e.out);
  CHECK(f.seen.empty());
  CHECK_FALSE(f.state->at_boundary());
  CHECK(f.state->pending_octets() == 9);
  f.state->reset();
  CHECK(f.state->at_boundary());
  CHECK(f.state->pending_octets() == 0);
  dns_encoder next;
  frame(next, 2, 'n');
  f.feed(next.out);
  CHECK(f.seen == std::vector<std::string>{"nn"});
  f.feed(bytes{std::byte{0}});
  CHECK_FALSE(f.state->at_boundary());
  f.state->reset();
  f.feed(next.out);
  CHECK(f.seen.size() == 2);
}

TEST_CASE("empty segments and messages of length 0 do no harm") {
  framing f;
  f.feed({});
  f.feed(bytes(7));  // three lengths of 0 and half of a fourth
  CHECK(f.seen.empty());
  CHECK(f.state->empty_messages() == 3);
  f.feed(bytes{std::byte{1}});
  f.feed(bytes{std::byte{'x'}});
  CHECK(f.seen == std::vector<std::string>{"x"});
}

TEST_CASE("a smaller buffer passes over split messages that are longer and reads on behind them") {
  dns_encoder e;
  frame(e, 20, 'a');
  frame(e, 10, 'b');
  dns::basic_tcp_framing<16> f;
  std::size_t seen = 0;
  const auto on_message = [&](std::span<const std::byte> m) { seen = seen * 100 + m.size(); };
  f.feed(e.out, on_message);
  CHECK(seen == 2010);
  CHECK(f.skipped_messages() == 0);
  seen = 0;
  for (const std::byte b : e.out) f.feed({&b, 1}, on_message);
  CHECK(seen == 10);
  CHECK(f.skipped_messages() == 1);
  static_assert(sizeof(dns::basic_tcp_framing<16>) <= 56);
}
