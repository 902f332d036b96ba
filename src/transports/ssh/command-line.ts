import { HostTrouble } from '../../core/ports.ts'
import { quote } from '../../core/quote.ts'

/** Linux takes no single argument of 128 KiB, and sshd hands the whole command to the shell as one. */
const longestCommand = 128 * 1_024 - 1

/** The login shell has started once already to get here; bash then need not read its .bashrc a second time. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: the braces are the shell's
const loginShell = 'SHLVL=2 exec "${SHELL:-/bin/sh}" -c "$1"'

const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/

/**
 * Builds what the host's login shell gets. It is always `exec sh -c …`, so that any login shell understands it;
 * that `sh` says `mark` and its process id on stderr and becomes the command, which is how a command can be ended later:
 * sshd passes no signals on for root, and closing a channel ends nothing. Variables are set in the command line
 * because sshd accepts hardly any; so they show in the host's process list for a moment and are no place for secrets.
 *
 * Throws `UnquotableWord`, and `HostTrouble` (`exception`) for what can't be sent.
 */
export function commandLine(
  command: readonly string[] | string,
  env: Readonly<Record<string, string>> | undefined,
  mark: string,
): string {
  if (command.length === 0)
    throw new HostTrouble('exception', 'the command is empty; give it a program to run')
  const say = `echo ${mark} $$ >&2`
  const set = exports(env)
  // A script is for the login shell, which sshd names in SHELL; an argument vector needs no shell of its own.
  const [run, words] = typeof command === 'string' ? [loginShell, [command]] : ['exec "$@"', command]
  const text = `exec ${quote(['sh', '-c', [say, ...set, run].join('\n'), 'sh', ...words])}`
  const bytes = Buffer.byteLength(text)
  if (bytes <= longestCommand) return text
  throw new HostTrouble(
    'exception',
    `the command takes ${bytes} bytes, and a host takes at most ${longestCommand}: upload it as a file, or send the data by stdin`,
  )
}

function exports(env: Readonly<Record<string, string>> = {}): string[] {
  return Object.entries(env).map(([name, value]) => {
    if (variableName.test(name)) return `export ${name}=${quote([value])}`
    throw new HostTrouble(
      'exception',
      `${JSON.stringify(name)} is no name for an environment variable: it takes letters, digits and underscores`,
    )
  })
}
