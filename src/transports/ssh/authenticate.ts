import type {
  AnyAuthMethod,
  AuthenticationType,
  AuthHandlerMiddleware,
  BaseAgent,
  ParsedKey,
  SigningRequestOptions,
} from 'ssh2'
import { HostTrouble } from '../../core/ports.ts'
import type { Identities, Identity } from './identities.ts'
import type { Ssh2Library } from './ssh2.ts'
import { describeTarget, type Target } from './target.ts'
import { wordsOf } from './trouble.ts'

/** How one handshake authenticates, and what came of it. */
export interface Authentication {
  readonly handler: AuthHandlerMiddleware
  /** Why the server did not let us in, in words that say what to do. */
  trouble(said?: string): HostTrouble
}

interface Hooks {
  /** Runs before anything is sent that says who we are; a rejection ends the handshake. */
  readonly before: () => Promise<void>
  /** Stops the deadline's clock while a person answers. */
  readonly waiting: <T>(work: () => Promise<T>) => Promise<T>
  readonly fail: (error: unknown) => void
}

/** Offers the identities one after the other, and at the end asks what else the host would take. */
export function createAuthentication(
  ssh2: Ssh2Library,
  target: Target,
  identities: Identities,
  hooks: Hooks,
): Authentication {
  const problems = [...identities.unusable]
  const left = [...identities.offered]
  const offered: string[] = []
  let methods: readonly string[] | undefined
  let prepared = false

  const next = (): AnyAuthMethod | undefined => {
    const identity = left.shift()
    if (identity) {
      offered.push(identity.label)
      const agent = singleKeyAgent(ssh2, identity, hooks, reason =>
        problems.push(`${identity.label}: ${reason}`),
      )
      return { type: 'agent', username: target.user, agent }
    }
    // Without any key left, asking for nothing is how a client learns which methods there are.
    return methods === undefined ? { type: 'none', username: target.user } : undefined
  }
  const proceed = async (
    allowed: readonly AuthenticationType[] | null,
    answer: (method: AnyAuthMethod | false) => void,
  ) => {
    methods = allowed ?? undefined
    if (!prepared) await hooks.before()
    prepared = true
    const method = allowed?.includes('publickey') === false ? undefined : next()
    answer(method ?? false)
  }
  return {
    handler: (allowed, _partial, answer) => {
      // `false` is how ssh2 is told that there is nothing left; its typings leave that out.
      proceed(allowed, answer as (method: AnyAuthMethod | false) => void).catch(hooks.fail)
    },
    trouble: said => authTrouble(target, { offered, problems, methods, waiting: left.length, said }),
  }
}

interface Attempted {
  readonly offered: readonly string[]
  readonly problems: readonly string[]
  /** What the host would take; unknown before its first answer. */
  readonly methods: readonly string[] | undefined
  readonly waiting: number
  readonly said: string | undefined
}

function authTrouble(target: Target, { offered, problems, methods, waiting, said }: Attempted): HostTrouble {
  const where = `${target.host}: ${describeTarget(target)}`
  const detail = { user: target.user, offered, problems, methods }
  const also = problems.length > 0 ? `. ${problems.join('. ')}` : ''
  if (said !== undefined && /too many authentication failures/i.test(said)) {
    return new HostTrouble(
      'auth',
      `${where} ended after ${offered.length} keys (too many authentication failures; ${waiting} more were not tried). ` +
        `Name the right one: key in the host, or IdentityFile with IdentitiesOnly yes${also}`,
      { detail },
    )
  }
  if (methods && !methods.includes('publickey')) {
    return new HostTrouble(
      'auth',
      `${where} takes no keys (it takes ${methods.join(', ') || 'nothing'}); allow PubkeyAuthentication there${also}`,
      { detail },
    )
  }
  const message =
    offered.length > 0
      ? `${where} refused ${offered.length === 1 ? 'the key' : 'the keys'} ${offered.join(', ')}; add the public key to its authorized_keys, or name another user or key${also}`
      : `${where} wants a key and there is none to offer; name one with key, or load one into the agent${also}`
  return new HostTrouble('auth', said === undefined ? message : `${message} (it said: ${said})`, { detail })
}

/** ssh2 asks an agent for signatures at the last moment; so that is what each identity pretends to be. */
function singleKeyAgent(
  ssh2: Ssh2Library,
  identity: Identity,
  hooks: Hooks,
  remark: (reason: string) => void,
): BaseAgent {
  class SingleKeyAgent extends ssh2.BaseAgent {
    override getIdentities(answer: (error: Error | undefined, keys?: ParsedKey[]) => void): void {
      answer(undefined, [identity.key])
    }

    override sign(
      _key: string | Buffer | ParsedKey,
      data: Buffer,
      options: SigningRequestOptions | ((error?: Error, signature?: Buffer) => void),
      answer?: (error?: Error, signature?: Buffer) => void,
    ): void {
      const done = typeof options === 'function' ? options : answer
      const hash = typeof options === 'function' ? undefined : options.hash
      identity
        .sign(data, hash, hooks.waiting)
        .then(
          signature => done?.(undefined, signature),
          (error: unknown) => {
            remark(wordsOf(error))
            done?.(error instanceof Error ? error : new Error(wordsOf(error)))
          },
        )
        .catch(hooks.fail)
    }
  }
  return new SingleKeyAgent()
}
