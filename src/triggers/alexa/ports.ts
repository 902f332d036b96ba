import type { Flow } from '../../core/flow.ts'
import type { Json } from '../../core/json.ts'
import type { UtteranceKeys } from '../../core/utterance.ts'
import type { Voice } from '../../core/voice.ts'
import type { Ended } from './conclude.ts'
import type { Heard } from './heard.ts'
import type { DeviceWord } from './key.ts'

/** A voice, and the name of the flow that it starts. */
export interface NamedVoice {
  readonly voice: Voice
  readonly flow: string
}

/** Something said to the skill. */
export interface Turn {
  readonly kind: 'launch' | 'intent'
  /** Of an intent: ours, or one of Alexa's such as `AMAZON.YesIntent`. */
  readonly intent: string
  readonly heard: Readonly<Record<string, Heard>>
  readonly locale: string
  /** When it was said, in milliseconds since the epoch. */
  readonly at: number
  /** By which one conversation is told from others. */
  readonly session: string
  /** The question that waits for a yes, as it was sealed. */
  readonly sealed?: string | undefined
}

/** What is answered. */
export interface Said {
  readonly speech: string
  /** Goes on listening, and says this when nobody speaks. */
  readonly listen?: string | undefined
  /** The slot that is asked for. */
  readonly slot?: string | undefined
  /** The question that waits for a yes, sealed. */
  readonly sealed?: string | undefined
  /** What happened, for a log; never what was said. */
  readonly event: string
  /** The execution that was started or joined. */
  readonly execution?: string | undefined
}

/** Why an execution was not started. */
export class NotStarted extends Error {
  override readonly name = 'NotStarted'
  readonly reason: 'notDeployed' | 'busy' | 'denied' | 'unreachable' | 'brokeDown'

  constructor(reason: NotStarted['reason'], cause: unknown) {
    super(`not started: ${reason}`, { cause })
    this.reason = reason
  }
}

/** An execution to be started. */
export interface Start {
  readonly flow: string
  readonly input: Json
  /** Its name, and those of the ones which the same words may have started a moment before. */
  readonly names: UtteranceKeys
  /** Those of what undoes it: who says on, off and on again means it three times. */
  readonly undoing: readonly { readonly flow: string; readonly names: UtteranceKeys }[]
  /** When the words were said. */
  readonly at: number
}

/** What the skill reaches of the world. */
export interface SkillPorts {
  /** By their intents. */
  readonly voices: ReadonlyMap<string, NamedVoice>
  /** Starts an execution, or joins the one that is there; answers its id. Rejects with `NotStarted`. */
  start(start: Start): Promise<string>
  /** The flows that undo a word: of "plex on" those of "plex off". None where it is left out. */
  undoing?(word: DeviceWord): readonly string[]
  /** How an execution ended; nothing where it did not in the time that there is. */
  ended(id: string): Promise<Ended | undefined>
  /** What a flow would do. */
  plan(flow: Flow, input: Json): { readonly hosts: number | undefined; readonly changes: readonly string[] }
  /** The key by which questions are sealed; nothing where there is none. */
  key(): Promise<string | undefined>
  now(): number
}
