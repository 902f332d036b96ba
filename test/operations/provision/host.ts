import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { pipe } from '../../../src/core/combinators/pipe.ts'
import type { HostsPort } from '../../../src/core/context.ts'
import { type Hosts, hosts } from '../../../src/core/hosts.ts'
import { checkOnly } from '../../../src/core/operation/check-only.ts'
import type { Operation } from '../../../src/core/operation/operation.ts'
import { source } from '../../../src/core/operation/source.ts'
import type { Failure, OnHosts, Outcome, Success } from '../../../src/core/outcome.ts'
import { openHostsPort } from '../../../src/run/hosts-port.ts'
import { createSshTransport } from '../../../src/transports/ssh/index.ts'
import { carryOut } from '../../fakes/carry-out.ts'
import { type Lab, type LabHostSpec, startLab } from '../../lab/sshd.ts'

/** The one host of a lab, reached by SSH. */
export const foo: Hosts = hosts(['foo'])

/** A real sshd, and a folder of its own in which resources are tried. */
export interface TestHost {
  readonly lab: Lab
  readonly port: HostsPort & { close(): Promise<void> }
  readonly folder: string
  /** A new folder in which one test works. */
  work(): Promise<string>
  /** What a resource answers, when it is no failure. */
  run<T>(operation: Operation<void, Outcome<Hosts, T>>): Promise<T>
  /** What it would answer if it were only looked at. */
  check<T>(operation: Operation<void, Outcome<Hosts, T>>): Promise<T>
  fail(operation: Operation<void, Outcome<Hosts, unknown>>): Promise<Failure>
  /** What a step answers after another one that ended so. */
  following<T>(
    before: Outcome<Hosts, unknown>,
    step: Operation<OnHosts, Outcome<Hosts, T>>,
  ): Promise<Success<T>>
  close(): Promise<void>
}

/** Starts a host. `more` are lines of its sshd's configuration, such as the PATH of its sessions. */
export async function startHost(config: (folder: string) => readonly string[] = () => []): Promise<TestHost> {
  const folder = await mkdtemp(path.join(tmpdir(), 'reops-provision-'))
  const spec: LabHostSpec = { name: 'foo', config: config(folder) }
  const lab = await startLab([spec])
  const { address, port: number } = lab.host('foo')
  const transport = createSshTransport({
    stateFolder: path.join(folder, 'state'),
    home: folder,
    configFile: false,
    knownHostsFiles: [lab.knownHosts],
    agent: false,
    hosts: { foo: { address, port: number, user: lab.user, key: lab.key } },
  })
  const port = openHostsPort({ ssh: () => transport }, { concurrency: 4, timeout: 20_000 })
  const outcome = <T>(operation: Operation<void, Outcome<Hosts, T>>) => carryOut(operation, { hosts: port })
  const run = async <T>(operation: Operation<void, Outcome<Hosts, T>>): Promise<T> => {
    const { successful, failure } = await outcome(operation)
    if (successful[0] === undefined) throw new Error(JSON.stringify(failure))
    return successful[0].value
  }
  return {
    lab,
    port,
    folder,
    run,
    work: async () => {
      const made = path.join(folder, 'work', String(Math.random()).slice(2))
      await mkdir(made, { recursive: true })
      return made
    },
    check: operation => run(checkOnly(operation)),
    fail: async operation => {
      const { failure, successful } = await outcome(operation)
      if (failure[0] === undefined) throw new Error(`no failure but ${JSON.stringify(successful)}`)
      return failure[0]
    },
    following: async (before, step) => {
      const { successful, failure } = await outcome(pipe(source(before), step))
      if (successful[0] === undefined) throw new Error(JSON.stringify(failure))
      return successful[0]
    },
    close: async () => {
      await port.close()
      await lab.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** All that is in a folder, with content, modes, owners, links and times, as one word. */
export async function fingerprint(folder: string): Promise<string> {
  const hash = createHash('sha256')
  const names = (await readdir(folder, { recursive: true })).sort()
  for (const name of ['', ...names]) {
    const { stdout } = await promisify(execFile)('stat', [
      '-c',
      '%n %f %u %g %s %Y %Z %i',
      path.join(folder, name),
    ])
    hash.update(stdout)
    const at = path.join(folder, name)
    const target = await readlink(at).catch(() => undefined)
    if (target !== undefined) hash.update(target)
    else if ((await stat(at)).isFile()) hash.update(await readFile(at))
  }
  return hash.digest('hex')
}
