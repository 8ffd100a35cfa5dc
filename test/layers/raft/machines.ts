/** State machines for tests: a store of texts that can be appended to, and a register. */
import type { StateMachineService } from "../../../src/services/StateMachine.ts"
import type { Input, Output } from "../../linearizability/Register.ts"

const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))
const decode = (bytes: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(bytes))

/** A list of texts; a command adds one, and its result is how many there are. */
export class Texts implements StateMachineService {
  all: Array<string> = []
  restores = 0

  readonly apply = (command: Uint8Array): Uint8Array => {
    this.all.push(decode(command) as string)
    return encode(this.all.length)
  }
  readonly snapshot = (): Uint8Array => encode(this.all)
  readonly restore = (snapshot: Uint8Array): void => {
    this.restores++
    this.all = decode(snapshot) as Array<string>
  }

  static readonly command = (text: string): Uint8Array => encode(text)
  static readonly result = (bytes: Uint8Array): number => decode(bytes) as number
}

/** As `linearizability/Register`. */
export class Register implements StateMachineService {
  value: number | null = null

  readonly apply = (command: Uint8Array): Uint8Array => {
    const input = decode(command) as Input
    switch (input._tag) {
      case "read":
        return encode(this.value)
      case "write":
        this.value = input.value
        return encode(null)
      case "cas": {
        const matches = this.value === input.from
        if (matches) this.value = input.to
        return encode(matches)
      }
    }
  }
  readonly snapshot = (): Uint8Array => encode(this.value)
  readonly restore = (snapshot: Uint8Array): void => {
    this.value = decode(snapshot) as number | null
  }

  static readonly command = (input: Input): Uint8Array => encode(input)
  static readonly result = (bytes: Uint8Array): Output => decode(bytes) as Output
}
