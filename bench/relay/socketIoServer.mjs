/** A socket.io server that hands each event on to all others in its sender's room, as its documentation shows. */
import { createServer } from "node:http"
import { Server } from "socket.io"

const [host, port] = process.argv.slice(2)
const http = createServer()
const io = new Server(http, { transports: ["websocket"], perMessageDeflate: false })
io.on("connection", (socket) => {
  const channel = String(socket.handshake.query["channel"])
  void socket.join(channel)
  socket.on("event", (event) => socket.to(channel).emit("event", event))
})
http.listen(Number(port), host)
process.once("SIGTERM", () => process.exit(0))
