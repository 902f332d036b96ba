import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import ssh2, { type Client, type ClientChannel, type ConnectConfig, type SFTPWrapper } from 'ssh2'
import { onTestFinished } from 'vitest'
import { type Closet, type ClosetHost, openCloset } from '../../../../src/transports/ssh/closet/closet.ts'

/** A scratch folder that goes away with the test. */
export async function scratch(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'reops-closet-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** A closet that is closed with the test. */
export async function closetOf(...hosts: ClosetHost[]): Promise<Closet> {
  const closet = await openCloset({ folder: await scratch(), ...(hosts.length > 0 && { hosts }) })
  onTestFinished(() => closet.close())
  return closet
}

export function homeOf(closet: Closet, name: string): string {
  return join(closet.folder, name)
}

/** An ssh2 client that is logged in to a host, with its host key checked against the closet's file. */
export async function connect(closet: Closet, name: string, config: ConnectConfig = {}): Promise<Client> {
  const host = closet.hosts.find(host => host.name === name)!
  const client = new ssh2.Client()
  const known = await readFile(closet.knownHosts, 'utf8')
  onTestFinished(() => void client.end())
  client.connect({
    host: host.address,
    port: host.port,
    username: host.user,
    privateKey: await readFile(closet.key),
    hostVerifier: (key: Buffer) =>
      known.includes(`[${name}]:${host.port} ssh-ed25519 ${key.toString('base64')}\n`),
    ...config,
  })
  const ready = once(client, 'ready')
  // One that is refused, or cut off later, may have more to complain about than the test waits for.
  client.on('error', () => {})
  await ready
  client.setNoDelay(true)
  return client
}

export interface Said {
  stdout: string
  stderr: string
  code: number | null
  signal: string | undefined
}

/** Opens a channel for a command and leaves it to the test. */
export function open(client: Client, command: string): Promise<ClientChannel> {
  return new Promise((resolve, reject) =>
    client.exec(command, (error, channel) => (error ? reject(error) : resolve(channel))),
  )
}

/** Everything that a channel says until it closes. */
export async function said(channel: ClientChannel): Promise<Said> {
  const result: Said = { stdout: '', stderr: '', code: null, signal: undefined }
  channel.on('data', (chunk: Buffer) => {
    result.stdout += chunk
  })
  channel.stderr.on('data', (chunk: Buffer) => {
    result.stderr += chunk
  })
  // The status is taken from here since an exit event may have come before anybody could listen for it.
  const [code, signal] = await once(channel, 'close')
  return Object.assign(result, { code, signal })
}

/** Runs a command with this input, and the end of input after it. */
export async function execute(client: Client, command: string, stdin = ''): Promise<Said> {
  const channel = await open(client, command)
  channel.end(stdin)
  return said(channel)
}

export function sftpOf(client: Client): Promise<SFTPWrapper> {
  return new Promise((resolve, reject) =>
    client.sftp((error, sftp) => (error ? reject(error) : resolve(sftp))),
  )
}

/** One SFTP request, as a promise; a refusal rejects with its status in `code`. */
export function ask<T = void>(request: (done: (error: any, answer?: any) => void) => void): Promise<T> {
  return new Promise((resolve, reject) =>
    request((error, answer) => (error ? reject(error) : resolve(answer))),
  )
}

/** Waits until something is so; the test's own timeout is the deadline. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(10)
}

/** Whether a process runs; one that is dead and not yet collected doesn't. */
export function runs(pid: number): boolean {
  const stat = `/proc/${pid}/stat`
  if (existsSync('/proc/self/stat')) return existsSync(stat) && !/\) [ZX] /.test(readOrEmpty(stat))
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ') X '
  }
}
