/* What the parts of the load client share: people, their messages, and what is counted. */
#ifndef STOA_LOAD_H
#define STOA_LOAD_H

#include <stdint.h>
#include <stddef.h>

enum { PUBLISHERS = 4, MANY_PORTS = 8, BUCKETS = 4096, SHARED = 64, MARKS = 4096 };

enum dialect { CENTRIFUGO, PLAIN, SOCKET_IO };

enum stage { AWAY, DIALING, UPGRADING, GREETING, SUBSCRIBING, LIVE, STUCK, OVER };

struct person {
	int fd, index, port, tries;
	enum stage stage;
	int deflated, returning, writing;
	unsigned char *rest; /* the beginning of a frame that is not whole yet */
	size_t rest_length, rest_room;
	unsigned char *out; /* what the kernel did not take yet */
	size_t out_length, out_room;
	int64_t back_at; /* when to dial again */
	uint64_t offset;
	char epoch[40];
	uint64_t transcript, heard;
	uint32_t last[PUBLISHERS];
	uint64_t window[PUBLISHERS]; /* which of the 64 before `last` were heard: bit 0 is `last` itself */
};

struct tally {
	uint64_t deliveries, frames, bytes, wire_bytes, late;
	uint64_t lost, duplicates, reorders, refused, closed, dialled, recovered, unrecovered, malformed;
	uint64_t shared_hits, shared_misses;
	uint64_t histogram[BUCKETS];
	uint64_t measured;
};

static inline int bucket_of(int64_t us)
{
	int shift = 0;
	uint64_t v = us < 0 ? 0 : (uint64_t)us;
	while (v >= 256) {
		v >>= 1;
		shift++;
	}
	/* below 256 µs exact, above it 128 steps to the doubling: under 0.8 % wrong */
	return shift == 0 ? (int)v : 256 + (shift - 1) * 128 + (int)(v - 128);
}

static inline double bucket_ms(int bucket)
{
	if (bucket < 256)
		return bucket / 1e3;
	bucket -= 256;
	return (double)((uint64_t)(128 + bucket % 128) << (bucket / 128 + 1)) / 1e3;
}

static inline double quantile_ms(const struct tally *t, double q)
{
	uint64_t wanted = (uint64_t)((double)t->measured * q), seen = 0;
	for (int i = 0; i < BUCKETS; i++) {
		seen += t->histogram[i];
		if (seen > wanted)
			return bucket_ms(i);
	}
	return 0;
}

#endif
