// SPDX-License-Identifier: Apache-2.0

// Any octets: a message is refused or reads without fault, what stands before a fault reads too, and both ways agree.

#include <netanomaly/dns/message_view.hpp>

#include "../support/dns_walk.hpp"

#include <cstdlib>
#include <memory>

namespace dns = netanomaly::dns;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto octets = std::as_bytes(std::span(data, size));
  const auto whole = dns::message_view::parse(octets);
  const auto prefix = dns::message_view::parse_prefix(octets);
  if (whole.has_value() == prefix.error.has_value()) std::abort();
  if (!netanomaly_test::dns_walk::agrees(prefix.view)) std::abort();
  if (whole) {
    if (!netanomaly_test::dns_walk::agrees(*whole)) std::abort();
    if (whole->trailing().size() != prefix.view.trailing().size()) std::abort();
    if (whole->questions().size() != whole->question_count() || whole->answers().size() != whole->answer_count() ||
        whole->authorities().size() != whole->authority_count() ||
        whole->additionals().size() != whole->additional_count())
      std::abort();
  } else {
    if (!(whole.error() == *prefix.error) || whole.error().offset > size || whole.error().message().empty())
      std::abort();
  }
  return 0;
}
