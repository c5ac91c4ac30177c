// A room as the users of Socket.IO write it.
//
//   node socketio_room.mjs PORT

import { createServer } from "node:http";
import { Server } from "socket.io";

const http = createServer();
const io = new Server(http, { transports: ["websocket"] });
io.on("connection", (socket) => {
  socket.join("class");
  socket.on("say", (message) => io.to("class").emit("say", message));
});
http.listen({ port: Number(process.argv[2]), host: "127.0.0.1", backlog: 4096 });
