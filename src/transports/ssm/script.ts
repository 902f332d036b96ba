import { constants } from 'node:os'
import { HostTrouble } from '../../core/ports.ts'
import { quote } from '../../core/quote.ts'
import { exports } from '../ssh/command-line.ts'

/** Where a command's input comes from over there: nowhere, the script itself, or an address that is fetched first. */
export type Input =
  | { readonly kind: 'none' }
  | { readonly kind: 'inline'; readonly bytes: Uint8Array }
  | Fetched

interface Fetched {
  readonly kind: 'fetched'
  readonly url: string
}

/** What of a script is not the command itself. */
export interface Frame {
  /** A word that nobody says by chance. It begins the last line of stderr, which tells the exit status. */
  readonly mark: string
  readonly user: string | undefined
  /** Bytes of each stream after which it is cut off, which ends most commands. */
  readonly limit: number
  readonly input: Input
}

/** Run Command takes a document and its parameters up to 64 KiB together; the rest is left to how they are written. */
const longestScript = 48 * 1_024

/** Bytes of input that go within the script, where a third is added. */
export const mostInline = 24 * 1_024

/**
 * Becomes the user, at home, with its environment, as sshd does it: the agent runs as root, with neither HOME nor SHELL.
 * What the shells themselves say, such as that a signal ended a command, is kept out of the command's output. The last
 * line of stderr tells the exit status, because the agent writes words of its own below it.
 */
const frame = `exec 3>&1 4>&2 2>/dev/null
say() { printf '\\n%s %s\\n' "$mark" "$1" >&4; exit "$2"; }
me=$(id -un)
as=\${user:-$me}
entry=$(getent passwd "$as" || grep "^$as:" /etc/passwd)
home=\${entry%:*} home=\${home##*:} shell=\${entry##*:} become=
case $shell in '' | */nologin | */false) shell=/bin/sh ;; esac
if [ "$as" = "$me" ]; then home=\${HOME:-$home} shell=\${SHELL:-$shell}
elif [ -z "$entry" ]; then say no-user 1
elif command -v runuser >/dev/null; then become="runuser -u $as --"
else become="sudo -n -u $as --"
fi`

/** The inner shell is the user's already. */
const begin = 'export HOME="$1" SHELL="$2" USER="$3" LOGNAME="$3"; shift 3; cd "$HOME" 2>/dev/null || cd /'

/**
 * The script that Run Command is given for a command. Throws `UnquotableWord`, and `HostTrouble` (`exception`) for what
 * can't be sent. Two braces never stand together in it, since Run Command takes these for the name of a parameter.
 */
export function scriptOf(
  command: readonly string[] | string,
  env: Readonly<Record<string, string>> | undefined,
  { mark, user, limit, input }: Frame,
): string {
  if (command.length === 0)
    throw new HostTrouble('exception', 'the command is empty; give it a program to run')
  const [last, words] =
    typeof command === 'string' ? ['exec "$SHELL" -c "$1"', [command]] : ['exec "$@"', command]
  // It names the word that no shell can be given.
  if (typeof command !== 'string') quote(command)
  const inner = quote(['sh', '-c', [begin, ...exports(env), last].join('\n'), 'sh'])
  const run = `(exec $become ${inner} "$home" "$shell" "$as" ${argumentsOf(words)}) ${taken(input)}2>&7 3>&- 4>&- 7>&- 9>&-`
  const lines = [
    `mark=${mark} user=${argumentsOf([user ?? ''])}`,
    frame,
    ...given(input),
    // tee hands everything on at once, so that a command which is killed has said what it has said. When the count is
    // full tee is ended, and then whoever goes on writing.
    `pass() { { tee /dev/fd/8 >&"$1"; } 8>&1 | head -c ${limit} >/dev/null; }`,
    `status=$( { { { ${feed(input)}${run}`,
    'echo $? >&9',
    '} 7>&1 >&6 6>&- | pass 4; } 6>&1 | pass 3; } 9>&1)',
    'say "$status" "$status"',
  ]
  const script = lines.join('\n').replaceAll(/\{(?=\{)/g, "{''")
  const bytes = Buffer.byteLength(script)
  if (bytes <= longestScript) return script
  throw new HostTrouble(
    'exception',
    `the command takes ${bytes} bytes, and Run Command takes at most ${longestScript}: upload it as a file, or send the data by stdin`,
  )
}

function given(input: Input): string[] {
  if (input.kind === 'inline') return ['command -v base64 >/dev/null || say no-base64 1']
  if (input.kind === 'none') return []
  const url = argumentsOf([input.url])
  return [
    'file=$(mktemp) || say no-input 1',
    // Whoever has the address has the input, and everybody there sees the words of a program that runs; printf is none.
    // Only the wget of small systems takes no address in another way.
    `byCurl() { printf 'url = "%s"\\n' ${url} | curl -fsS -m 900 -o "$file" -K -; }`,
    `byWget() { if wget --version >&2; then printf '%s\\n' ${url} | wget -q -T 60 -O "$file" -i -; else wget -q -T 60 -O "$file" ${url}; fi; }`,
    'byCurl || byWget || { rm -f "$file"; say no-input 1; }',
    'exec 5<"$file"; rm -f "$file"',
  ]
}

function feed(input: Input): string {
  if (input.kind !== 'inline') return ''
  const lines = Buffer.from(input.bytes)
    .toString('base64')
    .replaceAll(/.{1,1000}/g, '$&\n')
  return `base64 -d <<'reops' |\n${lines}reops\n`
}

function taken({ kind }: Input): string {
  return { none: '</dev/null ', inline: '', fetched: '<&5 5<&- ' }[kind]
}

/** Words as arguments: none of them is where a shell looks for its own. */
function argumentsOf(words: readonly string[]): string {
  return quote(['sh', ...words]).slice(3)
}

/** What the last line of a framed script's stderr tells. */
export interface Told {
  /** stderr without it, and without what the agent added. */
  readonly stderr: string
  /** An exit status, or why the command was not run. */
  readonly what: string
}

/** Finds the line that tells how a command ended; `undefined` where there is none. */
export function toldIn(stderr: string, mark: string): Told | undefined {
  const at = stderr.lastIndexOf(`\n${mark} `)
  const end = stderr.indexOf('\n', at + 1)
  if (at < 0 || end < 0) return undefined
  return { stderr: stderr.slice(0, at), what: stderr.slice(at + mark.length + 2, end) }
}

/** Bytes of the line that tells, at most. */
export const tellingBytes = 128

const signals = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name]))

/**
 * How a command ended, by its status. No shell tells 128 and a signal's number from an exit status of that value, so that
 * these count as signals, as they do in shells.
 */
export function endOf(status: number): { exit: number | null; signal?: string } {
  const signal = status > 128 ? signals.get(status - 128) : undefined
  return signal === undefined ? { exit: status } : { exit: null, signal }
}
