#include <netanomaly/dns/features.hpp>
#include <netanomaly/dns/message_view.hpp>

#include <array>
#include <cstdio>
#include <span>

int main() {
  // A query as it stands on the wire; the octets are read where they lie.
  constexpr char wire[] =
      "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"
      "\x20"
      "nbswy3dpfqqho33snrscc43pm5xxk4ts"
      "\x01t\x07"
      "example\x03"
      "com\x00\x00\x10\x00\x01";
  const auto message = netanomaly::dns::message_view::parse(std::as_bytes(std::span(wire, sizeof wire - 1)));
  if (!message) return std::fprintf(stderr, "%s\n", message.error().message().c_str()), 1;

  for (const auto question : message->questions())
    std::printf("%s, type %u\n", question.name().to_text().c_str(), unsigned{question.type()});

  using netanomaly::dns::feature;
  const auto values = netanomaly::dns::features::extract(*message);
  std::printf("subdomain of %.0f octets, %.2f bits a character\n", values[feature::subdomain_octets],
              values[feature::entropy]);
}
