/** What `games.test.ts` leaves out: each kind of game through the other kind of broker. */
import { byRaft, gather, pong, through } from "./gamesPlayed.ts"

through({ NATS: [byRaft], RabbitMQ: [gather, pong] })
