// SPDX-License-Identifier: Apache-2.0
// Writes a pcap stream of DNS over UDP to standard output, to load the program with: each name is asked once and
// answered once, so names, clients and domains are as many as wanted while the capture itself takes no room.
//
//   make_capture NAMES [CLIENTS [DOMAINS [PER_SECOND]]] | netanomaly dns -
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

std::uint64_t mixed(std::uint64_t x) {
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9U;
  x = (x ^ x >> 27) * 0x94d049bb133111ebU;
  return x ^ x >> 31;
}

class writer {
 public:
  void u8(std::uint64_t v) { out_[size_++] = static_cast<char>(v); }
  void u16(std::uint64_t v) { u8(v >> 8), u8(v & 255); }
  void u32(std::uint64_t v) { u16(v >> 16 & 65535), u16(v & 65535); }
  void native(std::uint32_t v) { std::memcpy(out_.data() + size_, &v, 4), size_ += 4; }
  void label(const char* text, std::size_t n) {
    u8(n);
    std::memcpy(out_.data() + size_, text, n);
    size_ += n;
  }
  void flush_if_full() {
    if (size_ > out_.size() - 1024) flush();
  }
  void flush() {
    if (std::fwrite(out_.data(), 1, size_, stdout) != size_) std::exit(0);  // the reader has had enough
    size_ = 0;
  }

 private:
  std::vector<char> out_ = std::vector<char>(std::size_t{1} << 20);
  std::size_t size_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  const auto number = [&](int at, std::uint64_t otherwise) {
    return argc > at ? std::strtoull(argv[at], nullptr, 10) : otherwise;
  };
  const std::uint64_t names = number(1, 0), clients = number(2, 1000), domains = number(3, 100000),
                      rate = number(4, 100000);
  if (names == 0 || clients == 0 || domains == 0 || rate == 0) {
    std::fputs("usage: make_capture NAMES [CLIENTS [DOMAINS [PER_SECOND]]]\n", stderr);
    return 2;
  }
  writer out;
  out.native(0xa1b2c3d4), out.native(4 << 16 | 2), out.native(0), out.native(0), out.native(65535), out.native(1);
  for (std::uint64_t i = 0; i < names; ++i) {
    const std::uint64_t random = mixed(i + 1);
    const std::uint64_t microseconds = i * 1'000'000 / rate;
    std::array<char, 32> host{}, domain{};
    const auto host_size = static_cast<std::size_t>(
        std::snprintf(host.data(), host.size(), "h%llx", static_cast<unsigned long long>(random & 0xffffffffff)));
    const auto domain_size = static_cast<std::size_t>(
        std::snprintf(domain.data(), domain.size(), "zone%llu", static_cast<unsigned long long>(random % domains)));
    const std::uint64_t client = 0x0a000000 + random / domains % clients + 1, server = 0x0a800001;
    const std::size_t question = 1 + host_size + 1 + domain_size + 1 + 4 + 4;
    for (const bool response : {false, true}) {
      const std::size_t dns = 12 + question + (response ? 16 : 0), ip = 28 + dns;
      const std::uint64_t at = microseconds + (response ? 12'000 : 0);
      // The answer stands right behind its question, as a query does that waits 12 ms at most: time runs on by the
      // query.
      out.native(static_cast<std::uint32_t>(1'790'000'000 + at / 1'000'000));
      out.native(static_cast<std::uint32_t>(at % 1'000'000));
      out.native(static_cast<std::uint32_t>(14 + ip)), out.native(static_cast<std::uint32_t>(14 + ip));
      out.u32(0x02000000), out.u32(0x00010200), out.u32(0x00000002), out.u16(0x0800);
      out.u32(0x45000000 | ip), out.u32(0), out.u32(0x40110000);
      out.u32(response ? server : client), out.u32(response ? client : server);
      const std::uint64_t port = 1024 + (random >> 20) % 60000;
      out.u16(response ? 53 : port), out.u16(response ? port : 53), out.u16(8 + dns), out.u16(0);
      out.u16(random >> 40 & 65535), out.u16(response ? 0x8180 : 0x0100), out.u16(1), out.u16(response ? 1 : 0);
      out.u16(0), out.u16(0);
      out.label(host.data(), host_size), out.label(domain.data(), domain_size), out.label("com", 3), out.u8(0);
      out.u16(1), out.u16(1);
      if (response)
        out.u16(0xc00c), out.u16(1), out.u16(1), out.u32(300), out.u16(4), out.u32(0xc0000200 | (random & 255));
      out.flush_if_full();
    }
  }
  out.flush();
  return 0;
}
