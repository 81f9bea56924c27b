/* SPDX-License-Identifier: Apache-2.0 */
/* Names each client and zone between which a capture has a tunnel, when it is found: packet_loop FILE, or - for
 * standard input. For brevity it reads Ethernet, IPv4 and UDP only; netanomaly::capture reads the rest. */
#include <netanomaly/c/dns.h>
#include <pcap/pcap.h>
#include <stdio.h>

enum { ethernet = 14, ipv4 = 20, udp = 8, known_at_most = 1000 };

static unsigned u16(const unsigned char* p) { return (unsigned)p[0] << 8 | p[1]; }

int main(int argc, char** argv) {
  char why[PCAP_ERRBUF_SIZE];
  pcap_t* capture = pcap_open_offline(argc > 1 ? argv[1] : "-", why);
  if (capture == NULL || pcap_datalink(capture) != DLT_EN10MB) return fprintf(stderr, "no Ethernet capture\n"), 2;
  na_dns* detector = na_dns_new("memory_limit=67108864", why, sizeof why);
  if (detector == NULL) return fprintf(stderr, "%s\n", why), 2;

  static uint64_t known[known_at_most];
  size_t known_count = 0;
  struct pcap_pkthdr* head;
  const unsigned char* frame;
  while (pcap_next_ex(capture, &head, &frame) == 1) {
    if (head->caplen < ethernet + ipv4 + udp || u16(frame + 12) != 0x0800) continue;
    const unsigned char* ip = frame + ethernet;
    const size_t ip_size = (ip[0] & 15U) * 4U;
    if (ip[0] >> 4 != 4 || ip[9] != 17 || ip_size < ipv4 || (u16(ip + 6) & 0x3fff) != 0) continue;
    if (head->caplen < ethernet + ip_size + udp + 12) continue;
    const unsigned char* message = ip + ip_size + udp;
    if (u16(ip + ip_size) != 53) continue; /* responses: they show the question too */
    const size_t size = (size_t)(frame + head->caplen - message);
    const unsigned char* client = ip + 16;
    const int64_t now = (int64_t)head->ts.tv_sec * 1000000000 + (int64_t)head->ts.tv_usec * 1000;

    if (na_dns_answer(detector, now, client, 4, message, size) != NA_DNS_TUNNEL) continue;
    const unsigned char* name = message + 12; /* the first name is never compressed, and was found to be whole */
    size_t name_size = 1;
    while (name[name_size - 1] != 0) name_size += 1U + name[name_size - 1];
    na_dns_finding f = {.size = sizeof f};
    if (na_dns_verdict(detector, client, 4, name, name_size, &f) != NA_DNS_TUNNEL) continue;
    size_t i = 0;
    while (i < known_count && known[i] != f.incident) ++i;
    if (i < known_count || known_count == known_at_most) continue;
    known[known_count++] = f.incident;
    char zone[1004];
    na_dns_zone(detector, client, 4, name, name_size, zone, sizeof zone);
    printf("%u.%u.%u.%u -> %s: score %d after %llu names\n", client[0], client[1], client[2], client[3], zone,
           (int)f.score, (unsigned long long)f.unique_names);
  }
  na_dns_free(detector);
  pcap_close(capture);
  return 0;
}
