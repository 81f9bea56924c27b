/* SPDX-License-Identifier: Apache-2.0 */
/* The C interface as a host in C uses it. Compiled as C11. */
#include <netanomaly/c/dns.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures = 0;
#define CHECK(condition)                                              \
  do {                                                                \
    if (!(condition)) {                                               \
      ++failures;                                                     \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
    }                                                                 \
  } while (0)

#define SECOND INT64_C(1000000000)
static const int64_t start = INT64_C(1795512843) * SECOND;
static const unsigned char client[4] = {10, 0, 0, 7};
static const unsigned char other[16] = {0x20, 1, 0xd, 0xb8, [15] = 9};
enum { txt = 16 };

typedef struct {
  unsigned char octets[512];
  size_t size;
} buffer;

static uint64_t chance(void) { /* splitmix64 */
  static uint64_t state = 7;
  uint64_t x = state += UINT64_C(0x9e3779b97f4a7c15);
  x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
  return x ^ x >> 31;
}
static void add(buffer* b, const void* octets, size_t size) {
  memcpy(b->octets + b->size, octets, size);
  b->size += size;
}
static void add16(buffer* b, unsigned value) {
  const unsigned char octets[2] = {(unsigned char)(value >> 8), (unsigned char)value};
  add(b, octets, 2);
}
static void add_label(buffer* b, const char* text) {
  const unsigned char size = (unsigned char)strlen(text);
  add(b, &size, 1);
  add(b, text, size);
}

/* A tunnel's name: a session, a counter and a payload, under t.evil.net. */
static buffer tunnel_name(unsigned number) {
  static const char base32[] = "abcdefghijklmnopqrstuvwxyz234567";
  char label[61];
  buffer b = {{0}, 0};
  memcpy(label, "q7wz", 4);
  for (int i = 0; i < 4; ++i) label[4 + i] = base32[number >> (15 - 5 * i) & 31];
  for (int i = 8; i < 60; ++i) label[i] = base32[chance() % 32];
  label[60] = '\0';
  add_label(&b, label);
  add_label(&b, "t");
  add_label(&b, "evil");
  add_label(&b, "net");
  add(&b, "", 1);
  return b;
}
static buffer ordinary_name(unsigned number) {
  char label[16];
  buffer b = {{0}, 0};
  snprintf(label, sizeof label, "www%u", number % 5);
  add_label(&b, label);
  add_label(&b, "example");
  add_label(&b, "com");
  add(&b, "", 1);
  return b;
}
/* A response with one TXT record of so many octets. */
static buffer response(const buffer* name, unsigned octets) {
  buffer b = {{0}, 0};
  add16(&b, 0x1234);
  add16(&b, 0x8180);
  add16(&b, 1);
  add16(&b, 1);
  add16(&b, 0);
  add16(&b, 0);
  add(&b, name->octets, name->size);
  add16(&b, txt);
  add16(&b, 1);
  add16(&b, 0xc00c);
  add16(&b, txt);
  add16(&b, 1);
  add16(&b, 0);
  add16(&b, 60);
  add16(&b, octets + 1);
  const unsigned char size = (unsigned char)octets;
  add(&b, &size, 1);
  for (unsigned i = 0; i < octets; ++i) {
    const unsigned char c = (unsigned char)chance();
    add(&b, &c, 1);
  }
  return b;
}

/* Questions from `from` to `to` of the tunnel and of ordinary traffic beside it; the number of the first alarm. */
static int play(na_dns* d, unsigned from, unsigned to, bool answers) {
  int first = -1;
  for (unsigned i = from; i < to; ++i) {
    const int64_t now = start + (int64_t)i * SECOND / 4;
    const buffer name = tunnel_name(i), usual = ordinary_name(i);
    const buffer reply = response(&name, 120);
    const int verdict = answers ? na_dns_answer(d, now, client, sizeof client, reply.octets, reply.size)
                                : na_dns_query(d, now, client, sizeof client, name.octets, name.size, txt);
    CHECK(verdict >= NA_DNS_INSUFFICIENT && verdict <= NA_DNS_TUNNEL);
    if (verdict == NA_DNS_TUNNEL && first < 0) first = (int)i;
    const int calm = na_dns_query(d, now, other, sizeof other, usual.octets, usual.size, 1);
    CHECK(calm == NA_DNS_INSUFFICIENT || calm == NA_DNS_BENIGN);
  }
  return first;
}

