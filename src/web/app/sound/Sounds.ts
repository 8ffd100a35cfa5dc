/**
 * Sounds made on the spot, so that nothing has to be loaded. Silent until the player has touched something, as browsers
 * ask, and while muted.
 */
import type { SceneSound, SoundName } from "../../Scene.ts"
import { Music } from "./Music.ts"

/** A voice: frequencies in hertz one after another, each so many milliseconds, as loud as told. */
interface Voice {
  readonly wave: OscillatorType
  readonly notes: ReadonlyArray<number>
  readonly noteMs: number
  readonly loud: number
}

const voices: { readonly [sound in SoundName]: Voice } = {
  pickUp: { wave: "triangle", notes: [659.3, 987.8], noteMs: 70, loud: 0.5 },
  otherPickUp: { wave: "sine", notes: [392], noteMs: 60, loud: 0.16 },
  hit: { wave: "triangle", notes: [392, 523.3], noteMs: 34, loud: 0.6 },
  otherHit: { wave: "triangle", notes: [329.6], noteMs: 48, loud: 0.4 },
  bounce: { wave: "sine", notes: [196], noteMs: 40, loud: 0.32 },
  point: { wave: "triangle", notes: [659.3, 880, 1318.5], noteMs: 80, loud: 0.45 },
  pointLost: { wave: "sine", notes: [293.7, 220], noteMs: 130, loud: 0.4 },
  count: { wave: "sine", notes: [392], noteMs: 50, loud: 0.14 },
  go: { wave: "sine", notes: [784], noteMs: 80, loud: 0.18 },
  roundWon: { wave: "triangle", notes: [523.3, 659.3, 784, 1046.5], noteMs: 110, loud: 0.5 },
  roundLost: { wave: "sine", notes: [523.3, 440, 349.2], noteMs: 130, loud: 0.3 },
  hostChange: { wave: "sine", notes: [293.7, 440, 587.3], noteMs: 140, loud: 0.3 },
  join: { wave: "sine", notes: [440, 587.3], noteMs: 70, loud: 0.2 },
  leave: { wave: "sine", notes: [440, 330], noteMs: 80, loud: 0.2 },
  launch: { wave: "triangle", notes: [196, 277.2, 392], noteMs: 44, loud: 0.32 },
  impact: { wave: "square", notes: [98, 61.7], noteMs: 70, loud: 0.3 },
  fall: { wave: "sawtooth", notes: [116.5, 98, 73.4, 55, 41.2], noteMs: 130, loud: 0.24 },
  victory: { wave: "triangle", notes: [392, 523.3, 659.3, 784, 659.3, 1046.5], noteMs: 140, loud: 0.42 }
}

export class Sounds implements SceneSound {
  private readonly tune = new Music((frequency, ms, loud, afterMs) => this.note("sine", frequency, ms, loud, afterMs))
  private context: AudioContext | null = null
  private volume: GainNode | null = null

  constructor(private muted: boolean) {
    for (const gesture of ["pointerdown", "keydown"]) addEventListener(gesture, this.wake)
  }

  mute(muted: boolean): void {
    this.muted = muted
  }

  play(sound: SoundName, pitch = 1): void {
    const { loud, noteMs, notes, wave } = voices[sound]
    for (const [index, note] of notes.entries()) this.note(wave, note * pitch, noteMs * 1.8, loud, index * noteMs)
  }

  music(on: boolean): void {
    this.tune.turn(on)
  }

  tone(frequency: number, ms: number): void {
    this.note("sine", frequency, ms, 0.3, 0)
  }

  private note(wave: OscillatorType, frequency: number, ms: number, loud: number, afterMs: number): void {
    const { context, volume } = this
    if (this.muted || context === null || volume === null || context.state !== "running") return
    const start = context.currentTime + afterMs / 1000
    const end = start + ms / 1000
    const oscillator = context.createOscillator()
    const gain = context.createGain()
    oscillator.type = wave
    oscillator.frequency.value = frequency
    gain.gain.setValueAtTime(0, start)
    // What lasts comes up slowly, as if bowed.
    gain.gain.linearRampToValueAtTime(loud, start + (ms > 1000 ? 0.3 : 0.008))
    gain.gain.exponentialRampToValueAtTime(0.001, end)
    oscillator.connect(gain).connect(volume)
    oscillator.start(start)
    oscillator.stop(end)
  }

  private readonly wake = (): void => {
    if (this.context === null && typeof AudioContext !== "undefined") {
      this.context = new AudioContext()
      this.volume = this.context.createGain()
      this.volume.gain.value = 0.25
      this.volume.connect(this.context.destination)
    }
    if (this.context?.state === "suspended") void this.context.resume()
  }
}
