import type { OpenSSHAgent, ParsedKey } from 'ssh2'
import { type Keyring, KeyUnusable } from './keyring.ts'
import { keyType } from './known-hosts/parse.ts'
import type { Ssh2Library } from './ssh2.ts'
import type { Target } from './target.ts'
import { wordsOf } from './trouble.ts'

/** A key that can be offered. The private half is only looked for when the server wants a signature. */
export interface Identity {
  /** How messages call it: a path, or what the agent calls it. */
  readonly label: string
  readonly key: ParsedKey
  /** Signs with the given hash (RSA only). `waiting` wraps the time that a person may take. */
  sign(
    data: Buffer,
    hash: string | undefined,
    waiting: <T>(work: () => Promise<T>) => Promise<T>,
  ): Promise<Buffer>
}

/** What can be offered to a target, and what can't and why. */
export interface Identities {
  readonly offered: readonly Identity[]
  readonly unusable: readonly string[]
}

/**
 * Collects a target's keys in the order of their promise: the named files (signed by the agent where it holds
 * them, which spares the passphrase), what else the agent holds unless only the named ones are wanted, and the
 * usual files last.
 */
export async function collectIdentities(
  ssh2: Ssh2Library,
  target: Target,
  keyring: Keyring,
): Promise<Identities> {
  const unusable: string[] = []
  const agent = target.agent === undefined ? undefined : new ssh2.OpenSSHAgent(target.agent)
  const held = agent === undefined ? [] : await heldKeys(agent, target.agent ?? '', unusable)

  const files: { identity: Identity; named: boolean }[] = []
  for (const { path, named } of target.keys) {
    const identity = await fileIdentity(path, named, keyring, held, unusable)
    if (identity) files.push({ identity, named })
  }
  const named = files.filter(file => file.named).map(file => file.identity)
  const usual = files.filter(file => !file.named).map(file => file.identity)
  const fromAgent = target.onlyKeys ? [] : held.map(({ identity }) => identity)
  return { offered: withoutTwins([...named, ...fromAgent, ...usual]), unusable }
}

interface Held {
  readonly blob: Buffer
  readonly identity: Identity
}

/** An agent is a process of this machine: one that takes longer, in milliseconds, hangs. */
const agentPatience = 2_000

/** Asks the agent for its keys; one that does not answer is a remark and no failure: files may do. */
async function heldKeys(agent: OpenSSHAgent, path: string, remarks: string[]): Promise<Held[]> {
  const { promise, resolve } = Promise.withResolvers<readonly ParsedKey[]>()
  const silent = setTimeout(() => {
    remarks.push(`the agent at ${path} does not answer`)
    resolve([])
  }, agentPatience)
  agent.getIdentities((error, keys) => {
    clearTimeout(silent)
    if (error) remarks.push(`the agent at ${path} does not answer (${error.message})`)
    // Security keys and certificates are missing already: ssh2 can't sign with those and passes them over.
    resolve((keys ?? []).filter(key => 'getPublicSSH' in key))
  })
  return (await promise).map(key => ({ blob: key.getPublicSSH(), identity: agentIdentity(agent, key) }))
}

/** The public keys that an agent holds; none when it does not answer. */
export async function localKeys(ssh2: Ssh2Library, agent: string): Promise<readonly ParsedKey[]> {
  return (await heldKeys(new ssh2.OpenSSHAgent(agent), agent, [])).map(({ identity }) => identity.key)
}

function agentIdentity(agent: OpenSSHAgent, key: ParsedKey): Identity {
  return {
    label: `${key.comment || key.type} (agent)`,
    key,
    sign(data, hash, waiting) {
      // The agent may ask its person to confirm.
      return waiting(() => {
        const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
        agent.sign(key, data, hash === undefined ? {} : { hash: hash as 'sha256' }, (error, signature) => {
          if (signature) resolve(signature)
          else reject(error ?? new KeyUnusable('the agent did not sign'))
        })
        return promise
      })
    },
  }
}

async function fileIdentity(
  path: string,
  named: boolean,
  keyring: Keyring,
  held: readonly Held[],
  unusable: string[],
): Promise<Identity | undefined> {
  const file = await keyring.read(path)
  const say = (reason: string) => {
    unusable.push(`${path}: ${reason}`)
    return undefined
  }
  switch (file.kind) {
    case 'absent':
      return named ? say('there is no such file') : undefined
    case 'unusable':
      return say(file.reason)
    case 'private':
      return { label: path, key: file.key, sign: async (data, hash) => signWith(file.key, data, hash) }
  }
  const blob = file.key?.getPublicSSH()
  const inAgent = blob === undefined ? undefined : held.find(other => other.blob.equals(blob))
  if (inAgent) return { ...inAgent.identity, label: `${path} (agent)` }
  if (file.kind === 'public')
    return say(
      `only its public half (${keyType(file.key.getPublicSSH())}) is here, and no agent holds the private one`,
    )
  try {
    // Old PEM files say nothing without their passphrase, so it is needed before the key can be offered.
    const key = file.key ?? (await keyring.unlock(path, file.text))
    return {
      label: path,
      key,
      sign: async (data, hash, waiting) =>
        signWith(await waiting(() => keyring.unlock(path, file.text)), data, hash),
    }
  } catch (error) {
    return say(wordsOf(error))
  }
}

function signWith(key: ParsedKey, data: Buffer, hash: string | undefined): Buffer {
  const signature: Buffer | Error = key.sign(data, hash)
  if (signature instanceof Error) throw signature
  return signature
}

/** The same key by two ways counts twice against the server's MaxAuthTries. */
function withoutTwins(identities: readonly Identity[]): Identity[] {
  const seen = new Set<string>()
  return identities.filter(({ key }) => {
    const blob = key.getPublicSSH().toString('base64')
    return !seen.has(blob) && seen.add(blob)
  })
}
