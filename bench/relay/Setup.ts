/** What `npm run bench -- relay` is to measure. */

/** The servers, as they are named on the command line and in the report. */
export const names = ["hostless", "nats", "socket.io", "rabbitmq"] as const
export type Name = (typeof names)[number]

export interface Setup {
  readonly clients: number
  readonly channels: number
  /** Events a second of each client. */
  readonly rate: number
  readonly seconds: number
  readonly only: ReadonlyArray<Name>
  readonly json: boolean
}
