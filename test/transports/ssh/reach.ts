import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import type { CommandResult, Transport } from '../../../src/core/ports.ts'
import { createSshTransport, type SshEvent, type SshOptions } from '../../../src/transports/ssh/index.ts'
import type { Lab } from '../../lab/sshd.ts'

export { troubleOf } from '../../support/trouble-of.ts'

/** A signal that nobody aborts. */
export const never = new AbortController().signal

/** A transport over a lab, in a state folder of its own, that leaves nothing of the real home in. */
export interface Reach {
  readonly transport: Transport
  readonly folder: string
  readonly events: SshEvent[]
  run(host: string, command: readonly string[] | string): Promise<CommandResult>
  close(): Promise<void>
}

/** What a transport needs to know of a lab: addresses, user, key and known hosts. */
function optionsFor(lab: Lab, folder: string): SshOptions {
  return {
    stateFolder: path.join(folder, 'state'),
    home: folder,
    configFile: false,
    knownHostsFiles: [lab.knownHosts],
    agent: false,
    hosts: Object.fromEntries(
      lab.hosts.map(({ name, address, port, behind }) => [
        name,
        { address, port, user: lab.user, key: lab.key, ...(behind === undefined ? {} : { jump: [behind] }) },
      ]),
    ),
  }
}

export async function reach(lab: Lab, change: Partial<SshOptions> = {}): Promise<Reach> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'reops-ssh-'))
  const events: SshEvent[] = []
  const transport = createSshTransport({
    ...optionsFor(lab, folder),
    onEvent: event => events.push(event),
    ...change,
  })
  return {
    transport,
    folder,
    events,
    async run(host, command) {
      const remote = await transport.open({ name: host }, { signal: never })
      return remote.exec(command, { signal: never })
    },
    async close() {
      await transport.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
