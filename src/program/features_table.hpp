// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "output.hpp"

#include <netanomaly/dns/tunnel_detector.hpp>
#include <netanomaly/dns/wire_message.hpp>

namespace netanomaly::program {

/// CSV of dns::features: a row a message, in the order of capture. An absent value is an empty cell, never 0.
class features_table {
 public:
  features_table(output& out, dns::tunnel_detector::suffix_function suffixes);
  void add(const dns::wire_message& message);

 private:
  output& out_;
  dns::tunnel_detector::suffix_function suffixes_;
  std::string row_;
};

}  // namespace netanomaly::program
