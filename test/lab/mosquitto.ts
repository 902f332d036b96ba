import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect as dial } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import mqtt, { type MqttClient } from 'mqtt'
import { findBinary } from '../../scripts/house/binaries.mjs'
import { freePort } from './servers.ts'

const run = promisify(execFile)

export interface MosquittoOptions {
  /** Who may come in; anybody when left out. */
  readonly users?: Readonly<Record<string, string>>
  readonly tls?: boolean
  /** More lines of its configuration. */
  readonly lines?: readonly string[]
  /** What its list of rights says. */
  readonly acl?: string
}

/** A real broker on loopback that can go and come back at the same port. */
export interface Mosquitto {
  readonly url: string
  /** The certificate of who signed its own, where it speaks TLS. */
  readonly ca: string | undefined
  start(): Promise<void>
  /** Ends it, as the power would where a signal is named. */
  stop(signal?: NodeJS.Signals): Promise<void>
  /** A client besides, which is connected; it is ended with the broker. */
  client(options?: mqtt.IClientOptions): Promise<MqttClient>
  /** Ends all, and removes its files. */
  close(): Promise<void>
}

export async function startMosquitto(options: MosquittoOptions = {}): Promise<Mosquitto> {
  const folder = await mkdtemp(path.join(tmpdir(), 'reops-mosquitto-'))
  const clients: MqttClient[] = []
  const ca = options.tls ? await makeCertificates(folder) : undefined
  const port = await freePort()
  await configure(folder, port, options)
  const url = `${options.tls ? 'mqtts' : 'mqtt'}://localhost:${port}`
  let child: ChildProcess | undefined

  const start = async () => {
    child = spawn(findBinary('mosquitto')!, ['-c', path.join(folder, 'mosquitto.conf')], { stdio: 'ignore' })
    const ended = once(child, 'exit')
    for (let tries = 0; tries < 200; tries++) {
      if (await answers(port)) return
      if (child.exitCode !== null) break
      await Promise.race([sleep(25), ended])
    }
    throw new Error(
      `mosquitto did not start: ${await readFile(path.join(folder, 'log'), 'utf8').catch(() => '')}`,
    )
  }
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    const ending = child
    child = undefined
    if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return
    const ended = once(ending, 'exit')
    ending.kill(signal)
    await ended
  }
  await start()
  return {
    url,
    ca,
    start,
    stop,
    async client(own = {}) {
      const client = mqtt.connect(url, { reconnectPeriod: 0, ...(ca === undefined ? {} : { ca }), ...own })
      client.on('error', () => {})
      clients.push(client)
      await new Promise(resolve => client.once('connect', resolve))
      return client
    },
    async close() {
      for (const client of clients) client.end(true)
      await stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function configure(folder: string, port: number, options: MosquittoOptions): Promise<void> {
  const { users, tls, lines = [], acl } = options
  const file = (name: string) => path.join(folder, name)
  if (users !== undefined) {
    await writeFile(file('users'), '', { mode: 0o600 })
    for (const [name, password] of Object.entries(users))
      await run(findBinary('mosquitto_passwd')!, ['-b', file('users'), name, password])
  }
  if (acl !== undefined) await writeFile(file('acl'), acl, { mode: 0o600 })
  const config = [
    'per_listener_settings false',
    `listener ${port} localhost`,
    // It would become somebody else, who can't read what is ours.
    ...(process.getuid?.() === 0 ? ['user root'] : []),
    `allow_anonymous ${users === undefined}`,
    ...(users === undefined ? [] : [`password_file ${file('users')}`]),
    ...(acl === undefined ? [] : [`acl_file ${file('acl')}`]),
    ...(tls
      ? [`cafile ${file('ca.pem')}`, `certfile ${file('cert.pem')}`, `keyfile ${file('key.pem')}`]
      : []),
    'persistence false',
    `log_dest file ${file('log')}`,
    ...lines,
  ]
  await writeFile(file('mosquitto.conf'), `${config.join('\n')}\n`)
}

function answers(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = dial(port, 'localhost')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

/** Makes somebody who signs and a certificate for localhost; answers the signer's own. */
async function makeCertificates(folder: string): Promise<string> {
  const openssl = (...words: string[]) => run('openssl', words, { cwd: folder })
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  await openssl(
    'req',
    '-x509',
    ...kind,
    '-keyout',
    'ca-key.pem',
    '-out',
    'ca.pem',
    '-subj',
    '/CN=closet',
    '-days',
    '2',
  )
  await openssl('req', ...kind, '-keyout', 'key.pem', '-out', 'request.pem', '-subj', '/CN=localhost')
  await writeFile(path.join(folder, 'names'), 'subjectAltName=DNS:localhost\n')
  const signed = [
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca-key.pem',
    '-CAcreateserial',
    '-extfile',
    'names',
    '-days',
    '2',
  ]
  await openssl('x509', '-req', '-in', 'request.pem', '-out', 'cert.pem', ...signed)
  return readFile(path.join(folder, 'ca.pem'), 'utf8')
}
