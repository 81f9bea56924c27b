// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <utility>

namespace netanomaly::inline NETANOMALY_MODE::dns {

/// Takes DNS messages out of one direction of a TCP stream, in which each stands behind its length in two octets (RFC
/// 1035 section 4.2.2, RFC 7766 section 8). Segments may be split and joined anywhere, inside the length too.
///
/// A message that lies whole in a segment is handed on where it lies; only one that is split is copied, into a buffer
/// of fixed size. With `Capacity` below 65,535 a split message that is longer than it is passed over and counted;
/// nothing else is lost. The caller gives the octets in the order of the stream, each once, and calls reset() after a
/// gap.
///
/// Cost     O(octets), Capacity + 40 bytes, no allocation. The buffer is not cleared on construction.
/// Errors   none: any octets are a stream. One that is no DNS gives messages that message_view refuses.
template <std::size_t Capacity = 65535>
class basic_tcp_framing {
 public:
  static_assert(Capacity <= 65535, "no message is longer");

  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init,modernize-use-equals-default): the buffer stays as it is
  basic_tcp_framing() noexcept {}

  /// Calls on_message(std::span<const std::byte>) for each message that `segment` completes, in order. The span is
  /// valid during the call only.
  template <class OnMessage>
  void feed(std::span<const std::byte> segment,
            OnMessage&& on_message) noexcept(noexcept(on_message(std::span<const std::byte>())));

  /// Forgets the message in hand: at the start of a stream, or after a gap, when the next octet begins a length again.
  /// Counts stay.
  void reset() noexcept { state_ = state::length; }

  /// Octets of the message in hand that have come, without its length octets.
  [[nodiscard]] std::size_t pending_octets() const noexcept {
    return state_ == state::body || state_ == state::skipped ? have_ : 0;
  }
  /// Whether the stream stands between two messages.
  [[nodiscard]] bool at_boundary() const noexcept { return state_ == state::length; }
  /// Messages of length 0, which are not handed on.
  [[nodiscard]] std::uint64_t empty_messages() const noexcept { return empty_messages_; }
  /// Messages that were split and longer than Capacity.
  [[nodiscard]] std::uint64_t skipped_messages() const noexcept { return skipped_messages_; }

 private:
  enum class state : std::uint8_t { length, second_octet, body, skipped };

  /// `left` is what follows the length octets.
  template <class OnMessage>
  void begin_message(std::span<const std::byte>& left, OnMessage& on_message);

  std::uint64_t empty_messages_ = 0;
  std::uint64_t skipped_messages_ = 0;
  std::uint32_t expected_ = 0;  ///< octets of the message in hand; its upper half in state second_octet
  std::uint32_t have_ = 0;
  state state_ = state::length;
  std::array<std::byte, Capacity> buffer_;
};

using tcp_framing = basic_tcp_framing<>;  ///< for messages of any length

template <std::size_t Capacity>
template <class OnMessage>
void basic_tcp_framing<Capacity>::begin_message(std::span<const std::byte>& left, OnMessage& on_message) {
  state_ = state::length;
  if (expected_ == 0) {
    ++empty_messages_;
  } else if (left.size() >= expected_) {
    const auto message = left.first(expected_);
    left = left.subspan(expected_);
    on_message(message);
  } else {
    have_ = static_cast<std::uint32_t>(left.size());
    if (expected_ <= Capacity) {
      state_ = state::body;
      if (have_ != 0) std::memcpy(buffer_.data(), left.data(), have_);
    } else {
      state_ = state::skipped;
      ++skipped_messages_;
    }
    left = {};
  }
}

template <std::size_t Capacity>
template <class OnMessage>
void basic_tcp_framing<Capacity>::feed(std::span<const std::byte> segment, OnMessage&& on_message) noexcept(
    noexcept(on_message(std::span<const std::byte>()))) {
  auto left = segment;
  while (!left.empty()) {
    switch (state_) {
      case state::length:
        expected_ = std::to_integer<std::uint32_t>(left[0]) << 8;
        if (left.size() == 1) {
          state_ = state::second_octet;
          return;
        }
        expected_ |= std::to_integer<std::uint32_t>(left[1]);
        left = left.subspan(2);
        begin_message(left, on_message);
        break;
      case state::second_octet:
        expected_ |= std::to_integer<std::uint32_t>(left[0]);
        left = left.subspan(1);
        begin_message(left, on_message);
        break;
      case state::body:
      case state::skipped: {
        const bool kept = state_ == state::body;
        const auto more = left.first(std::min<std::size_t>(left.size(), expected_ - have_));
        if (kept) std::memcpy(buffer_.data() + have_, more.data(), more.size());
        have_ += static_cast<std::uint32_t>(more.size());
        left = left.subspan(more.size());
        if (have_ < expected_) return;
        state_ = state::length;
        if (kept) on_message(std::span<const std::byte>(buffer_.data(), expected_));
        break;
      }
    }
  }
}

}  // namespace netanomaly::inline NETANOMALY_MODE::dns
