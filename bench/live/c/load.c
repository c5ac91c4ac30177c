/* Fills a room and listens: thousands of WebSocket clients on one core, driven by commands on stdin, one line each,
 * answered by one JSON line each on stdout.
 *
 *   connect N                    dial until N people are in the room
 *   measure RATE WARM SECONDS    publish at RATE a second (open loop) and count what arrives
 *   stick PERCENT                let so many people stop reading
 *   storm MISSED                 cut all but the publishers, publish MISSED, let all come back and recover
 *   reset | report               begin to count | say what was counted (and every transcript's agreement)
 *   quit
 *
 * A message carries "@@publisher.number.microseconds;", so any server's deliveries can be counted, ordered and timed.
 * People of one room receive the same bytes, so a frame is parsed once and compared afterwards.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <dirent.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "inflate.h"
#include "load.h"
#include "websocket.h"

#ifndef IP_BIND_ADDRESS_NO_PORT
#define IP_BIND_ADDRESS_NO_PORT 24
#endif

static struct {
	const char *path, *channel, *tokens, *watch, *header;
	int ports[MANY_PORTS], many_ports, sources, deflate, reconnect, size, window, random;
	enum dialect dialect;
} how = {.path = "/connection/websocket", .channel = "bench", .sources = 1, .size = 150, .window = 1000};

static struct person *people;
static int many, live, dialling, wanted, epoll, fewest;
static char **connect_tokens, **subscribe_tokens;
static struct tally counted;
static int recording; /* messages sent from `from` to `until` are timed */
static int64_t from, until;
static uint32_t sent[PUBLISHERS];
static uint64_t commands = 10;
static unsigned char inbox[1 << 18];
static uint32_t dice = 2463534242u;
static int64_t fell_at;

struct mark {
	uint32_t publisher, number;
	int64_t at;
};

/* A frame that many people receive, parsed once. */
static struct shared {
	unsigned char *bytes;
	size_t length, room, plain_length;
	int compressed, marks;
	uint64_t last_offset;
	struct mark *mark;
} shared[SHARED];
static int shared_next;

static int64_t now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static uint32_t roll(uint32_t below)
{
	dice ^= dice << 13;
	dice ^= dice >> 17;
	dice ^= dice << 5;
	return dice % below;
}

