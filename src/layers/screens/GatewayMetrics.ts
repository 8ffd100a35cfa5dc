/** What the gateway counts. */
import { Metric } from "effect"

const counter = (name: string, description: string) => Metric.counter(name, { description, incremental: true })

export const screens = Metric.gauge("hostless_screens", { description: "Screens that are connected to this node." })

export const rejected = counter(
  "hostless_screen_messages_rejected_total",
  "Messages of screens that no schema takes."
)

export const refused = counter(
  "hostless_screens_refused_total",
  "WebSockets that were refused for their host, origin or key."
)

export const limited = counter(
  "hostless_screen_messages_limited_total",
  "Messages of screens that were dropped because they came too fast."
)

export const views = {
  sent: counter("hostless_views_sent_total", "Views sent to screens."),
  encoded: counter("hostless_views_encoded_total", "Views encoded: once per room, however many screens watch."),
  skipped: counter("hostless_views_skipped_total", "Views that a slow screen was spared.")
} as const

export const slow = counter(
  "hostless_screens_slow_total",
  "Screens that were closed because they did not take what they were sent."
)
