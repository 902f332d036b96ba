import path from 'node:path'
import { HostTrouble, type Remote, type Transport } from '../../src/core/ports.ts'
import { createTasks } from '../../src/transports/ssh/tasks.ts'
import type { AgentLine, Hub } from './hub.ts'
import { download } from './remote/download.ts'
import { type ExecSettings, exec } from './remote/exec.ts'
import { sync } from './remote/sync.ts'
import { upload } from './remote/upload.ts'

/** What the transport takes besides its hub. Sizes are bytes. */
export interface AgentTransportOptions {
  /** Large output is kept below it, in `output`. */
  readonly stateFolder: string
  readonly inlineLimit?: number | undefined
  readonly spoolLimit?: number | undefined
}

/** For whom no time is set: Node's timers know no longer one; it is 24 days. */
const noTimeout = 2 ** 31 - 1

/**
 * Reaches hosts by their agents: `via: 'agent'`. What it does and answers is what the SSH transport does and answers;
 * besides, it calls the agent's functions by name.
 *
 * @example
 * const remote = await agentTransport(hub, { stateFolder: '.reops' }).open({ name: 'foo' }, { signal, wait: 60_000 })
 */
export function agentTransport(hub: Hub, options: AgentTransportOptions): Transport {
  const settings: ExecSettings = {
    inlineLimit: options.inlineLimit ?? 64 * 1_024,
    spoolLimit: options.spoolLimit ?? 4 * 1_024 ** 3,
    spoolFolder: path.join(options.stateFolder, 'output'),
  }
  const tasks = createTasks()
  return {
    async open(host, waiting) {
      tasks.mustBeOpen(host.name)
      const line = await tasks.run(host.name, waiting.signal, signal =>
        hub.open(host.name, { ...waiting, signal }),
      )
      return remoteOf(line, settings, (signal, work) => tasks.run(host.name, signal, work))
    },
    close: () => tasks.close(),
  }
}

type Run = <T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>) => Promise<T>

function remoteOf(line: AgentLine, settings: ExecSettings, run: Run): Remote {
  const bound = <O extends { signal: AbortSignal; timeout?: number | undefined }, T>(
    options: O,
    work: (options: O & { timeout: number }) => Promise<T>,
  ): Promise<T> =>
    run(options.signal, signal => work({ ...options, signal, timeout: options.timeout ?? noTimeout }))
  return {
    exec: (command, options) => bound(options, its => exec(line, settings, command, its)),
    upload: (local, remote, options) => bound(options, its => upload(line, local, remote, its)),
    download: (remote, local, options) => bound(options, its => download(line, remote, local, its)),
    sync: (local, remote, options) => bound(options, its => sync(line, local, remote, its)),
    call: (name, params, options) =>
      bound(options, ({ signal, timeout, onOutput, bundle }) =>
        line.call({
          name,
          params,
          signal,
          timeout,
          bundle,
          onBytes: (stream, bytes) => {
            if (stream === 'content')
              throw new HostTrouble('exception', `${line.host}: ${name} said what nobody reads`)
            onOutput?.(stream, bytes)
          },
        }),
      ),
  }
}
