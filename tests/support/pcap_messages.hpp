// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <zlib.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

/// DNS payloads of capture files, for tests and benchmarks of the parser: classic pcap, plain or gzip, Ethernet,
/// loopback and raw IP, VLAN, IPv4 and IPv6 without extension headers, UDP and TCP. Nothing is reassembled: a first
/// fragment is a payload that ends early. What it does not know, pcapng too, it passes over.
namespace netanomaly_test {

struct payload {
  bool tcp = false;
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  std::vector<std::byte> octets;
};

inline std::vector<std::byte> read_file(const std::filesystem::path& path) {
  std::vector<std::byte> all;
  gzFile file = gzopen(path.c_str(), "rb");  // reads plain files too
  if (file == nullptr) return all;
  std::array<std::byte, 65536> block;
  for (int n = 0; (n = gzread(file, block.data(), block.size())) > 0;)
    all.insert(all.end(), block.begin(), block.begin() + n);
  gzclose(file);
  return all;
}

inline bool is_dns_port(std::uint16_t port) { return port == 53 || port == 5353 || port == 5355 || port == 8053; }

/// The payload of one packet, empty where it holds no DNS.
inline payload dns_payload(std::span<const std::byte> packet, std::uint32_t link_type) {
  const auto u8 = [&](std::size_t at) { return at < packet.size() ? std::to_integer<std::uint32_t>(packet[at]) : 0U; };
  const auto u16 = [&](std::size_t at) { return static_cast<std::uint16_t>(u8(at) << 8 | u8(at + 1)); };
  payload found;
  std::size_t at = 0;
  if (link_type == 1) {
    at = 12;
    while (u16(at) == 0x8100 || u16(at) == 0x88a8) at += 4;
    at += 2;
  } else if (link_type == 0) {
    at = 4;
  } else if (link_type != 12 && link_type != 101) {
    return found;
  }
  std::uint32_t protocol = 0;
  std::size_t end = packet.size();
  if (u8(at) >> 4 == 4) {
    if ((u16(at + 6) & 0x1fff) != 0) return found;
    protocol = u8(at + 9);
    end = std::min<std::size_t>(end, at + u16(at + 2));
    at += (u8(at) & 15) * 4;
  } else if (u8(at) >> 4 == 6) {
    protocol = u8(at + 6);
    end = std::min<std::size_t>(end, at + 40 + u16(at + 4));
    at += 40;
  } else {
    return found;
  }
  if (protocol != 17 && protocol != 6) return found;
  found.tcp = protocol == 6;
  found.source_port = u16(at);
  found.destination_port = u16(at + 2);
  if (!is_dns_port(found.source_port) && !is_dns_port(found.destination_port)) return found;
  at += found.tcp ? (u8(at + 12) >> 4) * 4 : 8;
  if (at < end)
    found.octets.assign(packet.begin() + static_cast<std::ptrdiff_t>(at),
                        packet.begin() + static_cast<std::ptrdiff_t>(end));
  return found;
}

/// All DNS payloads of a capture in its order, none where it cannot be read.
inline std::vector<payload> read_payloads(const std::filesystem::path& path) {
  std::vector<payload> payloads;
  const auto file = read_file(path);
  if (file.size() < 24) return payloads;
  std::uint32_t magic = 0;
  std::memcpy(&magic, file.data(), 4);
  const bool swapped = magic == 0xd4c3b2a1 || magic == 0x4d3cb2a1;
  if (!swapped && magic != 0xa1b2c3d4 && magic != 0xa1b23c4d) return payloads;
  const auto u32 = [&](std::size_t at) {
    std::uint32_t value = 0;
    std::memcpy(&value, file.data() + at, 4);
    return swapped ? value >> 24 | (value >> 8 & 0xff00) | (value << 8 & 0xff0000) | value << 24 : value;
  };
  const std::uint32_t link_type = u32(20) & 0xffff;
  for (std::size_t at = 24; at + 16 <= file.size();) {
    const std::size_t size = u32(at + 8);
    at += 16;
    if (size > file.size() - at) break;
    auto found = dns_payload(std::span(file).subspan(at, size), link_type);
    if (!found.octets.empty()) payloads.push_back(std::move(found));
    at += size;
  }
  return payloads;
}

/// The captures of a folder, sorted by name.
inline std::vector<std::filesystem::path> capture_files(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(folder, none)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".pcap") || name.ends_with(".pcap.gz")) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

}  // namespace netanomaly_test
