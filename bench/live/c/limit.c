/* The limit: the least a server must do for a room with a shared tick. One frame is built per tick and written to all;
 * there are no tokens, no history, no recovery and no rules. It answers connect, subscribe and publish of the protocol.
 *
 *   limit PORT
 *
 * The tick is the real server's: at once where the room was idle, else clamp(20 ms, people * 12 us / 0.6, 250 ms).
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "websocket.h"

enum { MOST_BEHIND = 256 * 1024, BUFFER = 128 * 1024 };

struct client {
	int fd, place, open, subscribed;
	unsigned char *in, *out;
	size_t in_length, out_length;
};

static struct client **room;
static int people, places, epoll;
static char *pending; /* the lines of this tick */
static size_t pending_length, pending_room;
static uint64_t offset;
static int64_t last_flush;
static char channel[128];
static unsigned char inbox[1 << 16];

static int64_t now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int64_t tick_us(void)
{
	int64_t us = (int64_t)people * 20; /* 12 us / 0.6 */
	return us < 20000 ? 20000 : us > 250000 ? 250000 : us;
}

static void drop(struct client *c)
{
	if (c->subscribed) {
		room[c->place] = room[--people];
		room[c->place]->place = c->place;
	}
	close(c->fd);
	free(c->in);
	free(c->out);
	free(c);
}

/* Write to a client, keep what the kernel does not take; 0 where the client is given up. */
static int put(struct client *c, const void *data, size_t length)
{
	ssize_t done = c->out_length ? 0 : send(c->fd, data, length, MSG_NOSIGNAL | MSG_DONTWAIT);
	struct epoll_event e = {.events = EPOLLIN | EPOLLOUT, .data.ptr = c};
	if (done < 0) {
		if (errno != EAGAIN)
			return 0;
		done = 0;
	}
	if ((size_t)done == length)
		return 1;
	length -= (size_t)done;
	if (c->out_length + length > MOST_BEHIND)
		return 0;
	c->out = realloc(c->out, c->out_length + length);
	memcpy(c->out + c->out_length, (const char *)data + done, length);
	if (!c->out_length)
		epoll_ctl(epoll, EPOLL_CTL_MOD, c->fd, &e);
	c->out_length += length;
	return 1;
}

static void drain(struct client *c)
{
	ssize_t done = send(c->fd, c->out, c->out_length, MSG_NOSIGNAL | MSG_DONTWAIT);
	struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
	if (done <= 0)
		return;
	memmove(c->out, c->out + done, c->out_length - (size_t)done);
	c->out_length -= (size_t)done;
	if (!c->out_length) {
		free(c->out);
		c->out = NULL;
		epoll_ctl(epoll, EPOLL_CTL_MOD, c->fd, &e);
	}
}

static void flush_room(int64_t now)
{
	unsigned char *frame = malloc(pending_length + 16);
	int head = frame_head(frame, OP_TEXT, pending_length, 0);
	memcpy(frame + head, pending, pending_length);
	for (int i = people - 1; i >= 0; i--)
		if (!put(room[i], frame, (size_t)head + pending_length))
			drop(room[i]);
	free(frame);
	pending_length = 0;
	last_flush = now;
}

static int answer(struct client *c, const char *text)
{
	unsigned char frame[512];
	size_t length = strlen(text);
	int head = frame_head(frame, OP_TEXT, length, 0);
	memcpy(frame + head, text, length);
	return put(c, frame, (size_t)head + length);
}

static void publish(const char *text, size_t length)
{
	const char *data = memmem(text, length, "\"data\":", 7);
	size_t n;
	if (!data)
		return;
	data += 7;
	n = (size_t)(text + length - data) - 2; /* the braces of publish and of the command */
	if (pending_length + n + 512 > pending_room) {
		pending_room = (pending_length + n + 512) * 2;
		pending = realloc(pending, pending_room);
	}
	if (pending_length)
		pending[pending_length++] = '\n';
	pending_length += (size_t)sprintf(pending + pending_length, "{\"push\":{\"channel\":\"%s\",\"pub\":{\"data\":", channel);
	memcpy(pending + pending_length, data, n);
	pending_length += n;
	pending_length += (size_t)sprintf(pending + pending_length, ",\"offset\":%llu}}}", (unsigned long long)++offset);
}

