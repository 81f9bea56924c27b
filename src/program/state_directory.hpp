// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/result.hpp>
#include <netanomaly/dns/incidents.hpp>
#include <netanomaly/dns/tunnel_detector.hpp>

#include <optional>
#include <string>

namespace netanomaly::program {

/// What must survive a restart, in a directory that one process at a time holds: the detector with its history of
/// domains and the incidents that are open, in the file `dns.state` (docs/state-format.md). It is replaced whole or not
/// at all.
class state_directory {
 public:
  struct saved {
    dns::tunnel_detector detector;
    std::optional<dns::incidents> incidents;  ///< not in states of earlier versions
  };

  /// Makes the directory where there is none. An error where another process holds it.
  [[nodiscard]] static result<state_directory> open(const std::string& path);
  state_directory(const state_directory&) = delete;
  state_directory& operator=(const state_directory&) = delete;
  state_directory(state_directory&& other) noexcept;
  state_directory& operator=(state_directory&&) = delete;
  ~state_directory();

  /// Nothing where there is no state yet. A damaged one is an error that says what is wrong and leaves it as it is.
  [[nodiscard]] result<std::optional<saved>> load() const;
  [[nodiscard]] result<void> save(const dns::tunnel_detector& detector, const dns::incidents& incidents) const;

 private:
  state_directory(std::string file, int lock) noexcept : file_(std::move(file)), lock_(lock) {}
  std::string file_;
  int lock_;
};

}  // namespace netanomaly::program
