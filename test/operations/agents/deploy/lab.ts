import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readdir,
  realpath,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { hosts } from 're-ops'
import { type Bridge, openBridge } from '../../../../onprem-bridge/bridge.ts'
import { compile } from '../../../../src/compile/compile.ts'
import { configSchema } from '../../../../src/core/config.ts'
import type { Hosts } from '../../../../src/core/hosts.ts'
import type { Json } from '../../../../src/core/json.ts'
import type { Operation } from '../../../../src/core/operation/operation.ts'
import type { OnHosts, Outcome } from '../../../../src/core/outcome.ts'
import { systemClock } from '../../../../src/executor/index.ts'
import { addKey } from '../../../../src/run/bridge/keyring/keys.ts'
import { bridgePlace } from '../../../../src/run/bridge/place.ts'
import type { LoadedConfig } from '../../../../src/run/config.ts'
import { openSpillFolder } from '../../../../src/state/spill-folder.ts'
import { openBridgeClient } from '../../../../src/transports/zeromq/client/index.ts'
import { dial } from '../../../../src/transports/zeromq/dial.ts'
import { makeKeyPair } from '../../../../src/transports/zeromq/keys.ts'
import { hasProgram } from '../../../lab/programs.ts'
import { type LabHostSpec, startLab } from '../../../lab/sshd.ts'

/** Someone who may do little, and whose number every system has. */
const nobody = 65_534

/** A bridge that reaches real SSH servers, whose agents dial it. */
export interface DeployLab {
  readonly folder: string
  readonly bridge: Bridge
  /** The configuration of the bridge, which may be changed while it runs. */
  readonly loaded: { config: LoadedConfig['config'] }
  /** The homes of the hosts `plain` and `unit`, whose names have spaces. */
  readonly homes: { readonly plain: string; readonly unit: string }
  /** Has an operation done by the bridge, on hosts. */
  run<T>(
    operation: Operation<OnHosts, Outcome<Hosts, T>>,
    names: readonly string[] | Hosts,
    signal?: AbortSignal,
  ): Promise<Outcome<Hosts, T>>
  /** The processes of agents and their supervisors in a folder of this lab. */
  processes(within?: string): readonly string[]
  close(): Promise<void>
}

/**
 * Opens it: `foo` is root's, `bare` has no Node in its PATH, `plain` is somebody's who is not root, and so is
 * `unit`, where programs stand in for systemd's. All of them are this machine, so that their agents need folders of their own.
 */
export async function deployLab(): Promise<DeployLab> {
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'reops-deploy-')))
  const undo: (() => unknown)[] = [() => rm(folder, { recursive: true, force: true, maxRetries: 3 })]
  const homes = { plain: path.join(folder, 'home of nobody'), unit: path.join(folder, 'home of a unit') }
  const without = path.join(folder, 'bin')
  await pathWithoutNode(without)
  const specs: LabHostSpec[] = [
    { name: 'foo' },
    { name: 'bare', config: [`SetEnv PATH=${without} SHLVL=3`] },
    { name: 'plain', config: await asNobody(folder, homes.plain, undo) },
    { name: 'unit', config: await asNobody(folder, homes.unit, undo, await standIns(folder)) },
  ]
  const ssh = await startLab(specs)
  undo.push(() => ssh.stop())
  const config = configSchema.parse({
    flows: 'flows.ts',
    ssh: { config: false, agent: false, keys: { lab: ssh.key }, knownHosts: [ssh.knownHosts] },
    defaults: { key: 'lab', user: ssh.user },
    hosts: Object.fromEntries(ssh.hosts.map(({ name, address, port }) => [name, { address, port }])),
    bridge: { listen: { jobs: 'tcp://127.0.0.1:*', agents: 'tcp://127.0.0.1:*', metrics: false } },
  })
  await writeFile(path.join(folder, 'flows.ts'), 'export {}\n')
  const loaded = { config, folder, file: undefined }
  const bridge = await openBridge({ loaded, say: () => {} })
  undo.push(() => bridge.end(0))
  const keys = makeKeyPair()
  await addKey(bridgePlace(loaded).keyring, { key: keys.publicKey, name: 'laptop', role: 'submit' })
  const url = bridge.endpoints.find(one => one.for === 'jobs')!.at
  const client = openBridgeClient({
    url,
    clock: systemClock,
    store: openSpillFolder(path.join(folder, 'spilled')),
    dial: listener =>
      dial({ url, serverKey: bridge.key, farKey: bridge.key, keys, purpose: 'jobs' }, listener),
  })
  undo.push(() => client.close())
  const processes = (within = folder) => processesOf(within)
  undo.push(() => {
    for (const line of processes()) end(Number(line.split(' ')[0]))
  })
  return {
    ...{ folder, bridge, loaded, homes, processes },
    async run(operation, names, signal = new AbortController().signal) {
      const { tasks, version } = compile(operation, 'adhoc')
      const [step, { definition, args }] = [...tasks][0]!
      const request = {
        ...{ operation: definition.name, args, flow: 'adhoc', step, version },
        execution: { id: randomUUID(), name: 'one', startedAt: new Date().toISOString() },
        data: ('hosts' in names ? names : hosts(names)) as unknown as Json,
      }
      const call = { id: randomUUID(), signal, progress() {}, heartbeat() {} }
      return (await client.answer(request, call)) as never
    },
    async close() {
      for (const close of undo.reverse()) await close()
    },
  }
}

