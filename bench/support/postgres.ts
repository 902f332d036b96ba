import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Service } from '../../scripts/house/services.mjs'

/** Where Debian keeps the programs of each version, which are not on PATH. */
const versions = '/usr/lib/postgresql'

export const postgresService: Service = {
  package: 'postgresql',
  binary: 'pg_ctlcluster',
  purpose: 'the database of the durable engine that ours is held against',
  daemon: { process: 'postgres', service: 'postgresql' },
}

/** A PostgreSQL of our own on loopback. */
export interface Postgres {
  readonly version: string
  /** Makes a database and answers its address. Without `durable`, its commits don't wait for the disk. */
  database(name: string, options: { durable: boolean }): string
  stop(): Promise<void>
}

/**
 * Starts a fresh cluster in a folder below `parent`, with PostgreSQL's own defaults but for where it listens. It runs
 * as `postgres` where we are root, whom it refuses. Rejects when it isn't ready within 30 seconds.
 */
export async function startPostgres(parent = os.tmpdir()): Promise<Postgres> {
  const version = (await readdir(versions)).sort((a, b) => Number(b) - Number(a))[0]
  if (version === undefined) throw new Error(`no PostgreSQL in ${versions}: apt-get install postgresql`)
  const bin = (name: string) => path.join(versions, version, 'bin', name)
  const folder = await mkdtemp(path.join(parent, 'reops-postgres-'))
  const user = process.getuid?.() === 0 ? await giveAway(folder) : {}
  let server: ChildProcess | undefined
  // Otherwise a bench that is ended early would leave a server behind.
  const early = () => void stop().finally(() => process.exit(130))
  const stop = async () => {
    process.off('SIGINT', early).off('SIGTERM', early)
    if (server !== undefined && server.exitCode === null && server.signalCode === null) {
      const over = once(server, 'exit')
      server.kill('SIGINT')
      await over
    }
    await rm(folder, { recursive: true, force: true })
  }
  process.once('SIGINT', early).once('SIGTERM', early)
  try {
    const data = path.join(folder, 'data')
    const inFolder = { ...user, cwd: folder, encoding: 'utf8', timeout: 60_000 } as const
    execFileSync(bin('initdb'), ['-D', data, '-U', 'bench', '-A', 'trust', '-E', 'UTF8'], inFolder)
    const port = await freePort()
    const where = ['-h', '127.0.0.1', '-p', `${port}`]
    server = spawn(bin('postgres'), ['-D', data, ...where, '-k', folder], {
      ...user,
      cwd: folder,
      stdio: 'ignore',
    })
    await ready(() => execFileSync(bin('pg_isready'), where, inFolder))
    const ask = (sql: string) =>
      execFileSync(bin('psql'), [...where, '-U', 'bench', '-d', 'postgres', '-Atc', sql], inFolder).trim()
    return {
      version: ask('SHOW server_version'),
      database(name, { durable }) {
        ask(`CREATE DATABASE ${name}`)
        if (!durable) ask(`ALTER DATABASE ${name} SET synchronous_commit = off`)
        return `postgresql://bench@127.0.0.1:${port}/${name}`
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

async function giveAway(folder: string): Promise<{ uid: number; gid: number }> {
  const id = (which: string) => Number(execFileSync('id', [which, 'postgres'], { encoding: 'utf8' }))
  const user = { uid: id('-u'), gid: id('-g') }
  await chown(folder, user.uid, user.gid)
  return user
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

async function ready(check: () => unknown): Promise<void> {
  for (const deadline = Date.now() + 30_000; ; ) {
    try {
      check()
      return
    } catch (error) {
      if (Date.now() > deadline) throw error
      await sleep(100)
    }
  }
}
