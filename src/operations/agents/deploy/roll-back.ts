import type { HostAtWork } from '../../../core/operation/host-at-work.ts'
import { HostTrouble } from '../../../core/ports.ts'
import { ask } from '../../provision/ask.ts'
import type { Deployment } from './parts.ts'
import { rollbackScript, unstageScript } from './scripts/undo.ts'
import { grace } from './wanted.ts'

/** Milliseconds that going back may take, whatever time the host had left or who cancelled. */
const patience = 90_000

/** Milliseconds that the one before may take to register again, however little the new one was given. */
const leastForOld = 20_000

/** Lines of its log that a failure shows in its message. */
const shown = 3

/**
 * Goes back to what was on a host before a deployment failed, and takes its token back. Answers the failure as it is to be
 * told: with what is there now, and the last words of the agent's log.
 */
export async function rollBack(
  deployment: Deployment,
  { begun, token }: { readonly begun: boolean; readonly token: boolean },
  staged: string,
  error: unknown,
): Promise<unknown> {
  const { found, wanted, become } = deployment
  const host = unhurried(deployment.host)
  const done: string[] = []
  let log = ''
  try {
    if (staged !== '') await ask(host, { script: unstageScript, args: [staged], become: false })
    if (begun) {
      const args = [found.base, wanted.version, found.current ?? '', grace]
      const answer = await ask(host, { script: rollbackScript, args, become, most: 10_000 })
      log = answer.content?.toString('utf8').trim() ?? ''
      done.push(await wentBack(deployment, host, answer.fact('back')))
    }
  } catch (cause) {
    done.push(`it could not be taken back (${wordsOf(cause)}): look at ${found.base} and ${staged} there`)
  }
  try {
    if (token) done.push(...(await takeBackKey(deployment)))
  } catch (cause) {
    done.push(`its token could not be taken back: ${wordsOf(cause)}`)
  }
  if (!(error instanceof HostTrouble)) return error
  const last =
    log === '' ? [] : [`its log ends with: ${log.split('\n').slice(-shown).join(' | ').slice(0, 900)}`]
  return new HostTrouble(error.code, [error.message, ...done, ...last].join('; '), {
    detail: { ...error.detail, ...(log === '' ? {} : { log }) },
    cause: error,
  })
}

/** What is there now, in words. */
async function wentBack(
  { agents, within }: Deployment,
  host: HostAtWork,
  back: string | undefined,
): Promise<string> {
  if (back === 'nothing') return 'what was put there was removed again'
  if (back === 'same' || back === undefined)
    return 'what was put there stays, since it is what was there before'
  const there = await agents.waitFor(host.name, {
    version: back,
    timeout: Math.max(within, leastForOld),
    signal: host.signal,
  })
  return `it went back to ${back}, which ${there ? 'has registered again' : 'has not registered either'}`
}

async function takeBackKey({ agents, host, enrol }: Deployment): Promise<readonly string[]> {
  const now = agents.enrolled(host.name)
  await agents.withdraw(host.name)
  // Only a key that was let in by this token goes; one that was there before stays.
  if (now === undefined || now === enrol?.before) return []
  await agents.revoke(host.name)
  return enrol?.replace ? ['the key that it had before was replaced and is revoked'] : []
}

/** The host with time of its own: what is cancelled or late has to be taken back all the same. */
function unhurried(host: HostAtWork): HostAtWork {
  const signal = AbortSignal.timeout(patience)
  return {
    ...host,
    signal,
    timeout: patience,
    exec: (command, options) => host.exec(command, { ...options, signal, timeout: patience }),
  }
}

function wordsOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
