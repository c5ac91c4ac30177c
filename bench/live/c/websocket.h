/* The little of WebSocket (RFC 6455) that a load client and a limit server need: frames, masks, the handshake's key. */
#ifndef STOA_WEBSOCKET_H
#define STOA_WEBSOCKET_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { OP_CONTINUE = 0, OP_TEXT = 1, OP_BINARY = 2, OP_CLOSE = 8, OP_PING = 9, OP_PONG = 10 };

struct frame {
	int fin, opcode, compressed, masked;
	unsigned char *payload;
	uint64_t length;
	uint64_t whole; /* header and payload together */
};

/* Read one frame at p; 0 where more bytes are needed. A masked payload is unmasked in place. */
static inline int frame_read(unsigned char *p, uint64_t have, struct frame *f)
{
	uint64_t head = 2, length;
	if (have < 2)
		return 0;
	f->fin = p[0] >> 7;
	f->compressed = p[0] >> 6 & 1;
	f->opcode = p[0] & 15;
	f->masked = p[1] >> 7;
	length = p[1] & 127;
	if (length == 126) {
		if (have < 4)
			return 0;
		length = (uint64_t)p[2] << 8 | p[3];
		head = 4;
	} else if (length == 127) {
		if (have < 10)
			return 0;
		length = 0;
		for (int i = 2; i < 10; i++)
			length = length << 8 | p[i];
		head = 10;
	}
	if (have < head + (f->masked ? 4 : 0) + length)
		return 0;
	if (f->masked) {
		unsigned char *key = p + head;
		head += 4;
		for (uint64_t i = 0; i < length; i++)
			p[head + i] ^= key[i & 3];
	}
	f->payload = p + head;
	f->length = length;
	f->whole = head + length;
	return 1;
}

/* Write a frame's header; a masked one has a key of zeros, so that its payload needs no work. */
static inline int frame_head(unsigned char *out, int opcode, uint64_t length, int masked)
{
	int n = 2;
	out[0] = (unsigned char)(0x80 | opcode);
	if (length < 126) {
		out[1] = (unsigned char)length;
	} else if (length < 65536) {
		out[1] = 126;
		out[2] = (unsigned char)(length >> 8);
		out[3] = (unsigned char)length;
		n = 4;
	} else {
		out[1] = 127;
		for (int i = 0; i < 8; i++)
			out[2 + i] = (unsigned char)(length >> (56 - 8 * i));
		n = 10;
	}
	if (masked) {
		out[1] |= 0x80;
		memset(out + n, 0, 4);
		n += 4;
	}
	return n;
}

static inline uint32_t rotate(uint32_t x, int n)
{
	return x << n | x >> (32 - n);
}

/* SHA-1 of a short text (under 119 bytes: two blocks), which is all the handshake asks for. */
static inline void sha1_short(const char *text, unsigned char digest[20])
{
	unsigned char block[128] = {0};
	size_t n = strlen(text), blocks = n + 9 > 64 ? 2 : 1;
	uint32_t h[5] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
	memcpy(block, text, n);
	block[n] = 0x80;
	block[blocks * 64 - 2] = (unsigned char)(n * 8 >> 8);
	block[blocks * 64 - 1] = (unsigned char)(n * 8);
	for (size_t b = 0; b < blocks; b++) {
		uint32_t w[80], v[5];
		for (int i = 0; i < 16; i++) {
			const unsigned char *q = block + b * 64 + i * 4;
			w[i] = (uint32_t)q[0] << 24 | (uint32_t)q[1] << 16 | (uint32_t)q[2] << 8 | q[3];
		}
		for (int i = 16; i < 80; i++)
			w[i] = rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
		memcpy(v, h, sizeof v);
		for (int i = 0; i < 80; i++) {
			uint32_t f, k, t;
			if (i < 20)
				f = (v[1] & v[2]) | (~v[1] & v[3]), k = 0x5A827999;
			else if (i < 40)
				f = v[1] ^ v[2] ^ v[3], k = 0x6ED9EBA1;
			else if (i < 60)
				f = (v[1] & v[2]) | (v[1] & v[3]) | (v[2] & v[3]), k = 0x8F1BBCDC;
			else
				f = v[1] ^ v[2] ^ v[3], k = 0xCA62C1D6;
			t = rotate(v[0], 5) + f + v[4] + k + w[i];
			v[4] = v[3];
			v[3] = v[2];
			v[2] = rotate(v[1], 30);
			v[1] = v[0];
			v[0] = t;
		}
		for (int i = 0; i < 5; i++)
			h[i] += v[i];
	}
	for (int i = 0; i < 20; i++)
		digest[i] = (unsigned char)(h[i / 4] >> (24 - 8 * (i % 4)));
}

/* The answer to Sec-WebSocket-Key. */
static inline void accept_key(const char *key, char out[29])
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned char d[21] = {0};
	char text[128];
	snprintf(text, sizeof text, "%.64s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
	sha1_short(text, d);
	for (int i = 0, o = 0; i < 21; i += 3) {
		uint32_t v = (uint32_t)d[i] << 16 | (uint32_t)d[i + 1] << 8 | d[i + 2];
		for (int j = 3; j >= 0; j--)
			out[o++] = letters[v >> (6 * j) & 63];
	}
	out[27] = '=';
	out[28] = 0;
}

#endif
