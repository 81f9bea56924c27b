// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace netanomaly::inline NETANOMALY_MODE::dns {

/// What a message must obey to be parsed.
enum class parse_rule : std::uint8_t {
  message_has_header,
  message_fits_length,
  question_is_whole,
  record_is_whole,
  record_data_is_whole,
  name_is_whole,
  name_fits_length,
  label_type_is_known,
  pointer_leads_backwards,
  pointer_avoids_header,
  pointers_are_few,
  record_data_fits_type,
  string_is_whole,
  type_bitmap_is_ordered,
  parameter_is_valid,
  option_is_whole,
  opt_is_additional,
  opt_is_single,
  opt_owner_is_root,
};

/// The first thing wrong in a message.
struct parse_error {
  std::uint32_t offset = 0;                          ///< octets from the start of the message to what breaks the rule
  parse_rule rule = parse_rule::message_has_header;  ///< which one

  /// "byte 42: compression pointer does not point backwards"
  [[nodiscard]] std::string message() const;
  friend constexpr bool operator==(const parse_error&, const parse_error&) noexcept = default;
};

inline std::string parse_error::message() const {
  const auto text = [this]() -> std::string_view {
    switch (rule) {
      case parse_rule::message_has_header:
        return "message ends inside its 12-octet header";
      case parse_rule::message_fits_length:
        return "message is longer than 65,535 octets";
      case parse_rule::question_is_whole:
        return "message ends inside a question";
      case parse_rule::record_is_whole:
        return "message ends inside a record";
      case parse_rule::record_data_is_whole:
        return "length of record data runs past the end of the message";
      case parse_rule::name_is_whole:
        return "name runs past the end of the message or of its record data";
      case parse_rule::name_fits_length:
        return "name is longer than 255 octets";
      case parse_rule::label_type_is_known:
        return "label is of neither known type, length or pointer";
      case parse_rule::pointer_leads_backwards:
        return "compression pointer does not point backwards";
      case parse_rule::pointer_avoids_header:
        return "compression pointer points into the header";
      case parse_rule::pointers_are_few:
        return "name has more than 128 compression pointers";
      case parse_rule::record_data_fits_type:
        return "length of record data does not fit the type";
      case parse_rule::string_is_whole:
        return "character string runs past its record data";
      case parse_rule::type_bitmap_is_ordered:
        return "type bitmap is cut off or out of order";
      case parse_rule::parameter_is_valid:
        return "service parameter is cut off, out of order or malformed";
      case parse_rule::option_is_whole:
        return "EDNS option runs past its record data";
      case parse_rule::opt_is_additional:
        return "OPT record stands outside the additional section";
      case parse_rule::opt_is_single:
        return "second OPT record";
      case parse_rule::opt_owner_is_root:
        return "owner of the OPT record is not the root";
    }
    return "unknown rule";
  };
  return "byte " + std::to_string(offset) + ": " + std::string(text());
}

}  // namespace netanomaly::inline NETANOMALY_MODE::dns
