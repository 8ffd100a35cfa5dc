/** What the gateway counts. */
import { Metric } from "effect"

/** Screens that are connected now. */
export const screens = Metric.gauge("hostless_screens", { description: "Screens that are connected to this node." })

/** Messages of screens that no schema takes. */
export const rejected = Metric.counter("hostless_screen_messages_rejected_total", {
  description: "Messages of screens that no schema takes.",
  incremental: true
})

/** WebSockets that were not let in. */
export const refused = Metric.counter("hostless_screens_refused_total", {
  description: "WebSockets that were refused for their host, origin or key.",
  incremental: true
})

/** Messages of screens beyond what one may send. */
export const limited = Metric.counter("hostless_screen_messages_limited_total", {
  description: "Messages of screens that were dropped because they came too fast.",
  incremental: true
})

export const views = {
  sent: Metric.counter("hostless_views_sent_total", { description: "Views sent to screens.", incremental: true }),
  encoded: Metric.counter("hostless_views_encoded_total", {
    description: "Views encoded: once per room, however many screens watch.",
    incremental: true
  }),
  skipped: Metric.counter("hostless_views_skipped_total", {
    description: "Views that a slow screen was spared.",
    incremental: true
  })
} as const

/** Screens that were closed because they took nothing. */
export const slow = Metric.counter("hostless_screens_slow_total", {
  description: "Screens that were closed because they did not take what they were sent.",
  incremental: true
})
