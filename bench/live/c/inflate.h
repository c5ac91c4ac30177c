/* Inflate (RFC 1951) for one WebSocket message without context takeover; small rather than fast: a shared frame is
 * inflated once. No zlib headers are needed, so that a plain C compiler is enough. */
#ifndef STOA_INFLATE_H
#define STOA_INFLATE_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct bits {
	const unsigned char *at, *end;
	uint32_t hold;
	int have, over;
};

struct codes {
	uint16_t count[16], symbol[288];
};

struct grown {
	unsigned char *data;
	size_t length, room;
};

static int bits_take(struct bits *b, int n)
{
	int value;
	while (b->have < n) {
		if (b->at == b->end) {
			b->over = 1;
			return 0;
		}
		b->hold |= (uint32_t)*b->at++ << b->have;
		b->have += 8;
	}
	value = (int)(b->hold & ((1u << n) - 1));
	b->hold >>= n;
	b->have -= n;
	return value;
}

static void codes_build(struct codes *c, const unsigned char *lengths, int n)
{
	uint16_t at[16];
	memset(c->count, 0, sizeof c->count);
	for (int i = 0; i < n; i++)
		c->count[lengths[i]]++;
	c->count[0] = 0;
	at[1] = 0;
	for (int i = 1; i < 15; i++)
		at[i + 1] = (uint16_t)(at[i] + c->count[i]);
	for (int i = 0; i < n; i++)
		if (lengths[i])
			c->symbol[at[lengths[i]]++] = (uint16_t)i;
}

static int codes_take(struct bits *b, const struct codes *c)
{
	int code = 0, first = 0, index = 0;
	for (int length = 1; length < 16; length++) {
		code |= bits_take(b, 1);
		if (b->over)
			return -1;
		if (code - c->count[length] < first)
			return c->symbol[index + code - first];
		index += c->count[length];
		first = (first + c->count[length]) << 1;
		code <<= 1;
	}
	return -1;
}

static void grown_add(struct grown *g, int byte)
{
	if (g->length == g->room) {
		g->room = g->room ? g->room * 2 : 4096;
		g->data = realloc(g->data, g->room);
		if (!g->data)
			abort();
	}
	g->data[g->length++] = (unsigned char)byte;
}

static int inflate_block(struct bits *b, struct grown *out, const struct codes *letters, const struct codes *distances)
{
	static const uint16_t base[] = {3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23, 27,
					31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
	static const uint16_t extra[] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
	static const uint16_t far[] = {1,   2,   3,   4,   5,   7,    9,    13,   17,   25,   33,   49,   65,    97,    129,
				       193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};
	static const uint16_t far_extra[] = {0, 0, 0, 0, 1, 1, 2, 2,  3,  3,  4,  4,  5,  5,  6,
					     6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13};
	for (;;) {
		int symbol = codes_take(b, letters);
		if (symbol < 0)
			return -1;
		if (symbol < 256) {
			grown_add(out, symbol);
		} else if (symbol == 256) {
			return 0;
		} else {
			int length, distance, d;
			symbol -= 257;
			if (symbol > 28)
				return -1;
			length = base[symbol] + bits_take(b, extra[symbol]);
			d = codes_take(b, distances);
			if (d < 0 || d > 29)
				return -1;
			distance = far[d] + bits_take(b, far_extra[d]);
			if (b->over || (size_t)distance > out->length)
				return -1;
			while (length--)
				grown_add(out, out->data[out->length - (size_t)distance]);
		}
	}
}

static int inflate_dynamic(struct bits *b, struct grown *out)
{
	static const unsigned char order[] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
	unsigned char lengths[320] = {0};
	struct codes letters, distances;
	int many = bits_take(b, 5) + 257, far = bits_take(b, 5) + 1, codes = bits_take(b, 4) + 4, n = 0;
	for (int i = 0; i < codes; i++)
		lengths[order[i]] = (unsigned char)bits_take(b, 3);
	codes_build(&letters, lengths, 19);
	memset(lengths, 0, sizeof lengths);
	while (n < many + far) {
		int symbol = codes_take(b, &letters), times = 1, value = symbol;
		if (symbol < 0 || b->over)
			return -1;
		if (symbol == 16) {
			if (n == 0)
				return -1;
			value = lengths[n - 1];
			times = 3 + bits_take(b, 2);
		} else if (symbol == 17) {
			value = 0;
			times = 3 + bits_take(b, 3);
		} else if (symbol == 18) {
			value = 0;
			times = 11 + bits_take(b, 7);
		}
		if (n + times > many + far)
			return -1;
		while (times--)
			lengths[n++] = (unsigned char)value;
	}
	codes_build(&letters, lengths, many);
	codes_build(&distances, lengths + many, far);
	return inflate_block(b, out, &letters, &distances);
}

/* Inflate a message (the four bytes of the flush that the sender cut off are implied); -1 where it is malformed. */
static int inflate_message(const unsigned char *data, size_t length, struct grown *out)
{
	struct bits b = {data, data + length, 0, 0, 0};
	out->length = 0;
	while (b.at < b.end || b.have >= 3) {
		int last, kind;
		last = bits_take(&b, 1);
		kind = bits_take(&b, 2);
		if (b.over)
			return 0;
		if (kind == 0) {
			size_t many;
			b.hold = 0;
			b.have = 0;
			if (b.end - b.at < 4)
				return 0; /* the implied end */
			many = (size_t)(b.at[0] | b.at[1] << 8);
			b.at += 4;
			if ((size_t)(b.end - b.at) < many)
				return -1;
			for (size_t i = 0; i < many; i++)
				grown_add(out, *b.at++);
		} else if (kind == 1) {
			unsigned char lengths[320];
			struct codes letters, distances;
			memset(lengths, 8, 144);
			memset(lengths + 144, 9, 112);
			memset(lengths + 256, 7, 24);
			memset(lengths + 280, 8, 8);
			memset(lengths + 288, 5, 30);
			codes_build(&letters, lengths, 288);
			codes_build(&distances, lengths + 288, 30);
			if (inflate_block(&b, out, &letters, &distances))
				return -1;
		} else if (kind == 2) {
			if (inflate_dynamic(&b, out))
				return -1;
		} else {
			return -1;
		}
		if (last)
			return 0;
	}
	return 0;
}

#endif
