// SPDX-License-Identifier: Apache-2.0
#include <netanomaly/geoip/database.hpp>

#include <netinet/in.h>

#include <maxminddb.h>

#include <array>
#include <cstring>
#include <new>

namespace netanomaly::inline NETANOMALY_MODE::geoip {

namespace {

std::optional<MMDB_entry_data_s> value_at(MMDB_entry_s entry, const char* first,
                                          const char* second = nullptr) noexcept {
  const std::array<const char*, 3> path = {first, second, nullptr};
  MMDB_entry_data_s value{};
  if (MMDB_aget_value(&entry, &value, path.data()) != MMDB_SUCCESS || !value.has_data) return std::nullopt;
  return value;
}

std::string_view text_at(const MMDB_entry_s& entry, const char* first, const char* second = nullptr) noexcept {
  const auto value = value_at(entry, first, second);
  if (!value || value->type != MMDB_DATA_TYPE_UTF8_STRING) return {};
  return {value->utf8_string, value->data_size};
}

std::optional<std::uint32_t> number_at(const MMDB_entry_s& entry, const char* name) noexcept {
  const auto value = value_at(entry, name);
  if (!value) return std::nullopt;
  switch (value->type) {
    case MMDB_DATA_TYPE_UINT16:
      return value->uint16;
    case MMDB_DATA_TYPE_UINT32:
      return value->uint32;
    default:
      return std::nullopt;
  }
}

MMDB_lookup_result_s look_up(const MMDB_s& file, const dns::ip_address& address, int& code) noexcept {
  const auto& octets = address.octets();
  if (address.is_v4()) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    std::memcpy(&to.sin_addr, octets.data() + 12, 4);
    return MMDB_lookup_sockaddr(&file, reinterpret_cast<const sockaddr*>(&to), &code);
  }
  sockaddr_in6 to{};
  to.sin6_family = AF_INET6;
  std::memcpy(&to.sin6_addr, octets.data(), 16);
  return MMDB_lookup_sockaddr(&file, reinterpret_cast<const sockaddr*>(&to), &code);
}

/// The block of `bits` of the tree that `address` was found in.
network block_of(const dns::ip_address& address, unsigned bits, bool tree_of_v6) noexcept {
  const bool v4 = address.is_v4();
  if (v4 && tree_of_v6) bits = bits > 96 ? bits - 96 : 0;  // IPv4 lies below ::/96 there
  auto octets = address.octets();
  const unsigned from = v4 ? 12 : 0;
  for (unsigned i = from; i < octets.size(); ++i) {
    const unsigned kept = bits > 8 * (i - from) ? bits - 8 * (i - from) : 0;
    if (kept < 8) octets[i] &= static_cast<std::byte>(0xff00U >> kept);
  }
  return {dns::ip_address::from_octets(octets).value_or(address), static_cast<std::uint8_t>(bits)};
}

}  // namespace

result<database> database::open(const std::string& file) {
  auto opened = std::make_unique<MMDB_s>();
  if (const int code = MMDB_open(file.c_str(), MMDB_MODE_MMAP, opened.get()); code != MMDB_SUCCESS)
    return unexpected(error(file + ": cannot be read as a MaxMind DB: " + MMDB_strerror(code)));
  return database(std::shared_ptr<const MMDB_s>(opened.release(), [](const MMDB_s* m) {
    auto* const closed = const_cast<MMDB_s*>(m);  // NOLINT(cppcoreguidelines-pro-type-const-cast): it was made mutable
    MMDB_close(closed);
    delete closed;
  }));
}

std::optional<place> database::find(const dns::ip_address& address) const noexcept {
  int code = MMDB_SUCCESS;
  const MMDB_lookup_result_s found = look_up(*file_, address, code);
  if (code != MMDB_SUCCESS || !found.found_entry) return std::nullopt;
  place p;
  p.country = text_at(found.entry, "country", "iso_code");
  if (p.country.empty()) p.country = text_at(found.entry, "registered_country", "iso_code");
  p.as_number = number_at(found.entry, "autonomous_system_number");
  p.organization = text_at(found.entry, "autonomous_system_organization");
  p.network = block_of(address, found.netmask, file_->metadata.ip_version == 6);
  return p;
}

std::string_view database::type() const noexcept {
  return file_->metadata.database_type == nullptr ? std::string_view() : file_->metadata.database_type;
}

}  // namespace netanomaly::inline NETANOMALY_MODE::geoip
