import * as z from 'zod'
import { quote } from '../../core/quote.ts'
import type { OrRef } from '../../core/ref.ts'
import { word } from '../remote/arguments.ts'
import { shellInput } from '../remote/shell-input.ts'
import { ask } from './ask.ts'
import { absolute } from './files/attributes.ts'
import { type Changed, type CommonOptions, common, resource } from './resource.ts'

export interface ScriptOnceOptions extends CommonOptions {
  /** What the script makes: it is not run where this path is there, and fails where it is not there afterwards. */
  readonly creates?: OrRef<string> | undefined
  /** A command of a POSIX shell that changes nothing: the script is not run where it ends well. */
  readonly unless?: OrRef<string> | undefined
  /** The script's own arguments, `$1` and on. They arrive unchanged. */
  readonly args?: OrRef<readonly OrRef<string>[]> | undefined
}

/** What a script that was run said; what is long is cut. */
export interface ScriptChanged extends Changed {
  readonly script: string
  readonly stdout?: string
}

const options = z
  .strictObject({
    creates: absolute.optional(),
    unless: word.min(1).optional(),
    args: z.array(word).default([]),
    ...common,
  })
  .refine(
    ({ creates, unless }) => (creates === undefined) !== (unless === undefined),
    'takes either creates or unless, by which it is known that it was run',
  )

/** Bytes of a script's output that are answered. */
const mostOutput = 16_384

/**
 * `$1` is `look` or `run`, `$2` how to know whether it was run, `$3` the path or the command. The script comes by stdin,
 * and is not read when there is nothing to do.
 */
const once = `
what=$1 how=$2 sign=$3
shift 3
was_run() {
  case $how in
    creates) [ -e "$sign" ] || [ -L "$sign" ] ;;
    unless) sh -c "$sign" >/dev/null 2>&1 </dev/null ;;
  esac
}
if was_run; then say run before; exit 0; fi
if [ "$what" = look ]; then say run wanted; exit 0; fi
out=$(sh -s -- "$@") || { status=$?; printf '%s\\n' "$out" | tail -n 20 >&2; exit "$status"; }
if [ "$how" = creates ] && ! was_run; then
  echo "the script ended well and did not make $sign" >&2
  exit 1
fi
say run now
echo reops-content
printf '%s' "$out" | tail -c ${mostOutput}
`

/**
 * Runs a script of a POSIX shell where it was not run before, which is known by what it `creates` or by a command
 * (`unless`). It travels by stdin, has no stdin of its own, and is read whole before any of it is done.
 *
 * @example
 * await run(scriptOnce(closet, 'make the database', 'sudo -u postgres createdb shop', {
 *   unless: "sudo -u postgres psql -lqt | cut -d '|' -f 1 | grep -qw shop",
 * }))
 */
export const scriptOnce = resource({
  name: 'scriptOnce',
  shape: {
    title: z.string().min(1).max(60),
    text: word.refine(text => text.trim() !== '', 'is empty; give it a script to run'),
    options,
  },
  args: (title: string, text: string, options: ScriptOnceOptions) => ({ title, text, options }),
  describe: ({ title }) => quote(['scriptOnce', title]),
  each: async (host, { title, text, options }, { check }): Promise<ScriptChanged> => {
    const { creates, unless, args, become } = options
    const sign = creates === undefined ? ['unless', unless!] : ['creates', creates]
    const answer = await ask(host, {
      script: once,
      args: [check ? 'look' : 'run', ...sign, ...args],
      stdin: check ? undefined : shellInput(text),
      become,
      most: mostOutput,
    })
    const changed = answer.fact('run') !== 'before'
    const stdout = answer.content?.toString('utf8')
    return { changed, what: changed ? ['run'] : [], script: title, ...(stdout ? { stdout } : {}) }
  },
})
