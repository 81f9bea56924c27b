// SPDX-License-Identifier: Apache-2.0
// Prints each DNS transaction of a capture: packet_loop FILE, or - for standard input.
#include <netanomaly/capture/source.hpp>
#include <netanomaly/dns/name.hpp>
#include <netanomaly/dns/pairing.hpp>

#include <cstdio>

int main(int argc, char** argv) {
  namespace na = netanomaly;
  auto source = na::capture::source::open_file(argc > 1 ? argv[1] : "-");
  if (!source) return std::fprintf(stderr, "%s\n", source.error().message().c_str()), 2;

  const auto print = [](const na::dns::transaction& t) {
    const auto name = na::dns::name_view(t.name.data(), 0).to_text();
    std::printf("%s asks %s type %u: %s, %zu answers\n", t.client.to_string().c_str(), name.c_str(), unsigned{t.type},
                !t.rcode        ? "no response"
                : *t.rcode == 0 ? "NOERROR"
                                : "an error",
                t.answers ? t.answers->size() : 0);
  };
  na::dns::pairing pairing;
  source->for_each([&](const na::dns::wire_message& m) { pairing.update(m, print); });
  pairing.flush(print);

  if (!source->incomplete()) return 0;
  return std::fprintf(stderr, "%s\n", source->incomplete()->message().c_str()), 3;
}
