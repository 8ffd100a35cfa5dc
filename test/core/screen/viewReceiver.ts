/** `Views` of one room as they come, for tests. */
import { Schema } from "effect"
import * as Views from "../../../src/core/screen/Views.ts"
import { RoomView } from "../../../src/protocol/View.ts"

export const isView = Schema.is(RoomView)

export class ViewReceiver {
  private views = Views.none

  get shown(): Views.ReceivedView | null {
    return this.views.shown
  }

  get regressions(): number {
    return this.views.regressions
  }

  reconnect(): void {
    this.views = Views.reconnect(this.views)
  }

  receive(message: Views.ViewMessage, nowMs: number): Views.Reception {
    const [views, reception] = Views.receive(this.views, message, nowMs, isView)
    this.views = views
    return reception
  }
}
