// A room as the users of ws write it: every message goes to every client by itself.
//
//   node ws_room.mjs PORT

import { WebSocketServer } from "ws";

const server = new WebSocketServer({ port: Number(process.argv[2]), host: "127.0.0.1", backlog: 4096 });
server.on("connection", (socket) => {
  socket.on("message", (data) => {
    for (const client of server.clients) {
      if (client.readyState === 1) client.send(data, { binary: false });
    }
  });
});
