/** A game through a real broker of each kind, by bully and by Raft; `games.long.test.ts` has the rest. */
import { byRaft, gather, through } from "./gamesPlayed.ts"

through({ NATS: [gather], RabbitMQ: [byRaft] })
