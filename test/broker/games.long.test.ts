/** What `games.test.ts` leaves out: each kind of game through each other kind of broker. */
import { byRaft, gather, pong, through } from "./gamesPlayed.ts"

through({ NATS: [byRaft, pong], RabbitMQ: [gather, pong] })