static na_dns* fresh(void) {
  char why[200] = "?";
  na_dns* d = na_dns_new("seed=11,memory_limit=16777216", why, sizeof why);
  CHECK(d != NULL);
  CHECK(why[0] == '\0');
  return d;
}

static void finds_a_tunnel(bool answers) {
  na_dns* d = fresh();
  const int first = play(d, 0, 400, answers);
  CHECK(first > 0 && first < 200);
  const buffer name = tunnel_name(0), usual = ordinary_name(0);
  na_dns_finding f = {.size = sizeof f};
  CHECK(na_dns_verdict(d, client, sizeof client, name.octets, name.size, &f) == NA_DNS_TUNNEL);
  CHECK(f.size == sizeof f);
  CHECK(f.verdict == NA_DNS_TUNNEL);
  CHECK(f.score > f.threshold);
  CHECK(f.queries == 400);
  CHECK(f.responses == (answers ? 400 : 0));
  CHECK(f.unique_names > 380 && f.unique_names < 420);
  CHECK(f.first_seen == start);
  CHECK(f.last_seen == start + 399 * SECOND / 4);
  CHECK(answers ? f.bytes_down > 400 * 120 && f.answer_octets > 40000 : f.bytes_down == UINT64_MAX);
  CHECK(f.new_name_octets > 10000);
  CHECK(f.incident != 0);
  char text[1004];
  CHECK(na_dns_zone(d, client, sizeof client, name.octets, name.size, text, sizeof text) == strlen("t.evil.net"));
  CHECK(strcmp(text, "t.evil.net") == 0);
  const size_t length = na_dns_reasons(d, client, sizeof client, name.octets, name.size, NULL, 0);
  char* reasons = malloc(length + 1);
  CHECK(na_dns_reasons(d, client, sizeof client, name.octets, name.size, reasons, length + 1) == length);
  int sum = 0;
  for (char* line = reasons; line != NULL; line = strchr(line, '\n') != NULL ? strchr(line, '\n') + 1 : NULL)
    sum += atoi(line);
  CHECK(sum == f.score);
  free(reasons);

  CHECK(na_dns_verdict(d, other, sizeof other, usual.octets, usual.size, NULL) <= NA_DNS_BENIGN);
  CHECK(na_dns_verdict(d, client, sizeof client, usual.octets, usual.size, &f) == NA_DNS_UNKNOWN);
  CHECK(na_dns_zone(d, client, sizeof client, usual.octets, usual.size, text, sizeof text) == 0);
  CHECK(text[0] == '\0');
  char few[5];
  CHECK(na_dns_zone(d, client, sizeof client, name.octets, name.size, few, sizeof few) == strlen("t.evil.net"));
  CHECK(strcmp(few, "t.ev") == 0);
  na_dns_free(d);
}

static void* saved(const na_dns* d, size_t* size) {
  *size = na_dns_save(d, NULL, 0);
  CHECK(*size > 100);
  void* octets = malloc(*size);
  CHECK(octets != NULL);
  CHECK(na_dns_save(d, octets, *size) == *size);
  return octets;
}

