/**
 * The agent as `reops agent` starts it: with its options from flags or a file, and in words for a person. A host that has
 * only the bundle starts main.ts.
 */
import { accessSync, constants } from 'node:fs'
import { hostname } from 'node:os'
import path from 'node:path'
import { explainIssues, InvalidConfig } from '../../src/core/errors.ts'
import { stateFolder } from '../../src/run/config.ts'
import type { RootOptions } from '../../src/run/root.ts'
import { type AgentFile, agentOptionsSchema, readAgentOptions } from './options.ts'
import { type ProgramEvent, runAgent } from './program.ts'

/** Runs the agent until it is told to end, or the bridge doesn't want it: then it answers 3. Throws `InvalidConfig`. */
export async function start(root: RootOptions): Promise<number> {
  const { say, signal } = root
  return runAgent(optionsOf(root), { signal, tell: event => say(wordsOf(event)) })
}

const flagsOfOptions = ['bridge', 'bridge-key', 'relay-key', 'host', 'token-file', 'max-calls']

/** The file that is named, or what the flags say; the state folder has a place for the rest. */
function optionsOf({ loaded, args: { flags, words } }: RootOptions): AgentFile {
  const [file] = words
  if (file !== undefined) {
    const said = flagsOfOptions.find(name => flags[name] !== undefined)
    if (said === undefined) return readAgentOptions(file)
    throw new InvalidConfig(`${file} says all of it, and --${said} is given too: leave one of them out`)
  }
  const missing = ['bridge', 'bridge-key'].find(name => flags[name] === undefined)
  if (missing !== undefined) throw new InvalidConfig(`reops agent needs --${missing}, or a file of options`)
  const { bridge, 'bridge-key': bridgeKey, 'relay-key': relayKey, host = hostname() } = flags
  const state = path.join(stateFolder(loaded), 'agent')
  const token = flags['token-file']
  const tokenFile = typeof token === 'string' ? readable(path.resolve(token)) : undefined
  const maxCalls = flags['max-calls'] === undefined ? undefined : Number(flags['max-calls'])
  const parsed = agentOptionsSchema.safeParse({
    ...{ bridge, bridgeKey, host, state, keyFile: path.join(state, 'agent.key') },
    ...(relayKey === undefined ? {} : { relayKey }),
    ...(tokenFile === undefined ? {} : { tokenFile }),
    ...(maxCalls === undefined ? {} : { maxCalls }),
  })
  if (parsed.success) return parsed.data
  throw new InvalidConfig(`reops agent: ${explainIssues(parsed.error.issues)}`, { cause: parsed.error })
}

/** One that is gone was used; one that can't be read is a mistake that would look like a refusal by the bridge. */
function readable(file: string): string {
  try {
    accessSync(file, constants.R_OK)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
      throw new InvalidConfig(`${file} can't be read: ${(error as Error).message}`, { cause: error })
  }
  return file
}

function wordsOf(event: ProgramEvent): string {
  switch (event.kind) {
    case 'started':
      return `agent of ${event.host}, by the key ${event.key}`
    case 'session': {
      const why = 'why' in event.state ? event.state.why : undefined
      return `session ${event.state.at}${why === undefined ? '' : `: ${why}`}`
    }
    case 'enrolled':
    case 'registered':
      return `${event.kind} as ${event.host}`
    case 'refused':
      return `refused (${event.error}): ${event.message}`
    case 'nonsense':
      return `${event.count} packets were none: ${event.why}`
    case 'draining':
      return `draining, for ${event.seconds} s at most`
    case 'ended':
      return event.message === undefined ? `ended: ${event.why}` : `ended: ${event.why}: ${event.message}`
  }
}