static void fail(const char *what)
{
	fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void say(const char *format, ...)
{
	va_list list;
	va_start(list, format);
	vprintf(format, list);
	va_end(list);
	fflush(stdout);
}

/* ---- what is heard ------------------------------------------------------------------------------------------- */

static void hear(struct person *p, const struct mark *m)
{
	uint32_t *last = &p->last[m->publisher];
	uint64_t *window = &p->window[m->publisher];
	p->transcript = (p->transcript ^ ((uint64_t)m->publisher << 32 | m->number)) * 0x100000001b3ull;
	if (m->number > *last) {
		uint32_t step = m->number - *last;
		counted.lost += step - 1;
		*window = (step >= 64 ? 0 : *window << step) | 1;
		*last = m->number;
	} else {
		uint32_t back = *last - m->number;
		if (back >= 64 || *window >> back & 1) {
			counted.duplicates++;
			return;
		}
		*window |= 1ull << back;
		counted.reorders++;
		counted.lost--;
	}
	p->heard++;
	counted.deliveries++;
}

static const char *digits(const char *at, const char *end, uint64_t *value)
{
	*value = 0;
	while (at < end && *at >= '0' && *at <= '9')
		*value = *value * 10 + (uint64_t)(*at++ - '0');
	return at;
}

/* Find the marks of our messages in a text; whatever stands around them. */
static int find_marks(const char *text, size_t length, struct mark *marks, int room)
{
	const char *end = text + length, *at = text;
	int n = 0;
	while (n < room && (at = memmem(at, (size_t)(end - at), "@@", 2))) {
		uint64_t publisher, number, when;
		const char *next = digits(at + 2, end, &publisher);
		at += 2;
		if (next == end || *next != '.' || publisher >= PUBLISHERS)
			continue;
		next = digits(next + 1, end, &number);
		if (next == end || *next != '.')
			continue;
		next = digits(next + 1, end, &when);
		if (next == end || *next != ';')
			continue;
		marks[n++] = (struct mark){(uint32_t)publisher, (uint32_t)number, (int64_t)when};
		at = next;
	}
	return n;
}

static uint64_t last_offset(const char *text, size_t length)
{
	const char *end = text + length, *at = text;
	uint64_t greatest = 0, value;
	while ((at = memmem(at, (size_t)(end - at), "\"offset\":", 9))) {
		at = digits(at + 9, end, &value);
		if (value > greatest)
			greatest = value;
	}
	return greatest;
}

static void hear_all(struct person *p, const struct mark *marks, int n, uint64_t offset, int64_t at)
{
	for (int i = 0; i < n; i++) {
		hear(p, &marks[i]);
		if (recording && marks[i].at >= from && marks[i].at < until) {
			int bucket = bucket_of(at - marks[i].at);
			counted.histogram[bucket < BUCKETS ? bucket : BUCKETS - 1]++;
			counted.measured++;
		}
	}
	if (offset > p->offset)
		p->offset = offset;
}

/* ---- sending ------------------------------------------------------------------------------------------------- */

static void leave(struct person *p, int back_us);

static void watch(struct person *p, int writing)
{
	struct epoll_event e = {.events = EPOLLIN | (writing ? EPOLLOUT : 0u), .data.ptr = p};
	p->writing = writing;
	epoll_ctl(epoll, EPOLL_CTL_MOD, p->fd, &e);
}

static void push(struct person *p, const void *data, size_t length)
{
	ssize_t done = p->out_length ? 0 : send(p->fd, data, length, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (done < 0)
		done = 0;
	if ((size_t)done == length)
		return;
	if (p->out_length + length > p->out_room) {
		p->out_room = p->out_length + length + 1024;
		p->out = realloc(p->out, p->out_room);
	}
	memcpy(p->out + p->out_length, (const char *)data + done, length - (size_t)done);
	p->out_length += length - (size_t)done;
	watch(p, 1);
}

static void flush_out(struct person *p)
{
	ssize_t done = send(p->fd, p->out, p->out_length, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (done > 0) {
		memmove(p->out, p->out + done, p->out_length - (size_t)done);
		p->out_length -= (size_t)done;
	}
	if (!p->out_length) {
		free(p->out);
		p->out = NULL;
		p->out_room = 0;
		watch(p, 0);
	}
}

static void speak(struct person *p, int opcode, const char *text, size_t length)
{
	unsigned char head[14];
	char whole[8192];
	int n = frame_head(head, opcode, length, 1);
	if (length + (size_t)n > sizeof whole)
		return;
	memcpy(whole, head, (size_t)n);
	memcpy(whole + n, text, length);
	push(p, whole, (size_t)n + length);
}

static void speak_text(struct person *p, const char *text)
{
	speak(p, OP_TEXT, text, strlen(text));
}

static const char *words[] = {
    "the",    "of",    "and",      "is",      "that",  "it",     "for",      "was",    "what",    "this",    "have",
    "why",    "does",  "matrix",   "square",  "root",  "slide",  "question", "thanks", "could",   "you",     "again",
    "please", "graph", "function", "agree",   "think", "answer", "second",   "part",   "proof",   "limit",   "energy",
    "cell",   "yes",   "not",      "because", "maybe", "same",   "here",     "sound",  "example", "number",  "prime",
    "mean",   "error", "sample",   "curve",   "late",  "begin",  "example",  "wonder", "course",  "teacher", "good",
    "really", "heat",  "light",    "current", "wave",  "time",   "place",    "more",   "less"};

/* What `stoa bench crowd` says: stoa/app/crowd/words.py. */
static const char *openings[] = {"I think", "Could it be that", "So", "Wait,", "Question:", "Does that mean",
				 "Yes,", "Maybe", "Here", "Ah,"};
static const char *middles[] = {"the square root", "the second slide", "the example", "a prime number", "this proof",
				"the limit", "the energy", "the last step", "the graph", "a longer wave", "the sample",
				"the mean"};
static const char *ends[] = {"is the same as before", "works for every case", "is what we saw last week",
			     "has to be positive", "comes first", "can be left out", "looks right to me",
			     "is still unclear to me", "grows faster", "depends on the start"};

#define ONE_OF(list) list[roll(sizeof list / sizeof *list)]

/* One comment of a lesson: a mark, then phrases (or words at random) until it has the size that was asked for. */
static int compose(char *out, int publisher, int64_t at)
{
	int n = sprintf(out, "@@%d.%u.%lld; ", publisher, ++sent[publisher], (long long)at);
	while (n < how.size) {
		if (how.random)
			n += sprintf(out + n, "%s ", ONE_OF(words));
		else
			n += sprintf(out + n, "%s %s %s. ", ONE_OF(openings), ONE_OF(middles), ONE_OF(ends));
	}
	out[how.size > n ? n : how.size] = 0;
	return (int)strlen(out);
}

static void publish(int publisher, int64_t at)
{
	char text[4096], body[2048];
	struct person *p = &people[publisher];
	compose(body, publisher, at);
	if (how.dialect == CENTRIFUGO)
		snprintf(text, sizeof text, "{\"id\":%llu,\"publish\":{\"channel\":\"%s\",\"data\":{\"t\":\"%s\"}}}",
			 (unsigned long long)commands++, how.channel, body);
	else if (how.dialect == SOCKET_IO)
		snprintf(text, sizeof text, "42[\"say\",{\"t\":\"%s\"}]", body);
	else
		snprintf(text, sizeof text, "{\"t\":\"%s\"}", body);
	speak_text(p, text);
}

/* ---- the dialect --------------------------------------------------------------------------------------------- */

static void arrive(struct person *p)
{
	p->stage = LIVE;
	p->tries = 0;
	dialling--;
	live++;
}

static void greet(struct person *p)
{
	char text[4096];
	if (how.dialect == PLAIN) {
		arrive(p);
	} else if (how.dialect == CENTRIFUGO) {
		const char *token = connect_tokens ? connect_tokens[p->index] : "";
		if (*token)
			snprintf(text, sizeof text, "{\"id\":1,\"connect\":{\"token\":\"%s\",\"name\":\"load\"}}", token);
		else
			snprintf(text, sizeof text, "{\"id\":1,\"connect\":{\"name\":\"load\"}}");
		speak_text(p, text);
		p->stage = GREETING;
	} else {
		p->stage = GREETING;
	}
}

static void subscribe(struct person *p)
{
	char text[4096], recover[128] = "", token[2048] = "";
	if (p->returning && *p->epoch)
		snprintf(recover, sizeof recover, ",\"recover\":true,\"epoch\":\"%s\",\"offset\":%llu", p->epoch,
			 (unsigned long long)p->offset);
	if (subscribe_tokens && *subscribe_tokens[p->index])
		snprintf(token, sizeof token, ",\"token\":\"%s\"", subscribe_tokens[p->index]);
	snprintf(text, sizeof text, "{\"id\":2,\"subscribe\":{\"channel\":\"%s\"%s%s}}", how.channel, token, recover);
	speak_text(p, text);
	p->stage = SUBSCRIBING;
}

static int starts(const char *text, size_t length, const char *with)
{
	size_t n = strlen(with);
	return length >= n && !memcmp(text, with, n);
}

static int has(const char *text, size_t length, const char *what)
{
	return memmem(text, length, what, strlen(what)) != NULL;
}

static void note_refusal(const char *line, size_t length)
{
	if (counted.refused++ < 3)
		fprintf(stderr, "load: refused: %.*s\n", (int)(length > 300 ? 300 : length), line);
}

static void subscribed(struct person *p, const char *line, size_t length)
{
	static struct mark marks[MARKS];
	const char *epoch = memmem(line, length, "\"epoch\":\"", 9);
	int recovered = has(line, length, "\"recovered\":true");
	uint64_t offset = last_offset(line, length);
	if (epoch) {
		size_t n = 0;
		epoch += 9;
		while (epoch + n < line + length && epoch[n] != '"' && n < sizeof p->epoch - 1)
			n++;
		memcpy(p->epoch, epoch, n);
		p->epoch[n] = 0;
	}
	if (p->returning)
		recovered ? counted.recovered++ : counted.unrecovered++;
	hear_all(p, marks, find_marks(line, length, marks, MARKS), offset, now_us());
	p->offset = offset;
	p->returning = 1;
	arrive(p);
}

static void command_line(struct person *p, const char *line, size_t length)
{
	if (length == 2) {
		speak_text(p, "{}");
	} else if (starts(line, length, "{\"push\":")) {
		static struct mark marks[MARKS];
		if (has(line, length, "\"unsubscribe\":{")) {
			if (p->stage == LIVE) {
				live--;
				dialling++;
				subscribe(p);
			}
			return;
		}
		hear_all(p, marks, find_marks(line, length, marks, MARKS), last_offset(line, length), now_us());
	} else if (has(line, length, "\"error\":{")) {
		note_refusal(line, length);
		if (p->stage == GREETING || p->stage == SUBSCRIBING)
			leave(p, how.reconnect ? 500000 : -1);
	} else if (p->stage == GREETING && has(line, length, "\"connect\":")) {
		subscribe(p);
	} else if (p->stage == SUBSCRIBING && has(line, length, "\"subscribe\":")) {
		subscribed(p, line, length);
	}
}

static void socket_io(struct person *p, const char *text, size_t length)
{
	if (starts(text, length, "0{"))
		speak_text(p, "40");
	else if (starts(text, length, "40") && p->stage == GREETING)
		arrive(p);
	else if (starts(text, length, "2"))
		speak_text(p, "3");
}

/* Parse a frame that others will receive too; NULL where it has more than publications. */
static struct shared *share(const unsigned char *payload, size_t length, int compressed, const char *text, size_t n)
{
	struct shared *s = &shared[shared_next];
	static struct mark marks[MARKS];
	const char *at = text, *end = text + n;
	if (how.dialect == CENTRIFUGO)
		while (at < end) {
			const char *line_end = memchr(at, '\n', (size_t)(end - at));
			if (!line_end)
				line_end = end;
			if (!starts(at, (size_t)(line_end - at), "{\"push\":") || !has(at, (size_t)(line_end - at), "\"pub\":"))
				return NULL;
			at = line_end + 1;
		}
	s->marks = find_marks(text, n, marks, MARKS);
	if (how.dialect == SOCKET_IO && !s->marks)
		return NULL;
	shared_next = (shared_next + 1) % SHARED;
	if (s->room < length) {
		s->room = length * 2;
		s->bytes = realloc(s->bytes, s->room);
	}
	memcpy(s->bytes, payload, length);
	s->length = length;
	s->plain_length = n;
	s->compressed = compressed;
	s->last_offset = how.dialect == CENTRIFUGO ? last_offset(text, n) : 0;
	s->mark = realloc(s->mark, sizeof *marks * (size_t)(s->marks + 1));
	memcpy(s->mark, marks, sizeof *marks * (size_t)s->marks);
	return s;
}

static struct shared *known(const unsigned char *payload, size_t length, int compressed)
{
	for (int i = 1; i <= SHARED; i++) {
		struct shared *s = &shared[(shared_next - i + SHARED) % SHARED];
		if (s->length == length && length && s->compressed == compressed && !memcmp(s->bytes, payload, length))
			return s;
	}
	return NULL;
}

static void message(struct person *p, const unsigned char *payload, size_t length, int compressed, int64_t at)
{
	static struct grown inflated;
	struct shared *s = known(payload, length, compressed);
	const char *text = (const char *)payload, *end;
	size_t n = length;
	if (s) {
		counted.shared_hits++;
	} else {
		counted.shared_misses++;
		if (compressed) {
			if (inflate_message(payload, length, &inflated)) {
				counted.malformed++;
				return;
			}
			text = (const char *)inflated.data;
			n = inflated.length;
		}
		s = share(payload, length, compressed, text, n);
	}
	if (s) {
		counted.frames += s->marks > 0;
		counted.bytes += s->plain_length;
		counted.wire_bytes += length;
		hear_all(p, s->mark, s->marks, s->last_offset, at);
		return;
	}
	if (how.dialect == SOCKET_IO) {
		socket_io(p, text, n);
		return;
	}
	for (end = text + n; text < end;) {
		const char *line_end = memchr(text, '\n', (size_t)(end - text));
		size_t line = (size_t)((line_end ? line_end : end) - text);
		if (line)
			command_line(p, text, line);
		if (p->stage == AWAY || p->stage == OVER)
			return;
		text += line + 1;
	}
}

/* ---- sockets ------------------------------------------------------------------------------------------------- */

static void leave(struct person *p, int back_us)
{
	if (p->stage == LIVE) {
		if (live == wanted)
			fell_at = now_us();
		live--;
		if (live < fewest)
			fewest = live;
	} else if (p->stage != AWAY && p->stage != OVER && p->stage != STUCK) {
		dialling--;
	}
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
	p->rest_length = p->out_length = 0;
	p->stage = back_us < 0 ? OVER : AWAY;
	p->back_at = now_us() + back_us;
}

/* An SDK's wait: at least 500 ms, then twice as long with every try, with a roll of the dice. */
static int backoff_us(struct person *p)
{
	int most = 500 << (p->tries < 5 ? p->tries : 5);
	p->tries++;
	return (500 + (int)roll((uint32_t)most)) * 1000;
}

static void lost_touch(struct person *p, int returns)
{
	counted.closed++;
	leave(p, how.reconnect && returns ? backoff_us(p) : -1);
}

static void dial(struct person *p)
{
	struct sockaddr_in to = {.sin_family = AF_INET}, own = {.sin_family = AF_INET};
	struct epoll_event e = {.events = EPOLLIN | EPOLLOUT, .data.ptr = p};
	int one = 1;
	p->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (p->fd < 0)
		fail("socket (raise the file limit: ulimit -n)");
	setsockopt(p->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if (how.sources > 1) {
		setsockopt(p->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
		own.sin_addr.s_addr = htonl(0x7f000001u + (uint32_t)(p->index % how.sources));
		if (bind(p->fd, (struct sockaddr *)&own, sizeof own))
			fail("bind");
	}
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	to.sin_port = htons((uint16_t)how.ports[p->port++ % how.many_ports]);
	if (connect(p->fd, (struct sockaddr *)&to, sizeof to) && errno != EINPROGRESS) {
		p->stage = DIALING;
		dialling++;
		lost_touch(p, 1);
		return;
	}
	epoll_ctl(epoll, EPOLL_CTL_ADD, p->fd, &e);
	p->stage = DIALING;
	p->writing = 1;
	dialling++;
	counted.dialled++;
}

static void upgrade(struct person *p)
{
	char text[4096];
	int n = snprintf(text, sizeof text,
			 "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
			 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n%s%s%s\r\n",
			 how.path, how.ports[(p->port + how.many_ports - 1) % how.many_ports],
			 how.deflate ? "Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover; "
				       "server_no_context_takeover\r\n"
				     : "",
			 how.header ? how.header : "", how.header ? "\r\n" : "");
	p->stage = UPGRADING;
	watch(p, 0);
	push(p, text, (size_t)n);
}

/* Take the answer to the upgrade; return how many bytes it had, 0 while it is not whole, -1 where it is a refusal. */
static long upgraded(struct person *p, unsigned char *data, size_t length)
{
	unsigned char *end = memmem(data, length, "\r\n\r\n", 4);
	if (!end)
		return 0;
	if (!starts((char *)data, length, "HTTP/1.1 101")) {
		note_refusal((char *)data, (size_t)(end - data));
		return -1;
	}
	*end = 0;
	p->deflated = strcasestr((char *)data, "permessage-deflate") != NULL;
	greet(p);
	return end + 4 - data;
}

static int control(struct person *p, struct frame *f)
{
	if (f->opcode == OP_PING) {
		speak(p, OP_PONG, (char *)f->payload, f->length);
	} else if (f->opcode == OP_CLOSE) {
		int code = f->length >= 2 ? f->payload[0] << 8 | f->payload[1] : 1005;
		lost_touch(p, !((code >= 3500 && code < 4000) || (code >= 4500 && code < 5000)));
		return 1;
	}
	return 0;
}

/* Take all whole frames of some bytes; return how many bytes they had. */
static size_t take(struct person *p, unsigned char *data, size_t length, int64_t at)
{
	size_t done = 0;
	struct frame f;
	if (p->stage == UPGRADING) {
		long n = upgraded(p, data, length);
		if (n < 0) {
			lost_touch(p, 1);
			return length;
		}
		if (n == 0)
			return 0;
		done = (size_t)n;
	}
	while (frame_read(data + done, length - done, &f)) {
		done += f.whole;
		if (f.opcode >= OP_CLOSE ? control(p, &f) : (message(p, f.payload, f.length, f.compressed, at), 0))
			return length;
		if (p->stage == AWAY || p->stage == OVER)
			return length;
	}
	return done;
}

static void readable(struct person *p)
{
	unsigned char *data = inbox;
	size_t length, done;
	ssize_t got;
	int64_t at;
	if (p->rest_length)
		memcpy(inbox, p->rest, p->rest_length);
	got = recv(p->fd, inbox + p->rest_length, sizeof inbox - p->rest_length, MSG_DONTWAIT);
	if (got <= 0) {
		if (got == 0 || (errno != EAGAIN && errno != EINTR))
			lost_touch(p, 1);
		return;
	}
	at = now_us();
	length = p->rest_length + (size_t)got;
	done = take(p, data, length, at);
	p->rest_length = 0;
	if (p->stage == AWAY || p->stage == OVER)
		return;
	if (done < length) {
		p->rest_length = length - done;
		if (p->rest_length > p->rest_room) {
			p->rest_room = p->rest_length;
			p->rest = realloc(p->rest, p->rest_room);
		}
		memcpy(p->rest, data + done, p->rest_length);
	} else if (p->rest) {
		free(p->rest);
		p->rest = NULL;
		p->rest_room = 0;
	}
}

static void ready(struct epoll_event *e)
{
	struct person *p = e->data.ptr;
	if (p->stage == STUCK) {
		if (e->events & (EPOLLHUP | EPOLLERR | EPOLLRDHUP)) {
			counted.closed++;
			leave(p, -1);
		}
		return;
	}
	if (p->stage == DIALING) {
		int error = 0;
		socklen_t n = sizeof error;
		getsockopt(p->fd, SOL_SOCKET, SO_ERROR, &error, &n);
		if (error)
			lost_touch(p, 1);
		else if (e->events & EPOLLOUT)
			upgrade(p);
		return;
	}
	if (e->events & EPOLLIN || e->events & (EPOLLHUP | EPOLLERR))
		readable(p);
	if (p->fd >= 0 && p->out_length && e->events & EPOLLOUT)
		flush_out(p);
}

/* ---- what is asked ------------------------------------------------------------------------------------------- */

static double watched_cpu_s(void)
{
	double total = 0;
	char list[512], *at, *pid;
	if (!how.watch)
		return 0;
	snprintf(list, sizeof list, "%s", how.watch);
	for (at = list; (pid = strsep(&at, ","));) {
		char path[512];
		struct dirent *task;
		DIR *tasks;
		snprintf(path, sizeof path, "/proc/%s/task", pid);
		if (!(tasks = opendir(path)))
			continue;
		while ((task = readdir(tasks))) {
			unsigned long long ran = 0;
			FILE *file;
			if (*task->d_name == '.')
				continue;
			snprintf(path, sizeof path, "/proc/%s/task/%s/schedstat", pid, task->d_name);
			if ((file = fopen(path, "r"))) {
				if (fscanf(file, "%llu", &ran) == 1)
					total += (double)ran / 1e9;
				fclose(file);
			}
		}
		closedir(tasks);
	}
	return total;
}

static double own_cpu_s(void)
{
	struct rusage r;
	getrusage(RUSAGE_SELF, &r);
	return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) + (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}

enum task { NOTHING, FILLING, WARMING, MEASURING, DRAINING, EMPTYING, MISSING, RETURNING };

static struct {
	enum task task;
	double rate;
	int64_t began, next, deadline, opened, shut;
	uint64_t published, heard_before, deliveries, frames, bytes, wire, left;
	double cpu, own;
} job;

static uint64_t published_in_all(void)
{
	uint64_t all = 0;
	for (int i = 0; i < PUBLISHERS; i++)
		all += sent[i];
	return all;
}

static int caught_up(void)
{
	for (int i = 0; i < many; i++)
		if (people[i].stage == LIVE)
			for (int k = 0; k < PUBLISHERS; k++)
				if (people[i].last[k] != sent[k])
					return 0;
	return 1;
}

static void publish_due(int64_t now)
{
	while (job.next <= now) {
		publish((int)(job.published++ % PUBLISHERS), job.next);
		job.next += (int64_t)(1e6 / job.rate);
	}
}

static void report(const char *event, const char *more)
{
	uint64_t least = UINT64_MAX, most = 0, first = 0, missing = 0;
	int alike = 0, listeners = 0;
	for (int i = 0; i < many; i++) {
		struct person *p = &people[i];
		if (p->stage == STUCK || p->stage == OVER)
			continue;
		if (!listeners++)
			first = p->transcript;
		alike += p->transcript == first;
		least = p->heard < least ? p->heard : least;
		most = p->heard > most ? p->heard : most;
		for (int k = 0; k < PUBLISHERS; k++)
			missing += sent[k] - (p->last[k] < sent[k] ? p->last[k] : sent[k]);
	}
	say("{\"event\":\"%s\",\"live\":%d,\"listeners\":%d,\"alike\":%d,\"least\":%llu,\"most\":%llu,\"missing\":%llu,"
	    "\"deliveries\":%llu,\"lost\":%llu,\"duplicates\":%llu,\"reorders\":%llu,\"refused\":%llu,\"closed\":%llu,"
	    "\"dialled\":%llu,\"recovered\":%llu,\"unrecovered\":%llu,\"malformed\":%llu,\"timed\":%llu,\"p50_ms\":%.3f,"
	    "\"p90_ms\":%.3f,\"p99_ms\":%.3f,\"p999_ms\":%.3f,\"parsed_of_frames\":%.5f%s}\n",
	    event, live, listeners, alike, (unsigned long long)(listeners ? least : 0), (unsigned long long)most,
	    (unsigned long long)missing, (unsigned long long)counted.deliveries, (unsigned long long)counted.lost,
	    (unsigned long long)counted.duplicates, (unsigned long long)counted.reorders,
	    (unsigned long long)counted.refused, (unsigned long long)counted.closed, (unsigned long long)counted.dialled,
	    (unsigned long long)counted.recovered, (unsigned long long)counted.unrecovered,
	    (unsigned long long)counted.malformed, (unsigned long long)counted.measured, quantile_ms(&counted, 0.5),
	    quantile_ms(&counted, 0.9), quantile_ms(&counted, 0.99), quantile_ms(&counted, 0.999),
	    (double)counted.shared_misses / (double)(counted.shared_hits + counted.shared_misses + 1), more);
}

static void finish_measure(void)
{
	char more[512];
	double seconds = (double)(job.shut - job.opened) / 1e6;
	recording = 0;
	snprintf(more, sizeof more,
		 ",\"seconds\":%.4f,\"published\":%llu,\"arrived\":%llu,\"frames\":%llu,\"bytes\":%llu,\"wire_bytes\":%llu,"
		 "\"cpu_s\":%.5f,\"own_cpu_s\":%.5f",
		 seconds, (unsigned long long)job.published, (unsigned long long)job.deliveries,
		 (unsigned long long)job.frames, (unsigned long long)job.bytes, (unsigned long long)job.wire, job.cpu, job.own);
	job.task = NOTHING;
	report("measured", more);
}

static void open_window(int64_t now)
{
	memset(counted.histogram, 0, sizeof counted.histogram);
	counted.measured = 0;
	job.opened = now;
	job.deliveries = counted.deliveries;
	job.frames = counted.frames;
	job.bytes = counted.bytes;
	job.wire = counted.wire_bytes;
	job.cpu = watched_cpu_s();
	job.own = own_cpu_s();
	recording = 1;
	from = now;
	until = INT64_MAX;
	job.task = MEASURING;
}

static void shut_window(int64_t now)
{
	until = now;
	job.shut = now;
	job.cpu = watched_cpu_s() - job.cpu;
	job.own = own_cpu_s() - job.own;
	job.deliveries = counted.deliveries - job.deliveries;
	job.frames = counted.frames - job.frames;
	job.bytes = counted.bytes - job.bytes;
	job.wire = counted.wire_bytes - job.wire;
	job.task = DRAINING;
	job.deadline = now + 5000000;
}

static void dial_more(int64_t now)
{
	static int at;
	if (live + dialling >= wanted && !how.reconnect)
		return;
	for (int looked = 0; looked < many && dialling < how.window; looked++) {
		struct person *p = &people[at];
		at = (at + 1) % many;
		if (p->stage == AWAY && p->index < wanted && p->back_at <= now)
			dial(p);
	}
}

static int64_t connect_s; /* seconds between one storm's cut and the return */
static int missed_messages;

static void step(int64_t now)
{
	switch (job.task) {
	case NOTHING:
		break;
	case FILLING:
		if (live >= wanted || now > job.deadline) {
			char more[64];
			snprintf(more, sizeof more, ",\"seconds\":%.4f", (double)(now - job.began) / 1e6);
			job.task = NOTHING;
			fewest = live;
			report("connected", more);
		}
		break;
	case WARMING:
		publish_due(now);
		if (now >= job.opened)
			open_window(now);
		break;
	case MEASURING:
		if (now >= job.shut)
			shut_window(now);
		else
			publish_due(now);
		break;
	case DRAINING:
		if (now > job.deadline || (now > (int64_t)job.left && caught_up()))
			finish_measure();
		else if (now > (int64_t)job.left)
			job.left = (uint64_t)now + 20000;
		break;
	case EMPTYING:
		if (now >= job.deadline) {
			job.task = MISSING;
			job.next = now;
			job.rate = 200;
			job.published = 0;
		}
		break;
	case MISSING:
		if (job.published < (uint64_t)missed_messages) {
			if (now >= job.next) {
				publish((int)(job.published++ % PUBLISHERS), now);
				job.next = now + 5000;
			}
		} else if (now >= job.next + 500000) {
			for (int i = PUBLISHERS; i < many; i++)
				if (people[i].stage == AWAY)
					people[i].back_at = now;
			job.task = RETURNING;
			job.began = now;
			job.deadline = now + 60000000;
			job.left = 0;
		}
		break;
	case RETURNING:
		if (live >= wanted && !job.left) {
			connect_s = now - job.began;
			job.left = 1;
		}
		if (now > job.deadline || (job.left && caught_up())) {
			char more[96];
			snprintf(more, sizeof more, ",\"seconds\":%.4f,\"caught_up_s\":%.4f", (double)connect_s / 1e6,
				 (double)(now - job.began) / 1e6);
			job.task = NOTHING;
			report("returned", more);
		}
		break;
	}
	if (job.task != EMPTYING && job.task != MISSING)
		dial_more(now);
	if (fell_at && live == wanted && job.task != RETURNING) {
		say("{\"event\":\"whole\",\"seconds\":%.4f,\"fewest\":%d}\n", (double)(now - fell_at) / 1e6, fewest);
		fell_at = 0;
		fewest = live;
	}
}

static void stick(double percent)
{
	int stuck = 0, small = 4096;
	for (int i = PUBLISHERS; i < many && stuck < (int)(many * percent / 100); i++)
		if (people[i].stage == LIVE) {
			struct epoll_event e = {.events = EPOLLRDHUP, .data.ptr = &people[i]};
			setsockopt(people[i].fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
			epoll_ctl(epoll, EPOLL_CTL_MOD, people[i].fd, &e);
			people[i].stage = STUCK;
			live--;
			stuck++;
		}
	wanted = live;
	say("{\"event\":\"stuck\",\"people\":%d}\n", stuck);
}

static void cut(int64_t now)
{
	for (int i = PUBLISHERS; i < many; i++)
		if (people[i].stage == LIVE) {
			leave(&people[i], 0);
			people[i].back_at = INT64_MAX;
		}
	fell_at = 0;
	job.task = EMPTYING;
	job.deadline = now + 1500000;
}

static void reset(void)
{
	memset(&counted, 0, sizeof counted);
	recording = 1;
	from = 0;
	until = INT64_MAX;
	say("{\"event\":\"reset\"}\n");
}

static void asked(char *line)
{
	double a = 0, b = 0, c = 0;
	char word[32] = "";
	int64_t now = now_us();
	sscanf(line, "%31s %lf %lf %lf", word, &a, &b, &c);
	if (!strcmp(word, "connect")) {
		wanted = (int)a < many ? (int)a : many;
		job.began = now;
		job.deadline = now + (int64_t)((b > 0 ? b : 60) * 1e6);
		job.task = FILLING;
	} else if (!strcmp(word, "measure")) {
		job.rate = a;
		job.next = now;
		job.opened = now + (int64_t)(b * 1e6);
		job.shut = job.opened + (int64_t)(c * 1e6);
		job.published = 0;
		job.left = 0;
		job.task = WARMING;
	} else if (!strcmp(word, "stick")) {
		stick(a);
	} else if (!strcmp(word, "storm")) {
		missed_messages = (int)a;
		counted.recovered = counted.unrecovered = 0;
		cut(now);
	} else if (!strcmp(word, "expect")) {
		sent[(int)a % PUBLISHERS] = (uint32_t)b;
		say("{\"event\":\"expecting\"}\n");
	} else if (!strcmp(word, "reset")) {
		reset();
	} else if (!strcmp(word, "report")) {
		char more[64];
		snprintf(more, sizeof more, ",\"published\":%llu", (unsigned long long)published_in_all());
		report("report", more);
	} else if (!strcmp(word, "quit")) {
		exit(0);
	}
}

static void listen_to_driver(void)
{
	static char line[512];
	static size_t length;
	ssize_t got = read(0, line + length, sizeof line - 1 - length);
	char *end;
	if (got <= 0)
		exit(0);
	length += (size_t)got;
	line[length] = 0;
	while ((end = strchr(line, '\n'))) {
		*end = 0;
		asked(line);
		length -= (size_t)(end + 1 - line);
		memmove(line, end + 1, length + 1);
	}
}

/* ---- beginning ----------------------------------------------------------------------------------------------- */

/* One line a person: a connection token and, after a blank, a subscription token. */
static void read_tokens(void)
{
	FILE *file = fopen(how.tokens, "r");
	char line[4096];
	if (!file)
		fail(how.tokens);
	connect_tokens = calloc((size_t)many, sizeof *connect_tokens);
	subscribe_tokens = calloc((size_t)many, sizeof *subscribe_tokens);
	for (int i = 0; i < many; i++) {
		char *blank;
		if (!fgets(line, sizeof line, file)) {
			fprintf(stderr, "load: %s has fewer than %d lines\n", how.tokens, many);
			exit(2);
		}
		line[strcspn(line, "\n")] = 0;
		blank = strchr(line, ' ');
		subscribe_tokens[i] = strdup(blank ? blank + 1 : "");
		if (blank)
			*blank = 0;
		connect_tokens[i] = strdup(line);
	}
	fclose(file);
}

static void options(int argc, char **argv)
{
	int letter;
	while ((letter = getopt(argc, argv, "p:u:n:c:t:w:d:s:b:zrxi:h:")) != -1)
		switch (letter) {
		case 'p':
			for (char *at = optarg, *port; (port = strsep(&at, ",")) && how.many_ports < MANY_PORTS;)
				how.ports[how.many_ports++] = atoi(port);
			break;
		case 'u': how.path = optarg; break;
		case 'n': many = atoi(optarg); break;
		case 'c': how.channel = optarg; break;
		case 't': how.tokens = optarg; break;
		case 'w': how.watch = optarg; break;
		case 'd':
			how.dialect = *optarg == 'p' ? PLAIN : *optarg == 's' ? SOCKET_IO : CENTRIFUGO;
			break;
		case 's': how.sources = atoi(optarg); break;
		case 'b': how.size = atoi(optarg); break;
		case 'z': how.deflate = 1; break;
		case 'r': how.reconnect = 1; break;
		case 'x': how.random = 1; break;
		case 'i': how.window = atoi(optarg); break;
		case 'h': how.header = optarg; break;
		default:
			fprintf(stderr, "usage: load -p PORT[,PORT] -n PEOPLE [-u PATH] [-c CHANNEL] [-t TOKENS] [-w PIDS]\n"
					"            [-d centrifugo|plain|socketio] [-s SOURCES] [-b BYTES] [-i INFLIGHT]\n"
					"            [-h HEADER] [-z deflate] [-r reconnect] [-x words at random]\n");
			exit(2);
		}
	if (!how.many_ports || many < PUBLISHERS || how.size > 1500) {
		fprintf(stderr, "load: -p PORT and -n PEOPLE (at least %d) are needed, -b at most 1500\n", PUBLISHERS);
		exit(2);
	}
}

int main(int argc, char **argv)
{
	static struct epoll_event events[256];
	struct epoll_event own = {.events = EPOLLIN, .data.ptr = NULL};
	struct rlimit files;
	options(argc, argv);
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	signal(SIGPIPE, SIG_IGN);
	if (how.tokens)
		read_tokens();
	people = calloc((size_t)many, sizeof *people);
	for (int i = 0; i < many; i++) {
		people[i].fd = -1;
		people[i].index = i;
		people[i].port = i;
	}
	epoll = epoll_create1(EPOLL_CLOEXEC);
	epoll_ctl(epoll, EPOLL_CTL_ADD, 0, &own);
	say("{\"event\":\"ready\"}\n");
	for (;;) {
		int n = epoll_wait(epoll, events, 256, job.task == NOTHING && !how.reconnect ? 200 : 1);
		for (int i = 0; i < n; i++)
			if (events[i].data.ptr)
				ready(&events[i]);
			else
				listen_to_driver();
		step(now_us());
	}
}