/** The programs of busybox, as a small system has them, or ours but for Node where there is no busybox. */
async function pathWithoutNode(folder: string): Promise<void> {
  await mkdir(folder)
  if (hasProgram('busybox')) {
    execFileSync('busybox', ['--install', '-s', folder])
    return
  }
  for (const name of await readdir('/usr/bin'))
    if (!/^(?:node|nodejs|npm|npx)$/.test(name)) await symlink(`/usr/bin/${name}`, path.join(folder, name))
}

/** Lines of an sshd's configuration with which every session is one of nobody's, in a home that is. */
async function asNobody(
  folder: string,
  home: string,
  undo: (() => unknown)[],
  programs = '/usr/bin',
): Promise<readonly string[]> {
  if (process.getuid?.() !== 0) return []
  await mkdir(home, { mode: 0o700 })
  const own = `${home.replaceAll(' ', '-')}.sh`
  const set = `--reuid ${nobody} --regid ${nobody} --clear-groups`
  // The second shell reads what was asked for as a login shell does.
  await writeFile(
    own,
    `cd '${home}' && exec setpriv ${set} env HOME='${home}' USER=nobody SHELL=/bin/sh PATH='${programs}':/usr/bin:/bin sh -c "\${SSH_ORIGINAL_COMMAND:-true}"\n`,
  )
  await chown(home, nobody, nobody)
  // The folders above are for their owner alone, and nobody has to get through.
  for (let at = folder; at !== '/' && at !== '/tmp'; at = path.dirname(at)) {
    const { mode } = await stat(at)
    if ((mode & 0o001) !== 0) continue
    await chmod(at, mode | 0o011)
    undo.push(() => chmod(at, mode))
  }
  const server = ['/usr/lib/openssh/sftp-server', '/usr/libexec/openssh/sftp-server'].find(file => {
    try {
      return readFileSync(file).length > 0
    } catch {
      return false
    }
  })
  return [`ForceCommand sh ${own}`, `Subsystem sftp ${server}`]
}

/** Programs that do for one unit what systemd's would, and write down what they were told. */
async function standIns(folder: string): Promise<string> {
  const at = path.join(folder, 'stand-ins')
  await mkdir(at, { mode: 0o755 })
  const programs = {
    systemctl: `echo "systemctl $*" >>"$HOME/calls"
unit=$HOME/.config/systemd/user/reops-agent.service
for verb; do case $verb in --*) ;; *) break ;; esac; done
main=$(cat "$HOME/main.pid" 2>/dev/null)
is_there() { [ -n "$main" ] && [ -n "$(tr -d '\\0' 2>/dev/null <"/proc/$main/cmdline")" ]; }
end() { if is_there; then kill -TERM "$main"; while is_there; do sleep 0.1; done; fi; }
case $verb in
  is-active) is_there ;;
  is-failed) ! is_there ;;
  stop) end ;;
  restart)
    end
    command=$(sed -n 's/^ExecStart=//p' "$unit")
    (eval "exec setsid $command") >>"$HOME/journal" 2>&1 </dev/null &
    echo "$!" >"$HOME/main.pid"
    ;;
esac
`,
    loginctl: 'echo "loginctl $*" >>"$HOME/calls"\n',
    journalctl: 'tail -n 20 "$HOME/journal"\n',
  }
  for (const [name, text] of Object.entries(programs))
    await writeFile(path.join(at, name), `#!/bin/sh\n${text}`, { mode: 0o755 })
  return at
}

function processesOf(within: string): readonly string[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(id => {
      try {
        const command = readFileSync(`/proc/${id}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
        return /supervise\.sh|agent\.mjs/.test(command) && command.includes(`${within}/`)
          ? [`${id} ${command}`]
          : []
      } catch {
        return []
      }
    })
}

function end(id: number): void {
  try {
    process.kill(id, 'SIGKILL')
  } catch {
    // It ended meanwhile.
  }
}
