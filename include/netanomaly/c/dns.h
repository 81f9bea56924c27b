/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NETANOMALY_C_DNS_H
#define NETANOMALY_C_DNS_H

/* The tunnel detector for hosts that are not written in C++, or that load it at run time: dnsdist, Unbound, BIND, Knot,
 * Suricata, Zeek. docs/c-interface.md explains it; link with netanomaly_c.
 *
 * Once a question, a host calls either na_dns_query, where it does not see what comes back, or na_dns_answer with the
 * response. Who calls both counts each name twice.
 *
 * Time      comes with each call, in nanoseconds since 1970; no clock is read.
 * Names     are in wire form, uncompressed, with the root label, in any letter case: 1 to 255 octets.
 * Addresses are 4 or 16 octets in network order.
 * Memory    is bounded by the option memory_limit. Nothing that is passed in is kept or freed; everything is copied.
 * Errors    are negative numbers, or NULL with a text; no exception leaves the library. What is refused changes
 * nothing. Threads   A detector is used by one thread at a time; functions that take it const may run at the same time.
 * Two detectors share nothing: give each worker its own and merge them. Versions  Structures begin with their size as
 * the caller was compiled with it, so that later versions may add members.
 */

#include <stddef.h>
#include <stdint.h>

/* NOLINTBEGIN(modernize-use-using): C has none */
#ifdef __cplusplus
extern "C" {
#endif
#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

/* LuaJIT's ffi.cdef takes what stands from here to the next such mark. cdef */

/* A detector. */
typedef struct na_dns na_dns;

/* What is thought of a client and the registered domain of a name, and what may have been wrong. */
enum {
  NA_DNS_INSUFFICIENT = 0, /* too little has been seen to judge */
  NA_DNS_BENIGN = 1,
  NA_DNS_SUSPICIOUS = 2,
  NA_DNS_TUNNEL = 3,
  NA_DNS_BAD_ARGUMENT = -1, /* a null pointer, an address that is not 4 or 16 octets, a structure of another size */
  NA_DNS_BAD_NAME = -2,     /* no name in wire form */
  NA_DNS_BAD_MESSAGE = -3,  /* no response, or one without a question that can be read */
  NA_DNS_UNKNOWN = -4,      /* this client has not asked under this domain, or it has been forgotten */
  NA_DNS_MISMATCH = -5,     /* other options or another seed */
  NA_DNS_FAILED = -6        /* out of memory */
};

/* What na_dns_verdict fills in. What the host did not show is UINT64_MAX. */
typedef struct na_dns_finding {
  size_t size;        /* sizeof(na_dns_finding), set by the caller */
  uint64_t incident;  /* an id: of client, registered domain and first_seen */
  int64_t first_seen; /* nanoseconds since 1970, as last_seen */
  int64_t last_seen;
  uint64_t queries;
  uint64_t responses;
  uint64_t unique_names;
  uint64_t bytes_down;      /* of responses */
  uint64_t new_name_octets; /* of what varies in the names, over the distinct ones */
  uint64_t answer_octets;   /* of distinct records that carry data */
  double threshold;         /* decibels; a score above it is a tunnel */
  int32_t score;            /* decibels of evidence */
  int32_t verdict;          /* NA_DNS_INSUFFICIENT to NA_DNS_TUNNEL */
} na_dns_finding;

/* A detector with these options, "threshold=30,memory_limit=67108864,seed=123": NULL or "" for the defaults. The
 * options are those of dns::tunnel_detector: threshold, suspicious (decibels), horizon (7d, 12h), memory_limit
 * (octets), seed. Give a seed that nobody can guess where names come from strangers. NULL on failure, and `error`,
 * where it is not NULL, holds up to error_size characters, the final zero included, that say what was wrong. */
na_dns* na_dns_new(const char* options, char* error, size_t error_size);

/* A client asks for a name; what comes back is not seen. Gives the verdict as of the last review, or an error. */
int na_dns_query(na_dns* detector, int64_t time, const void* client, size_t client_size, const void* name,
                 size_t name_size, uint16_t type);

/* A client has asked and this is the whole response, as it stands on the wire. What breaks a rule behind the question
 * is left out. Gives the verdict as of the last review, or an error. */
int na_dns_answer(na_dns* detector, int64_t time, const void* client, size_t client_size, const void* message,
                  size_t message_size);

/* Reviews a client and the registered domain of a name. Gives the verdict, or an error; `finding` may be NULL. */
int na_dns_verdict(const na_dns* detector, const void* client, size_t client_size, const void* name, size_t name_size,
                   na_dns_finding* finding);

/* The suffix to block, as text: "t.evil.net". Writes up to text_size characters, the final zero included, and gives how
 * many the whole has without it; 0 where there is nothing to tell. 1,004 characters hold any name. */
size_t na_dns_zone(const na_dns* detector, const void* client, size_t client_size, const void* name, size_t name_size,
                   char* text, size_t text_size);

/* The reasons, strongest first, a line each: "+12 100 % of the answers bring data in place of an address". As above. */
size_t na_dns_reasons(const na_dns* detector, const void* client, size_t client_size, const void* name,
                      size_t name_size, char* text, size_t text_size);

/* Makes `into` know what `from` knows, as if it had seen the traffic of both. 0, NA_DNS_MISMATCH or another error. */
int na_dns_merge(na_dns* into, const na_dns* from);

/* The state as octets. Gives how many there are, 0 on failure; where size is
 * less, what has been written is of no use. */
size_t na_dns_save(const na_dns* detector, void* data, size_t size);

/* A detector that continues where the saved one stood. NULL on failure, as na_dns_new; the octets may be anything. */
na_dns* na_dns_load(const void* data, size_t size, char* error, size_t error_size);

/* NULL is allowed. */
void na_dns_free(na_dns* detector);

/* cdef */

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif
/* NOLINTEND(modernize-use-using) */

#endif