static void goes_on_from_a_state(void) {
  na_dns *whole = fresh(), *half = fresh();
  play(half, 0, 100, true);
  size_t size = 0;
  void* octets = saved(half, &size);
  char why[200];
  na_dns* again = na_dns_load(octets, size, why, sizeof why);
  CHECK(again != NULL);
  size_t size_again = 0;
  void* octets_again = saved(again, &size_again);
  CHECK(size == size_again && memcmp(octets, octets_again, size) == 0);
  const buffer name = tunnel_name(0);
  na_dns_finding a = {.size = sizeof a}, b = {.size = sizeof b};
  CHECK(na_dns_verdict(half, client, sizeof client, name.octets, name.size, &a) ==
        na_dns_verdict(again, client, sizeof client, name.octets, name.size, &b));
  CHECK(memcmp(&a, &b, sizeof a) == 0);

  for (size_t cut = 0; cut < size; cut += 1 + size / 300) CHECK(na_dns_load(octets, cut, why, sizeof why) == NULL);
  CHECK(strstr(why, "state") != NULL);
  ((unsigned char*)octets)[size / 2] ^= 1;
  CHECK(na_dns_load(octets, size, why, sizeof why) == NULL);
  CHECK(strstr(why, "checksum") != NULL);
  CHECK(na_dns_load(NULL, 100, NULL, 0) == NULL);
  unsigned char small[64];
  memset(small, 0xee, sizeof small);
  CHECK(na_dns_save(whole, small, 32) > 32);
  for (size_t i = 32; i < sizeof small; ++i) CHECK(small[i] == 0xee);
  free(octets);
  free(octets_again);
  na_dns_free(whole);
  na_dns_free(half);
  na_dns_free(again);
}

static void merges_what_workers_saw(void) {
  na_dns *one = fresh(), *two = fresh();
  play(one, 0, 40, true);
  play(two, 40, 80, true);
  CHECK(na_dns_merge(one, two) == 0);
  const buffer name = tunnel_name(0);
  na_dns_finding f = {.size = sizeof f};
  CHECK(na_dns_verdict(one, client, sizeof client, name.octets, name.size, &f) == NA_DNS_TUNNEL);
  CHECK(f.queries == 80);
  na_dns* differs = na_dns_new("seed=12,memory_limit=16777216", NULL, 0);
  CHECK(na_dns_merge(one, differs) == NA_DNS_MISMATCH);
  CHECK(na_dns_verdict(one, client, sizeof client, name.octets, name.size, &f) == NA_DNS_TUNNEL);
  CHECK(na_dns_merge(one, one) == NA_DNS_BAD_ARGUMENT);
  CHECK(na_dns_merge(one, NULL) == NA_DNS_BAD_ARGUMENT);
  CHECK(na_dns_merge(NULL, one) == NA_DNS_BAD_ARGUMENT);
  na_dns_free(one);
  na_dns_free(two);
  na_dns_free(differs);
}

