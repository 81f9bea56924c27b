// SPDX-License-Identifier: Apache-2.0
// Uses each part that the build names with -DWITH_<part>, and a detector.
#include <netanomaly/telemetry/median_absolute_deviation.hpp>
#ifdef WITH_capture
#include <netanomaly/capture/source.hpp>
#endif
#ifdef WITH_c
#include <netanomaly/c/dns.h>
#endif
#ifdef WITH_geoip
#include <netanomaly/geoip/database.hpp>
#endif
#ifdef WITH_psl
#include <netanomaly/psl/public_suffix_list.hpp>
#endif

#include <cstdio>

int main() {
  netanomaly::telemetry::median_absolute_deviation detector;
  for (int i = 0; i < 100; ++i) (void)detector.update(i % 7);
  if (!detector.update(1000).anomalous) return 2;
#ifdef WITH_capture
  if (netanomaly::capture::source::open_file("no such file")) return 3;
#endif
#ifdef WITH_c
  na_dns* const dns = na_dns_new(nullptr, nullptr, 0);
  if (dns == nullptr || na_dns_query(dns, 0, "\x0a\0\0\1", 4, "", 1, 1) < 0) return 6;
  na_dns_free(dns);
#endif
#ifdef WITH_geoip
  if (netanomaly::geoip::database::open("no such file")) return 4;
#endif
#ifdef WITH_psl
  if (netanomaly::psl::public_suffix_list::load("no such file")) return 5;
#endif
  std::puts("parts: ok");
}
