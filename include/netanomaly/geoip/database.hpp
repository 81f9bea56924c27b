// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>
#include <netanomaly/core/result.hpp>
#include <netanomaly/dns/address.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

struct MMDB_s;

namespace netanomaly::inline NETANOMALY_MODE::geoip {

/// A block of addresses.
struct network {
  dns::ip_address first;    ///< its bits beyond `length` are zero
  std::uint8_t length = 0;  ///< bits of the prefix: 0 to 32 for IPv4, 0 to 128 for IPv6

  friend bool operator==(const network&, const network&) = default;
};

/// What a database knows of an address. What it does not know is empty or absent. Texts lie in the database and live as
/// long as it or a copy of it.
struct place {
  std::string_view country;  ///< ISO 3166-1 alpha-2, where the address is, else where its network is registered
  std::optional<std::uint32_t> as_number;  ///< of the autonomous system
  std::string_view organization;           ///< that runs the autonomous system
  std::optional<geoip::network> network;   ///< the largest block around the address that the database has one entry for
};

/// A MaxMind DB file of countries, cities or autonomous systems, read with libmaxminddb.
///
/// Reads the records of GeoLite2, GeoIP2 and DB-IP: `country` or `registered_country` with `iso_code`,
/// `autonomous_system_number` and `autonomous_system_organization`.
///
/// Cost    of a look-up: under a microsecond, no allocation.
/// Copies  share the file, which is mapped into memory: it must not be overwritten, only replaced. It never changes, so
///         any number of threads may ask at once.
class NETANOMALY_API database {
 public:
  /// Maps the file into memory; an error names it.
  [[nodiscard]] static result<database> open(const std::string& file);

  /// Where an address is; nothing where the database has no entry for it, for an IPv6 address in a file of IPv4 ones,
  /// and where the file turns out damaged.
  [[nodiscard]] std::optional<place> find(const dns::ip_address& address) const noexcept;
  /// find(), so that a database can be passed where a callable is asked for.
  [[nodiscard]] std::optional<place> operator()(const dns::ip_address& address) const noexcept { return find(address); }

  /// What the file says it is: "GeoLite2-Country".
  [[nodiscard]] std::string_view type() const noexcept;

 private:
  explicit database(std::shared_ptr<const MMDB_s> file) noexcept : file_(std::move(file)) {}

  std::shared_ptr<const MMDB_s> file_;
};

}  // namespace netanomaly::inline NETANOMALY_MODE::geoip
