import path from 'node:path'
import { HostTrouble } from '../../core/ports.ts'
import { quote } from '../../core/quote.ts'

/** Linux takes no single argument of 128 KiB, and sshd hands the whole command to the shell as one. */
const longestCommand = 128 * 1_024 - 1

/** Shells that read what `sh` reads, as far as these lines go. */
const posixShells = new Set(['sh', 'bash', 'dash', 'ash', 'ksh', 'mksh', 'zsh', 'busybox'])

/** Whether a login shell, by its path, understands the short form of a command line. */
export function readsPosix(shell: string): boolean {
  return posixShells.has(path.posix.basename(shell))
}

/** The login shell has started once already to get here; bash then need not read its .bashrc a second time. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: the braces are the shell's
const loginShell = 'SHLVL=2 exec "${SHELL:-/bin/sh}" -c "$1"'

const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/

/**
 * Builds what the host's login shell gets. The first thing that runs says `mark` and its process id on stderr and
 * then becomes the command, which is how a command can be ended later: sshd passes no signals on for root, and
 * closing a channel ends nothing.
 *
 * Any login shell understands the long form, `exec sh -c …`, which also says what the login shell is. Where that
 * reads POSIX (`direct`), the short form does without the second shell: starting one is most of what a quick
 * command costs a host. Variables are set in the command line because sshd accepts hardly any; so they show in
 * the host's process list for a moment and are no place for secrets.
 *
 * Throws `UnquotableWord`, and `HostTrouble` (`exception`) for what can't be sent.
 */
export function commandLine(
  command: readonly string[] | string,
  env: Readonly<Record<string, string>> | undefined,
  mark: string,
  direct: boolean,
): string {
  if (command.length === 0) {
    throw new HostTrouble('exception', 'the command is empty; give it a program to run')
  }
  const text = direct ? shortForm(command, exports(env), mark) : longForm(command, exports(env), mark)
  const bytes = Buffer.byteLength(text)
  if (bytes <= longestCommand) return text
  throw new HostTrouble(
    'exception',
    `the command takes ${bytes} bytes, and a host takes at most ${longestCommand}: upload it as a file, or send the data by stdin`,
  )
}

function shortForm(command: readonly string[] | string, set: readonly string[], mark: string): string {
  const run = typeof command === 'string' ? command : `exec ${quote(command)}`
  return [`echo ${mark} $$ >&2`, ...set, run].join('\n')
}

function longForm(command: readonly string[] | string, set: readonly string[], mark: string): string {
  // A script is for the login shell, which sshd names in SHELL; an argument vector needs no shell of its own.
  const [run, words] = typeof command === 'string' ? [loginShell, [command]] : ['exec "$@"', command]
  return `exec ${quote(['sh', '-c', [`echo ${mark} $$ "$SHELL" >&2`, ...set, run].join('\n'), 'sh', ...words])}`
}

export function exports(env: Readonly<Record<string, string>> = {}): string[] {
  return Object.entries(env).map(([name, value]) => {
    if (variableName.test(name)) return `export ${name}=${quote([value])}`
    throw new HostTrouble(
      'exception',
      `${JSON.stringify(name)} is no name for an environment variable: it takes letters, digits and underscores`,
    )
  })
}
