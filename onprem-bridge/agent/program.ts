import { readFileSync, rmSync } from 'node:fs'
import { dial } from '../../src/transports/zeromq/dial.ts'
import { keepKeyFile } from '../../src/transports/zeromq/key-file.ts'
import { type AgentEvent, startAgent } from './agent.ts'
import type { AgentFile } from './options.ts'

/** The release of this program, as it registers where its options don't say more. */
const release = '0.1.0'

/** What an agent's program tells of itself; never a key that is secret, and never a token. */
export type ProgramEvent =
  | AgentEvent
  | { readonly kind: 'started'; readonly version: string; readonly host: string; readonly key: string }
  | { readonly kind: 'draining'; readonly seconds: number }
  | { readonly kind: 'ended'; readonly why: string; readonly message?: string }

/** The exit status of an agent that its bridge doesn't want. */
const refused = 3

/**
 * Is the agent of this host until `signal` is aborted, which drains it, or until the bridge refuses it. Answers the exit
 * status: 0, or 3 when it was refused. Throws for a file of keys that can't be used.
 */
export async function runAgent(
  options: AgentFile,
  { signal, tell }: { readonly signal: AbortSignal; readonly tell: (event: ProgramEvent) => void },
): Promise<number> {
  const { publicKey, secretKey } = keepKeyFile(options.keyFile)
  const { version = release } = options
  tell({ kind: 'started', version, host: options.host, key: publicKey })
  const agent = startAgent({
    dial: listener =>
      dial(
        {
          url: options.bridge,
          serverKey: options.relayKey ?? options.bridgeKey,
          farKey: options.bridgeKey,
          keys: { publicKey, secretKey },
          purpose: 'agents',
        },
        listener,
      ),
    host: options.host,
    token: readToken(options),
    folder: options.state,
    version,
    maxCalls: options.maxCalls,
    onEvent: event => {
      tell(event)
      if (event.kind === 'enrolled' && options.tokenFile !== undefined)
        rmSync(options.tokenFile, { force: true })
    },
  })
  const drain = () => {
    tell({ kind: 'draining', seconds: options.drain })
    void agent.stop(options.drain * 1_000)
  }
  if (signal.aborted) drain()
  else signal.addEventListener('abort', drain, { once: true })
  const ended = await agent.over
  // Refused, it still ends what it had under way.
  await agent.stop(0)
  signal.removeEventListener('abort', drain)
  tell({ kind: 'ended', ...ended })
  return ended.why === 'stopped' ? 0 : refused
}

function readToken({ tokenFile }: AgentFile): string | undefined {
  if (tokenFile === undefined) return undefined
  try {
    return readFileSync(tokenFile, 'utf8').trim() || undefined
  } catch {
    // It was used and removed, as it should be.
    return undefined
  }
}
