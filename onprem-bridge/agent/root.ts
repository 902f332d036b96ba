/**
 * The agent as `reops agent` starts it: with its options from flags or a file, and in words for a person. A host that has
 * only the bundle starts main.ts.
 */
import { readFileSync, rmSync } from 'node:fs'
import { hostname } from 'node:os'
import path from 'node:path'
import { explainIssues, InvalidConfig } from '../../src/core/errors.ts'
import { stateFolder } from '../../src/run/config.ts'
import type { RootOptions } from '../../src/run/root.ts'
import { dial } from '../../src/transports/zeromq/dial.ts'
import { keepKeyFile } from '../../src/transports/zeromq/key-file.ts'
import { type AgentEvent, startAgent } from './agent.ts'
import { type AgentFile, agentOptionsSchema, readAgentOptions } from './options.ts'

/** The release of this program, as it registers. */
const version = '0.1.0'

/** Runs the agent until it is told to end, or the bridge doesn't want it: then it answers 3. Throws `InvalidConfig`. */
export async function start(root: RootOptions): Promise<number> {
  const { say, signal } = root
  const options = optionsOf(root)
  const { publicKey, secretKey } = keepKeyFile(options.keyFile)
  say(`agent of ${options.host}, by the key ${publicKey}`)
  const onEvent = (event: AgentEvent) => {
    say(wordsOf(event))
    if (event.kind === 'enrolled' && options.tokenFile !== undefined)
      rmSync(options.tokenFile, { force: true })
  }
  const { bridge: url, bridgeKey: farKey, relayKey: serverKey = farKey } = options
  const keys = { publicKey, secretKey }
  const agent = startAgent({
    dial: listener => dial({ url, serverKey, farKey, keys, purpose: 'agents' }, listener),
    host: options.host,
    token: tokenOf(options),
    folder: options.state,
    version,
    maxCalls: options.maxCalls,
    onEvent,
  })
  const stop = () => void agent.stop(options.drain * 1_000)
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop, { once: true })
  try {
    const ended = await agent.over
    if (ended.why === 'refused') say(`the bridge refuses it: ${ended.message}`)
    return ended.why === 'stopped' ? 0 : 3
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/** The file that is named, or what the flags say; the state folder has a place for the rest. */
function optionsOf({ loaded, args: { flags, words } }: RootOptions): AgentFile {
  const said = ['bridge', 'bridge-key', 'relay-key', 'host', 'token-file', 'max-calls'].filter(
    name => flags[name] !== undefined,
  )
  if (words[0] !== undefined) {
    if (said.length > 0)
      throw new InvalidConfig(
        `${words[0]} says all of it, and --${said[0]} is given too: leave one of them out`,
      )
    return readAgentOptions(words[0])
  }
  for (const name of ['bridge', 'bridge-key'])
    if (flags[name] === undefined)
      throw new InvalidConfig(`reops agent needs --${name}, or a file of options`)
  const state = path.join(stateFolder(loaded), 'agent')
  const token = flags['token-file']
  const parsed = agentOptionsSchema.safeParse({
    bridge: flags.bridge,
    bridgeKey: flags['bridge-key'],
    ...(flags['relay-key'] === undefined ? {} : { relayKey: flags['relay-key'] }),
    ...(token === undefined ? {} : { tokenFile: path.resolve(String(token)) }),
    ...(flags['max-calls'] === undefined ? {} : { maxCalls: Number(flags['max-calls']) }),
    host: flags.host ?? hostname(),
    keyFile: path.join(state, 'agent.key'),
    state,
  })
  if (parsed.success) return parsed.data
  throw new InvalidConfig(`reops agent: ${explainIssues(parsed.error.issues)}`, { cause: parsed.error })
}

/** The token, where it was not used and removed. */
function tokenOf({ tokenFile }: AgentFile): string | undefined {
  try {
    return tokenFile === undefined ? undefined : readFileSync(tokenFile, 'utf8').trim() || undefined
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new InvalidConfig(`${tokenFile} can't be read: ${(error as Error).message}`, { cause: error })
  }
}

function wordsOf(event: AgentEvent): string {
  switch (event.kind) {
    case 'session':
      return `session ${event.state.at}${'why' in event.state && event.state.why ? `: ${event.state.why}` : ''}`
    case 'enrolled':
    case 'registered':
      return `${event.kind} as ${event.host}`
    case 'refused':
      return `refused (${event.error}): ${event.message}`
    case 'nonsense':
      return `${event.count} packets were none: ${event.why}`
  }
}
