import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import type { Host } from '../../../core/hosts.ts'
import { neutraliseLine } from '../../../operations/output/format/index.ts'
import { lookUp } from '../../../operations/systems/inspect/look-up.ts'
import type { LoadedConfig } from '../../../run/config.ts'
import { sshOptions } from '../../../run/ssh-options.ts'
import { readConfigFile } from '../../../transports/ssh/config/file.ts'
import { readOptions } from '../../../transports/ssh/options.ts'
import { resolveTarget } from '../../../transports/ssh/target.ts'
import type { Args } from '../../command.ts'
import { type CommandContext, type Interrupt, interruptStatus } from '../../context.ts'
import { given } from '../../parse.ts'
import { refuseBridge } from '../../session/bridge.ts'
import { configuration } from '../../session/configuration.ts'
import { knowsSystems, withKnownSystems } from '../../state/systems.ts'
import { reach } from '../../targets/reach.ts'
import { resolveTargets } from '../../targets/resolve.ts'
import { UsageError } from '../../usage-error.ts'
import { clientArguments } from './arguments.ts'

/** Logs in by OpenSSH's client, and answers its exit status. */
export async function sshTo(context: CommandContext, args: Args): Promise<number> {
  const [word = '', ...words] = args.words
  const command = [...words, ...(args.rest ?? [])]
  const loaded = await configuration(context, args)
  const settings = readOptions(sshOptions(loaded))
  const items = settings.configFile === false ? [] : readConfigFile(settings.configFile, settings.home)
  const host = (await systemHost(context, args, word, loaded)) ?? onlyHost(context, args, word, loaded)
  const target = resolveTarget(host, settings, items)
  await mkdir(path.dirname(settings.ownKnownHostsFile), { recursive: true, mode: 0o700 })
  const terminal = given(args, 'tty') ? ['-t'] : []
  return client(context, [...terminal, ...clientArguments(target, settings), ...command])
}

/** The system of this name as a host, if there is one. `user@` before it wins, and so do flags. */
async function systemHost(
  context: CommandContext,
  args: Args,
  word: string,
  loaded: LoadedConfig,
): Promise<Host | undefined> {
  if (!knowsSystems(loaded)) return undefined
  const at = word.lastIndexOf('@')
  const found = await withKnownSystems(context, loaded, async store => {
    const system = await lookUp(store, word.slice(at + 1))
    return system && { system, host: store.hostOf(system) }
  })
  if (found === undefined) return undefined
  const { system, host } = found
  refuseBridge(
    loaded,
    `reops ssh to ${system.hostname}, which is a system of the bridge,`,
    'log in to the machine of the bridge first and go on from there, or run commands by reops exec',
  )
  const { hostname, state } = system
  if (state === 'stopped')
    context.stderr.write(
      `reops: ${hostname} is stopped, as far as is known; reops start ${hostname} starts it\n`,
    )
  return { ...host, ...(at > 0 ? { user: word.slice(0, at) } : {}), ...reach(args) }
}

function onlyHost(context: CommandContext, args: Args, word: string, loaded: LoadedConfig): Host {
  const { on, hints } = resolveTargets(loaded, word, args)
  for (const hint of hints) context.stderr.write(`reops: ${neutraliseLine(hint)}\n`)
  const [host, ...others] = on.hosts
  if (host === undefined || others.length > 0)
    throw new UsageError(`reops ssh goes to one host, and ${word} is ${on.hosts.length}; name one of them`)
  const via = host.via ?? on.via
  if (via !== 'ssh') throw new UsageError(`${host.name} is reached by ${via} and not by ssh`)
  return host
}

/** The client has the terminal, and with it Ctrl-C; a SIGTERM is handed on. */
async function client(context: CommandContext, words: readonly string[]): Promise<number> {
  let child: ChildProcess | undefined
  let ended: Interrupt | undefined
  const stop = context.onInterrupt(signal => {
    if (signal !== 'SIGTERM') return
    ended = signal
    child?.kill(signal)
  })
  try {
    return await new Promise((resolve, reject) => {
      child = spawn('ssh', words, { stdio: 'inherit', env: { ...context.env }, cwd: context.cwd })
      child.once('error', error => reject(notStarted(error)))
      child.once('close', (status, signal) => {
        // Its own status only says that it was killed.
        if (ended !== undefined) resolve(interruptStatus[ended])
        else resolve(status ?? 128 + os.constants.signals[signal!])
      })
    })
  } finally {
    stop()
  }
}

function notStarted(cause: NodeJS.ErrnoException): Error {
  if (cause.code !== 'ENOENT') return cause
  return new UsageError(
    "the program ssh is not installed; install OpenSSH's client (Debian: openssh-client), or run commands by reops exec",
    { cause },
  )
}
