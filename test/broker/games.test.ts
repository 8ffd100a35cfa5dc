/** Each kind of game through a real broker, of one kind or the other; `games.long.test.ts` has the rest. */
import { byRaft, gather, pong, through } from "./gamesPlayed.ts"

through({ NATS: [gather, pong], RabbitMQ: [byRaft] })
