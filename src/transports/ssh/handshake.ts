import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Client, ConnectConfig } from 'ssh2'
import type { HostTrouble } from '../../core/ports.ts'
import { offeredAlgorithms } from './algorithms.ts'
import { createAuthentication } from './authenticate.ts'
import type { Deadline } from './deadline.ts'
import { gatherWrites } from './gather-writes.ts'
import { explainHandshake, type Stage } from './handshake-trouble.ts'
import { collectIdentities } from './identities.ts'
import type { Keyring } from './keyring.ts'
import { judge, knownTypes } from './known-hosts/judge.ts'
import { fingerprint } from './known-hosts/parse.ts'
import type { KnownHosts } from './known-hosts/store.ts'
import { lighten } from './lighten.ts'
import type { SshSettings } from './options.ts'
import type { Ssh2Library } from './ssh2.ts'
import type { Target } from './target.ts'

/** What every handshake of a transport shares. */
export interface HandshakeParts {
  readonly ssh2: Ssh2Library
  readonly settings: SshSettings
  readonly keyring: Keyring
  readonly knownHosts: KnownHosts
}

/** What is waiting for us before the server's identification never fills more than this. */
const greetingLimit = 1_024

/**
 * Makes one SSH session over `socket`, a tunnel or a TCP socket that is dialled here: identification, key exchange, the host's
 * key judged and a first contact recorded, and only then authentication. Throws `HostTrouble`, or `Dropped` when
 * the server hung up before it said anything, which is what MaxStartups does.
 */
export async function handshake(
  parts: HandshakeParts,
  target: Target,
  socket: Duplex,
  deadline: Deadline,
): Promise<Client> {
  const { ssh2, settings, knownHosts } = parts
  const files = target.knownHostsFiles
  const [entries, identities] = await Promise.all([
    knownHosts.entries(files),
    collectIdentities(ssh2, target, parts.keyring),
  ])
  deadline.signal.throwIfAborted()

  const client = new ssh2.Client()
  const session = Promise.withResolvers<Client>()
  let stage: Stage = socket instanceof Socket ? 'connection' : 'identification'
  let greeting = ''
  let waited = false
  let verdict: HostTrouble | undefined
  let firstContact: Buffer | undefined
  let error: Error | undefined

  const fail = (reason: unknown) => session.reject(reason)
  const question = {
    host: target.host,
    name: target.hostKeyName,
    strict: target.strict,
    ownFile: settings.ownKnownHostsFile,
  }
  const authentication = createAuthentication(ssh2, target, identities, {
    // The signature over the exchange is checked by now: the host does hold the key that it showed.
    before: async () => {
      stage = 'authentication'
      if (firstContact === undefined) return
      if (await knownHosts.record(files, firstContact, question)) {
        settings.onEvent?.({
          kind: 'recorded',
          host: target.host,
          name: question.name,
          fingerprint: fingerprint(firstContact),
        })
      }
    },
    waiting: work => {
      waited = true
      return deadline.pausedWhile(work)
    },
    fail,
  })
  const explain = () =>
    verdict ??
    explainHandshake({
      target,
      stage,
      greeting,
      waited,
      error,
      authentication,
      expired: deadline.expired(),
      aborted: deadline.signal.aborted,
    })
  const end = () => fail(explain())

  const config: ConnectConfig = {
    sock: socket,
    username: target.user,
    readyTimeout: 0,
    algorithms: offeredAlgorithms(settings.algorithms, knownTypes(entries, target.hostKeyName)),
    hostVerifier: (key: Buffer) => {
      const judged = judge(entries, key, question)
      if (judged.verdict === 'refused') verdict = judged.trouble
      if (judged.verdict === 'new') firstContact = key
      return judged.verdict !== 'refused'
    },
    authHandler: authentication.handler,
  }
  client
    .on('connect', () => {
      stage = 'identification'
    })
    .on('ready', () => session.resolve(client))
    .on('error', reason => {
      // A key that can't sign is passed over; the others may do.
      if ('level' in reason && reason.level === 'agent') return
      error ??= reason
      setImmediate(end)
    })
    .on('close', end)
  deadline.signal.addEventListener('abort', end, { once: true })

  try {
    // ssh2 takes a socket that is not connecting for one that is connected, so the dialling comes first.
    if (socket instanceof Socket) dial(socket, target)
    client.connect(config)
    lighten(client)
    const listen = (chunk: Buffer) => {
      greeting += chunk.toString('latin1', 0, greetingLimit - greeting.length)
      if (!/^SSH-/m.test(greeting) && greeting.length < greetingLimit) return
      socket.removeListener('data', listen)
      if (/^SSH-/m.test(greeting)) stage = 'key exchange'
    }
    socket.on('data', listen)
    return await session.promise
  } catch (reason) {
    client.on('error', () => undefined)
    client.destroy()
    socket.destroy()
    throw reason
  } finally {
    deadline.signal.removeEventListener('abort', end)
  }
}

/** Nagle's algorithm and delayed acknowledgements together cost 40 ms a command. */
function dial(socket: Socket, target: Target): void {
  socket.setNoDelay(true)
  socket.connect({ host: target.address, port: target.port, autoSelectFamily: true })
  gatherWrites(socket)
}