static void refuses_what_is_wrong(void) {
  char why[200];
  const struct {
    const char *options, *part;
  } wrong[] = {{"nonsense=1", "nonsense"},
               {"threshold", "name=value"},
               {"threshold=high", "threshold"},
               {"memory_limit=5", "memory_limit"},
               {"horizon=1s", "horizon"}};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; ++i) {
    CHECK(na_dns_new(wrong[i].options, why, sizeof why) == NULL);
    CHECK(strstr(why, wrong[i].part) != NULL);
  }
  char two[2] = "?";
  CHECK(na_dns_new("nonsense=1", two, sizeof two) == NULL);
  CHECK(strlen(two) == 1);
  CHECK(na_dns_new("nonsense=1", NULL, 0) == NULL);
  na_dns_free(NULL);
  na_dns* plain = na_dns_new(NULL, NULL, 0);
  CHECK(plain != NULL);
  na_dns_free(plain);

  na_dns* d = fresh();
  size_t size = 0, size_after = 0;
  void* before = saved(d, &size);
  const buffer name = tunnel_name(1);
  const buffer reply = response(&name, 20);
  buffer question = reply;
  question.octets[2] &= 0x7f;
  CHECK(na_dns_query(NULL, start, client, 4, name.octets, name.size, txt) == NA_DNS_BAD_ARGUMENT);
  CHECK(na_dns_query(d, start, client, 5, name.octets, name.size, txt) == NA_DNS_BAD_ARGUMENT);
  CHECK(na_dns_query(d, start, NULL, 4, name.octets, name.size, txt) == NA_DNS_BAD_ARGUMENT);
  CHECK(na_dns_query(d, start, client, 4, NULL, 10, txt) == NA_DNS_BAD_NAME);
  CHECK(na_dns_query(d, start, client, 4, name.octets, 0, txt) == NA_DNS_BAD_NAME);
  CHECK(na_dns_query(d, start, client, 4, name.octets, name.size - 1, txt) == NA_DNS_BAD_NAME);
  CHECK(na_dns_query(d, start, client, 4, "\xc0\x0c", 2, txt) == NA_DNS_BAD_NAME);
  CHECK(na_dns_answer(NULL, start, client, 4, reply.octets, reply.size) == NA_DNS_BAD_ARGUMENT);
  CHECK(na_dns_answer(d, start, client, 3, reply.octets, reply.size) == NA_DNS_BAD_ARGUMENT);
  CHECK(na_dns_answer(d, start, client, 4, NULL, reply.size) == NA_DNS_BAD_ARGUMENT);
  CHECK(na_dns_answer(d, start, client, 4, reply.octets, 65536) == NA_DNS_BAD_ARGUMENT);
  CHECK(na_dns_answer(d, start, client, 4, question.octets, question.size) == NA_DNS_BAD_MESSAGE);
  for (size_t cut = 0; cut < 12 + name.size + 4; ++cut)
    CHECK(na_dns_answer(d, start, client, 4, reply.octets, cut) == NA_DNS_BAD_MESSAGE);
  na_dns_finding f = {.size = sizeof f - 1};
  CHECK(na_dns_verdict(d, client, 4, name.octets, name.size, &f) == NA_DNS_BAD_ARGUMENT);
  f.size = sizeof f;
  CHECK(na_dns_verdict(NULL, client, 4, name.octets, name.size, &f) == NA_DNS_BAD_ARGUMENT);
  CHECK(na_dns_verdict(d, client, 0, name.octets, name.size, &f) == NA_DNS_BAD_ARGUMENT);
  CHECK(na_dns_verdict(d, client, 4, name.octets, 3, &f) == NA_DNS_BAD_NAME);
  CHECK(na_dns_verdict(d, client, 4, name.octets, name.size, &f) == NA_DNS_UNKNOWN);
  CHECK(na_dns_zone(NULL, client, 4, name.octets, name.size, why, sizeof why) == 0);
  CHECK(na_dns_save(NULL, why, sizeof why) == 0);
  void* after = saved(d, &size_after);
  CHECK(size == size_after && memcmp(before, after, size) == 0); /* nothing of it left a trace */
  free(before);
  free(after);
  na_dns_free(d);
}

/* Responses cut off or damaged behind the question are taken as far as they go. */
static void survives_any_message(void) {
  na_dns* d = fresh();
  for (unsigned i = 0; i < 3000; ++i) {
    const buffer name = tunnel_name(i);
    buffer reply = response(&name, 100);
    const size_t size = i % 3 == 0 ? chance() % (reply.size + 1) : reply.size;
    for (unsigned n = 0; n < i % 7; ++n) reply.octets[chance() % reply.size] = (unsigned char)chance();
    unsigned char* exact = malloc(size + 1); /* so that a sanitizer sees a read behind it */
    memcpy(exact + 1, reply.octets, size);
    const int verdict = na_dns_answer(d, start + (int64_t)(chance() >> 2), client, sizeof client, exact + 1, size);
    CHECK(verdict >= NA_DNS_FAILED && verdict <= NA_DNS_TUNNEL && verdict != NA_DNS_FAILED);
    free(exact);
  }
  const int64_t times[] = {INT64_MIN, INT64_MAX, 0, -1, INT64_MIN + 1};
  for (unsigned i = 0; i < 200; ++i) {
    const buffer name = tunnel_name(i);
    CHECK(na_dns_query(d, times[i % 5], client, 4, name.octets, name.size, txt) >= NA_DNS_INSUFFICIENT);
    CHECK(na_dns_verdict(d, client, 4, name.octets, name.size, NULL) >= NA_DNS_INSUFFICIENT);
  }
  na_dns_free(d);
}

int main(void) {
  finds_a_tunnel(true);
  finds_a_tunnel(false);
  goes_on_from_a_state();
  merges_what_workers_saw();
  refuses_what_is_wrong();
  survives_any_message();
  if (failures == 0) puts("c: ok");
  return failures != 0;
}
