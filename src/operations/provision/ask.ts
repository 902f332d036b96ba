import type { HostAtWork } from '../../core/operation/host-at-work.ts'
import { HostTrouble } from '../../core/ports.ts'
import { requireExit } from '../remote/exit-status.ts'

/** The line before the first fact: what a noisy login prints stands above it. */
const begin = 'reops-answer'
/** The line after the last fact, where content follows as it is. */
const rest = 'reops-content'
/** What `sudo` said when it did not let us. */
const denied = 'reops-denied'

/** More than this no honest script of ours says besides content, in bytes. */
const mostFacts = 64 * 1_024

/**
 * Gives a script to a shell that has the rights for it: our own when the login is root already or need not be, and
 * otherwise sudo's, which must not ask for a password. `$1` says whether root is needed, `$2` is the script.
 */
const launcher = `
if [ "$1" = root ] && [ "$(id -u)" != 0 ]; then
  if ! said=$(sudo -n -- sh -c : 2>&1 </dev/null); then
    printf '%s\\n' ${denied} "$(id -un): $said"
    exit 0
  fi
  shift
  exec sudo -n -- sh -c "$@"
fi
shift
exec sh -c "$@"
`

/** What scripts have in common: a plain world, and the ways to answer. `refuse` is for what nobody should try again. */
const prologue = `
LC_ALL=C PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
export LC_ALL PATH
umask 022
say() { printf '%s=%s\\n' "$1" "$2"; }
refuse() { say refused "$1"; exit 0; }
has() { command -v "$1" >/dev/null 2>&1; }
printf '%s\\n' ${begin}
`

/** What a script answered. */
export interface Answer {
  /** The last value of a fact. */
  fact(name: string): string | undefined
  /** Every value of a fact, in order. */
  facts(name: string): readonly string[]
  /** What stands behind the facts, as it is. */
  readonly content: Buffer | undefined
}

/** A script of ours: constant text. What differs comes by `args`, `$1` and on, and by stdin, which nobody else sees. */
export interface Question {
  readonly script: string
  readonly args?: readonly string[]
  readonly stdin?: string | Uint8Array | undefined
  readonly become: boolean
  /** Bytes of content that may stand behind the facts. */
  readonly most?: number
}

/**
 * Asks a host by a script, in one round trip. Throws `HostTrouble`: `refused` when there are no rights for it or the
 * script says that it can't be done, `exit` when something in it failed.
 */
export async function ask(host: HostAtWork, question: Question): Promise<Answer> {
  const { script, args = [], stdin = '', become, most = 0 } = question
  const chunks: Buffer[] = []
  let bytes = 0
  const gather = (stream: string, chunk: Uint8Array) => {
    if (stream !== 'stdout' || bytes > mostFacts + most) return
    bytes += chunk.length
    chunks.push(Buffer.from(chunk))
  }
  const words = [become ? 'root' : 'login', prologue + script, 'reops', ...args]
  const result = await host.exec(['sh', '-c', launcher, 'sh', ...words], { stdin, onOutput: gather })
  // A transport that tells of no chunks has the whole in its text.
  const stdout = chunks.length > 0 ? Buffer.concat(chunks) : Buffer.from(result.stdout)
  refuseDenied(stdout)
  requireExit(result)
  if (bytes > mostFacts + most)
    throw new HostTrouble('exception', 'the host answered more than it can have been asked for')
  const answer = read(stdout)
  const refused = answer.fact('refused')
  if (refused !== undefined) throw new HostTrouble('refused', refused)
  return answer
}

function refuseDenied(stdout: Buffer): void {
  const [, said] = new RegExp(`(?:^|\\n)${denied}\\n([^]*)`).exec(stdout.toString('utf8', 0, 4_096)) ?? []
  if (said === undefined) return
  const why = said.replaceAll(/[\p{Cc}\s]+/gu, ' ').trim()
  throw new HostTrouble(
    'refused',
    `this takes root's rights, and sudo does not give them without a password (${why.slice(0, 300)}); allow it in sudoers, log in as root, or say become: false`,
  )
}

function read(stdout: Buffer): Answer {
  const start = lineAt(stdout, begin)
  if (start === undefined)
    throw new HostTrouble('exception', 'the host has no POSIX shell that could answer', {
      detail: { stdout: stdout.toString('utf8', 0, 1_000) },
    })
  const after = stdout.subarray(start)
  const end = lineAt(after, rest)
  const head = end === undefined ? after : after.subarray(0, end)
  const lines = head.toString('utf8').split('\n')
  const facts = (name: string) =>
    lines.flatMap(line => (line.startsWith(`${name}=`) ? [line.slice(name.length + 1)] : []))
  return {
    facts,
    fact: name => facts(name).at(-1),
    content: end === undefined ? undefined : after.subarray(end),
  }
}

/** Where what stands behind the first such line begins. */
function lineAt(bytes: Buffer, line: string): number | undefined {
  const whole = `${line}\n`
  if (bytes.subarray(0, whole.length).toString('latin1') === whole) return whole.length
  const found = bytes.indexOf(`\n${whole}`)
  return found === -1 ? undefined : found + 1 + whole.length
}
