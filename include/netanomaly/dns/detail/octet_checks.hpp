// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>
#include <netanomaly/dns/detail/wire.hpp>
#include <netanomaly/dns/parse_error.hpp>
#include <netanomaly/dns/rdata.hpp>

#include <cstddef>
#include <cstdint>

namespace netanomaly::inline NETANOMALY_MODE::dns::detail {

inline constexpr std::uint32_t message_header_octets = 12;

/// The checks of parts of a message that need no memory of what stands before. Offsets count from the start of the
/// message and are at least 12, so 0 can mean that a rule is broken; it is then written to the parse_error. `end` is
/// the end of the record data, which lies in the message. Functions give the offset after what they checked, if they
/// say nothing else.
class octet_checks {
 public:
  octet_checks(const std::byte* data, std::uint32_t size, parse_error& error) noexcept
      : data_(data), size_(size), error_(&error) {}

  [[nodiscard]] const std::byte* data() const noexcept { return data_; }
  [[nodiscard]] std::uint32_t size() const noexcept { return size_; }
  [[nodiscard]] std::uint32_t u8(std::uint32_t at) const noexcept { return octet(data_[at]); }
  [[nodiscard]] std::uint32_t u16(std::uint32_t at) const noexcept { return load16(data_ + at); }

  [[nodiscard]] std::uint32_t fail(std::uint32_t offset, parse_rule rule) const noexcept {
    return fail(*error_, offset, rule);
  }
  [[nodiscard]] std::uint32_t misfit(std::uint32_t begin) const noexcept {
    return fail(begin, parse_rule::record_data_fits_type);
  }
  [[nodiscard]] std::uint32_t exactly(std::uint32_t octets, std::uint32_t begin, std::uint32_t end) const noexcept {
    return end - begin == octets ? end : misfit(begin);
  }
  [[nodiscard]] std::uint32_t at_least(std::uint32_t octets, std::uint32_t begin, std::uint32_t end) const noexcept {
    return end - begin >= octets ? end : misfit(begin);
  }
  [[nodiscard]] std::uint32_t string(std::uint32_t begin, std::uint32_t end) const noexcept;
  [[nodiscard]] std::uint32_t strings(std::uint32_t begin, std::uint32_t end) const noexcept;
  [[nodiscard]] std::uint32_t type_bitmap(std::uint32_t begin, std::uint32_t end) const noexcept;
  [[nodiscard]] std::uint32_t parameters(std::uint32_t begin, std::uint32_t end) const noexcept;
  [[nodiscard]] std::uint32_t options(std::uint32_t begin, std::uint32_t end) const noexcept;
  /// Octets, when expanded, of the name at `target`, to which the pointer at `pointer` leads, which ends the labels
  /// that begin at `begin`.
  [[nodiscard]] std::uint32_t expanded_octets(std::uint32_t target, std::uint32_t begin,
                                              std::uint32_t pointer) const noexcept;

 private:
  [[gnu::cold, gnu::noinline]] static std::uint32_t fail(parse_error& error, std::uint32_t offset,
                                                         parse_rule rule) noexcept {
    error = {offset, rule};
    return 0;
  }

  const std::byte* data_;
  std::uint32_t size_;
  parse_error* error_;
};

[[gnu::noinline]] inline std::uint32_t octet_checks::expanded_octets(std::uint32_t target, std::uint32_t begin,
                                                                     std::uint32_t pointer) const noexcept {
  // Each pointer must lead to before the run of labels that it ends: the starts of the runs fall, so the walk ends.
  std::uint32_t octets = 0;
  std::uint32_t run = begin;
  std::uint32_t at = target;
  for (std::uint32_t pointers = 1;; ++pointers) {
    if (at < message_header_octets) return fail(pointer, parse_rule::pointer_avoids_header);
    if (at >= run) return fail(pointer, parse_rule::pointer_leads_backwards);
    if (pointers > max_pointers) return fail(pointer, parse_rule::pointers_are_few);
    run = at;
    std::uint32_t n = 0;
    for (;;) {
      if (at >= size_) return fail(run, parse_rule::name_is_whole);
      n = u8(at);
      if (n > 63) break;
      at += n + 1;
      if (octets + (at - run) > max_name_octets) return fail(begin, parse_rule::name_fits_length);
      if (n == 0) return octets + (at - run);
    }
    if (n < 0xc0) return fail(at, parse_rule::label_type_is_known);
    if (size_ - at < 2) return fail(at, parse_rule::name_is_whole);
    octets += at - run;
    pointer = at;
    at = u16(at) & 0x3fffU;
  }
}

inline std::uint32_t octet_checks::string(std::uint32_t begin, std::uint32_t end) const noexcept {
  if (begin == end || u8(begin) >= end - begin) return fail(begin, parse_rule::string_is_whole);
  return begin + 1 + u8(begin);
}

inline std::uint32_t octet_checks::strings(std::uint32_t begin, std::uint32_t end) const noexcept {
  while (begin != end && begin != 0) begin = string(begin, end);
  return begin;
}

inline std::uint32_t octet_checks::type_bitmap(std::uint32_t begin, std::uint32_t end) const noexcept {
  for (std::uint32_t least = 0; begin != end;) {
    if (end - begin < 3) return fail(begin, parse_rule::type_bitmap_is_ordered);
    const std::uint32_t window = u8(begin);
    const std::uint32_t octets = u8(begin + 1);
    if (window < least || octets == 0 || octets > 32 || octets > end - begin - 2)
      return fail(begin, parse_rule::type_bitmap_is_ordered);
    least = window + 1;
    begin += 2 + octets;
  }
  return end;
}

inline std::uint32_t octet_checks::parameters(std::uint32_t begin, std::uint32_t end) const noexcept {
  using rdata::svcb;
  for (std::uint32_t least = 0; begin != end;) {
    if (end - begin < 4) return fail(begin, parse_rule::parameter_is_valid);
    const std::uint32_t key = u16(begin);
    const std::uint32_t octets = u16(begin + 2);
    const std::uint32_t value = begin + 4;
    bool valid = key >= least && octets <= end - value;
    if (valid) switch (key) {
        case svcb::mandatory:
          valid = octets != 0 && octets % 2 == 0;
          break;
        case svcb::alpn: {
          std::uint32_t at = value;
          while (at != value + octets && u8(at) != 0 && u8(at) < value + octets - at) at += 1 + u8(at);
          valid = octets != 0 && at == value + octets;
          break;
        }
        case svcb::no_default_alpn:
          valid = octets == 0;
          break;
        case svcb::port:
          valid = octets == 2;
          break;
        case svcb::ipv4hint:
          valid = octets != 0 && octets % 4 == 0;
          break;
        case svcb::ipv6hint:
          valid = octets != 0 && octets % 16 == 0;
          break;
        default:
          break;
      }
    if (!valid) return fail(begin, parse_rule::parameter_is_valid);
    least = key + 1;
    begin = value + octets;
  }
  return end;
}

inline std::uint32_t octet_checks::options(std::uint32_t begin, std::uint32_t end) const noexcept {
  while (begin != end) {
    if (end - begin < 4 || u16(begin + 2) > end - begin - 4) return fail(begin, parse_rule::option_is_whole);
    begin += 4 + u16(begin + 2);
  }
  return end;
}

}  // namespace netanomaly::inline NETANOMALY_MODE::dns::detail
