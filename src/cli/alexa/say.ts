import { randomBytes } from 'node:crypto'
import type { Execution } from '../../core/runtime.ts'
import { loadFlows } from '../../run/flows.ts'
import { planInWords } from '../../run/voice/plan-words.ts'
import { converse, type Ended, type Said, type SkillPorts, type Turn } from '../../triggers/alexa/index.ts'
import type { Args } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { given } from '../parse.ts'
import { configuration } from '../session/configuration.ts'
import { askConsent } from '../session/consent.ts'
import { UsageError } from '../usage-error.ts'
import { understoodBy } from './understood.ts'
import { voicesOf } from './voices.ts'

/** Answers words as the skill would, with the flow run in this process, to its end. Exits with 1 where it did not succeed. */
export async function sayHere(context: CommandContext, args: Args, words: string): Promise<number> {
  if (given(args, 'json')) throw new UsageError('reops alexa say has --json with --cloud alone')
  const loaded = await configuration(context, args)
  const voices = await voicesOf(loaded)
  const flows = await loadFlows(loaded)
  const { voice, heard, locale } = understoodBy(voices, args, words)
  const { wireLocal } = await import('../../run/wire.ts')
  const runtime = wireLocal({ loaded, flows, out: { publish: () => {} } })
  const key = randomBytes(32).toString('hex')
  let execution: Execution<unknown> | undefined
  const ports: SkillPorts = {
    voices,
    key: async () => key,
    now: Date.now,
    plan: planInWords,
    async start({ flow, input, names: [name] }) {
      execution = await runtime.submit(flows.get(flow)!, input, { name })
      return name
    },
    ended: async () => (execution === undefined ? undefined : endOf(execution)),
  }
  const turn: Turn = {
    kind: 'intent',
    intent: voice.intent,
    heard,
    locale,
    at: Date.now(),
    session: 'here',
  }
  const say = ({ speech }: Said) => context.stdout.write(`${speech}\n`)
  try {
    const first = await converse(turn, ports)
    say(first)
    if (first.sealed === undefined) return statusOf(first)
    const yes = given(args, 'yes') || (await askConsent(context, `start ${voice.utterance}`))
    const intent = yes ? 'AMAZON.YesIntent' : 'AMAZON.NoIntent'
    const second = await converse({ ...turn, intent, heard: {}, sealed: first.sealed }, ports)
    say(second)
    return yes ? statusOf(second) : 1
  } finally {
    await runtime.close()
  }
}

async function endOf(execution: Execution<unknown>): Promise<Ended> {
  try {
    return { status: 'SUCCEEDED', output: (await execution.result()) as Ended['output'] }
  } catch (error) {
    return { status: 'FAILED', error: (error as Error).name }
  }
}

function statusOf({ event }: Said): number {
  return event === 'SUCCEEDED' ? 0 : 1
}