static int command(struct client *c, const char *text, size_t length)
{
	char reply[256];
	unsigned long long id = 0;
	if (sscanf(text, "{\"id\":%llu", &id) != 1)
		return 1;
	if (memmem(text, length, "\"publish\":", 10)) {
		publish(text, length);
		snprintf(reply, sizeof reply, "{\"id\":%llu,\"publish\":{}}", id);
	} else if (memmem(text, length, "\"subscribe\":", 12)) {
		const char *name = memmem(text, length, "\"channel\":\"", 11);
		if (name && !*channel)
			sscanf(name + 11, "%127[^\"]", channel);
		if (people == places) {
			places = places ? places * 2 : 1024;
			room = realloc(room, sizeof *room * (size_t)places);
		}
		c->subscribed = 1;
		c->place = people;
		room[people++] = c;
		snprintf(reply, sizeof reply,
			 "{\"id\":%llu,\"subscribe\":{\"recoverable\":true,\"epoch\":\"limit\",\"offset\":%llu,\"positioned\":true}}",
			 id, (unsigned long long)offset);
	} else {
		snprintf(reply, sizeof reply, "{\"id\":%llu,\"connect\":{\"client\":\"%d\",\"version\":\"limit\"}}", id, c->fd);
	}
	return answer(c, reply);
}

static int open_up(struct client *c, const char *request)
{
	char key[64] = "", accept[29], reply[256];
	const char *found = strcasestr(request, "sec-websocket-key:");
	int n;
	if (!found || sscanf(found + 18, " %63[^\r\n ]", key) != 1)
		return 0;
	accept_key(key, accept);
	n = snprintf(reply, sizeof reply,
		     "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		     "Sec-WebSocket-Accept: %s\r\n\r\n",
		     accept);
	c->open = 1;
	return put(c, reply, (size_t)n);
}

static int understand(struct client *c, unsigned char *data, size_t length, size_t *done)
{
	struct frame f;
	*done = 0;
	if (!c->open) {
		unsigned char *end = memmem(data, length, "\r\n\r\n", 4);
		if (!end)
			return 1;
		*end = 0;
		*done = (size_t)(end + 4 - data);
		if (!open_up(c, (char *)data))
			return 0;
	}
	while (frame_read(data + *done, length - *done, &f)) {
		*done += f.whole;
		if (f.opcode == OP_CLOSE)
			return 0;
		if (f.opcode == OP_TEXT) {
			unsigned char after = f.payload[f.length];
			int fine;
			f.payload[f.length] = 0;
			fine = command(c, (char *)f.payload, f.length);
			f.payload[f.length] = after;
			if (!fine)
				return 0;
		}
	}
	return 1;
}

static void readable(struct client *c)
{
	size_t done, length;
	ssize_t got;
	if (c->in_length)
		memcpy(inbox, c->in, c->in_length);
	got = recv(c->fd, inbox + c->in_length, sizeof inbox - c->in_length - 1, MSG_DONTWAIT);
	if (got <= 0) {
		if (got == 0 || errno != EAGAIN)
			drop(c);
		return;
	}
	length = c->in_length + (size_t)got;
	if (!understand(c, inbox, length, &done)) {
		drop(c);
		return;
	}
	free(c->in);
	c->in = NULL;
	c->in_length = length - done;
	if (c->in_length) {
		c->in = malloc(c->in_length);
		memcpy(c->in, inbox + done, c->in_length);
	}
}

static void welcome(int door)
{
	int fd, one = 1, buffer = BUFFER;
	while ((fd = accept4(door, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		struct client *c = calloc(1, sizeof *c);
		struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
		c->fd = fd;
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
		epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e);
	}
}

static int door_at(int port)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	int one = 1, door = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(door, (struct sockaddr *)&at, sizeof at) || listen(door, 4096)) {
		perror("limit");
		exit(1);
	}
	return door;
}

int main(int argc, char **argv)
{
	static struct epoll_event events[256];
	struct epoll_event own = {.events = EPOLLIN, .data.ptr = NULL};
	struct rlimit files;
	int door;
	if (argc != 2) {
		fprintf(stderr, "usage: limit PORT\n");
		return 2;
	}
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	signal(SIGPIPE, SIG_IGN);
	door = door_at(atoi(argv[1]));
	epoll = epoll_create1(EPOLL_CLOEXEC);
	epoll_ctl(epoll, EPOLL_CTL_ADD, door, &own);
	for (;;) {
		int64_t due = last_flush + tick_us(), now = now_us();
		int n, wait = -1;
		if (pending_length)
			wait = due <= now ? 0 : (int)((due - now + 999) / 1000);
		n = epoll_wait(epoll, events, 256, wait);
		for (int i = 0; i < n; i++) {
			struct client *c = events[i].data.ptr;
			if (!c)
				welcome(door);
			else if (events[i].events & EPOLLOUT && c->out_length)
				drain(c);
			else
				readable(c);
		}
		now = now_us();
		if (pending_length && last_flush + tick_us() <= now)
			flush_room(now);
	}
}
