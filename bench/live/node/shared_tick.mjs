// The cheapest Node can do with our own tick: raw sockets after the upgrade, one frame per room per tick, written to
// all. It answers connect, subscribe and publish of the protocol; no tokens, no history, no recovery.
//
//   node shared_tick.mjs PORT

import { createHash } from "node:crypto";
import { createServer } from "node:http";

const KEY = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const MOST_BEHIND = 256 * 1024;
const room = new Set();
let channel = "";
let pending = [];
let offset = 0;
let lastFlush = 0;
let timer = null;

function framed(text) {
  const length = Buffer.byteLength(text);
  const head = length < 126 ? 2 : length < 65536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(head + length);
  frame[0] = 0x81;
  if (head === 2) frame[1] = length;
  else if (head === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  frame.write(text, head);
  return frame;
}

const tickMs = () => Math.min(250, Math.max(20, room.size * 0.02)); // people * 12 us / 0.6

function flush() {
  timer = null;
  lastFlush = performance.now();
  const frame = framed(pending.join("\n"));
  pending = [];
  for (const socket of room) {
    if (socket.writableLength > MOST_BEHIND) socket.destroy();
    else socket.write(frame);
  }
}

function publish(text) {
  const data = text.slice(text.indexOf('"data":') + 7, -2);
  pending.push(`{"push":{"channel":"${channel}","pub":{"data":${data},"offset":${++offset}}}}`);
  timer ??= setTimeout(flush, Math.max(0, lastFlush + tickMs() - performance.now()));
}

function command(socket, text) {
  const id = Number.parseInt(text.slice(6), 10);
  if (text.includes('"publish":')) {
    publish(text);
    socket.write(framed(`{"id":${id},"publish":{}}`));
  } else if (text.includes('"subscribe":')) {
    channel ||= JSON.parse(text).subscribe.channel;
    room.add(socket);
    const reply = { recoverable: true, epoch: "node", offset, positioned: true };
    socket.write(framed(JSON.stringify({ id, subscribe: reply })));
  } else if (text !== "{}") {
    socket.write(framed(JSON.stringify({ id, connect: { client: String(id), version: "node" } })));
  }
}

// Take whole masked frames from what came; return what is left.
function take(socket, data) {
  let at = 0;
  while (data.length - at >= 6) {
    let length = data[at + 1] & 127;
    let head = 2;
    if (length === 126) {
      length = data.readUInt16BE(at + 2);
      head = 4;
    } else if (length === 127) {
      socket.destroy();
      return null;
    }
    if (data.length - at < head + 4 + length) break;
    const opcode = data[at] & 15;
    const mask = at + head;
    const payload = data.subarray(mask + 4, mask + 4 + length);
    for (let i = 0; i < length; i++) payload[i] ^= data[mask + (i & 3)];
    if (opcode === 8) {
      socket.destroy();
      return null;
    }
    if (opcode === 1) command(socket, payload.latin1Slice());
    at = mask + 4 + length;
  }
  return at === data.length ? null : data.subarray(at);
}

const server = createServer((_, response) => response.end());
server.on("upgrade", (request, socket) => {
  const accept = createHash("sha1").update(request.headers["sec-websocket-key"] + KEY).digest("base64");
  socket.setNoDelay(true);
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  let rest = null;
  socket.on("data", (data) => {
    rest = take(socket, rest ? Buffer.concat([rest, data]) : data);
  });
  socket.on("error", () => socket.destroy());
  socket.on("close", () => room.delete(socket));
});
server.listen({ port: Number(process.argv[2]), host: "127.0.0.1", backlog: 4096 });
