// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace netanomaly::program {

/// One line on standard error, rewritten four times a second: how far, how fast, how long still. Only on a terminal.
class progress {
 public:
  /// Of all inputs together, where their sizes are known; 0 where not. `things` are what is counted.
  explicit progress(std::uint64_t total_octets, std::string_view things = "messages");
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;
  progress(progress&&) = delete;
  progress& operator=(progress&&) = delete;
  ~progress() { clear(); }

  void update(const std::string& input, std::uint64_t octets, std::uint64_t count);
  /// Takes the line away before anything else is written.
  void clear();

 private:
  using clock = std::chrono::steady_clock;
  bool on_;
  bool drawn_ = false;
  std::uint64_t total_;
  std::string_view things_;
  clock::time_point begin_ = clock::now();
  clock::time_point last_ = begin_;
};

}  // namespace netanomaly::program
