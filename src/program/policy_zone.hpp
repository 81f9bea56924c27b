// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/result.hpp>
#include <netanomaly/core/time.hpp>

#include <cstdint>
#include <optional>
#include <set>
#include <string>

namespace netanomaly::program {

/// A response policy zone (RPZ) of zones to block, as a file that a name server loads: for each, `zone CNAME .` and
/// `*.zone CNAME .`, relative to whatever name the server gives the zone. It is replaced whole, and only when the zones
/// have changed; its serial number grows each time.
///
/// What names say is the attacker's choice, so what would do more than block a zone is left out: a single label, a
/// leading `*`, a last label that begins with rpz- (triggers of another kind), and a name with which the zone's own
/// would be too long.
class policy_zone {
 public:
  /// Reads what stands there now. An error where there is a file that is none of ours, which is left as it is.
  [[nodiscard]] static result<policy_zone> open(const std::string& path);

  /// Makes the file hold these zones, given in presentation form; writes nothing where it does already.
  [[nodiscard]] result<void> write(const std::set<std::string>& zones, time_point now);
  [[nodiscard]] bool exists() const noexcept { return serial_.has_value(); }

  /// The two records of a zone, or nothing for one that is left out.
  [[nodiscard]] static std::string records(const std::string& zone);

 private:
  explicit policy_zone(std::string path) : path_(std::move(path)) {}
  std::string path_;
  std::string records_;                  // as in the file
  std::optional<std::uint32_t> serial_;  // of the file
};

}  // namespace netanomaly::program
