// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>
#include <netanomaly/core/result.hpp>
#include <netanomaly/dns/suffix.hpp>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

struct psl_ctx_st;

namespace netanomaly::inline NETANOMALY_MODE::psl {

/// The public suffix list (publicsuffix.org), read with libpsl: a dns::suffix_set.
///
/// Rules are those of the list's both parts, registries' and hosts'; a name that none matches has its last label as its
/// suffix. Wire names are compared as they are, in ASCII ("xn--..."): a label with octets other than letters, digits,
/// '-' and '_' matches only a wildcard. Rules of more than six labels are not seen (the list's longest have five).
///
/// Cost    of a look-up: well under a microsecond (libpsl takes text and starts anew for each label), no allocation of
/// ours. Copies  share the list. It never changes, so any number of threads may ask at once.
class NETANOMALY_API public_suffix_list {
 public:
  /// The list that libpsl was built with; an error where it was built without one.
  [[nodiscard]] static result<public_suffix_list> builtin();
  /// A file in the list's own format or in libpsl's compiled one.
  [[nodiscard]] static result<public_suffix_list> load(const std::string& file);

  /// Where a name in wire form splits; no allocation of ours.
  [[nodiscard]] dns::suffix_split operator()(std::span<const std::byte> wire_name) const noexcept;

  /// Rules in the list, exceptions not counted; nothing where a compiled file does not tell.
  [[nodiscard]] std::optional<std::size_t> rules() const noexcept;

 private:
  explicit public_suffix_list(std::shared_ptr<const psl_ctx_st> list) noexcept : list_(std::move(list)) {}

  std::shared_ptr<const psl_ctx_st> list_;
};

static_assert(dns::suffix_set<public_suffix_list>);

}  // namespace netanomaly::inline NETANOMALY_MODE::psl
