/** What can be turned by hand. */
import { type Method, methods } from "../../../core/smoothing/RemoteObject.ts"

export interface Turned {
  method: Method
  ghost: boolean
  updatesPerSecond: number
  lagMs: number
  jitterMs: number
  /** Now and then everything is held up for so long. */
  spikeMs: number
  lossPercent: number
}

const sliders = [
  { name: "updatesPerSecond", says: "updates", unit: "/s", min: 1, max: 30, step: 1 },
  { name: "lagMs", says: "lag", unit: " ms", min: 0, max: 500, step: 10 },
  { name: "jitterMs", says: "jitter", unit: " ms", min: 0, max: 300, step: 10 },
  { name: "spikeMs", says: "spikes", unit: " ms", min: 0, max: 1_000, step: 50 },
  { name: "lossPercent", says: "loss", unit: " %", min: 0, max: 50, step: 1 }
] as const

const element = <K extends keyof HTMLElementTagNameMap>(
  name: K,
  properties: Partial<HTMLElementTagNameMap[K]>,
  ...children: ReadonlyArray<Node | string>
): HTMLElementTagNameMap[K] => {
  const made = Object.assign(document.createElement(name), properties)
  made.append(...children)
  return made
}

/** Fills the form. `changed` is told of each turn. */
export const make = (form: HTMLFormElement, turned: Turned, changed: () => void): void => {
  const choice = methods.map((method) => {
    const input = element("input", { type: "radio", name: "method", value: method, checked: method === turned.method })
    input.addEventListener("change", () => {
      turned.method = method
      changed()
    })
    return element("label", {}, input, element("span", {}, method))
  })
  const ghost = element("input", { type: "checkbox", name: "ghost", checked: turned.ghost })
  ghost.addEventListener("change", () => {
    turned.ghost = ghost.checked
  })
  const ranges = sliders.map(({ max, min, name, says, step, unit }) => {
    const input = element("input", { type: "range", name, min: `${min}`, max: `${max}`, step: `${step}` })
    input.value = String(turned[name])
    const output = element("output", {}, `${turned[name]}${unit}`)
    input.addEventListener("input", () => {
      turned[name] = Number(input.value)
      output.textContent = `${turned[name]}${unit}`
      changed()
    })
    return element("label", {}, says, output, input)
  })
  form.append(
    element(
      "fieldset",
      { ariaLabel: "Smoothing" },
      ...choice,
      element("label", {}, ghost, element("span", {}, "ghost"))
    ),
    ...ranges
  )
  form.addEventListener("submit", (event) => event.preventDefault())
}
