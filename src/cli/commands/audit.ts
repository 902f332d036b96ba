import type { Args, Flags, Usage } from '../command.ts'
import { configFlag } from '../common-flags.ts'
import type { CommandContext } from '../context.ts'
import { runVerb } from '../verbs.ts'

export const usage: Usage = {
  ways: [
    'reops audit show [--since <time>] [--job <id>] [--who <name>] [--limit <n>] [flags]',
    'reops audit verify [--head <seq>:<hash>] [--from <seq>] [flags]',
  ],
  about:
    'Reads the audit log of this machine’s bridge. show prints who asked for what, when, and how it ended, newest last.\nverify says whether every entry is as it was written, in its place, and exits with 1 at the first that is not. That the\nend is missing can only be seen by a head that somebody kept: the file of the head beside the log, and --head, as\nreops bridge status and verify print it. Write it down somewhere else now and then.',
  examples: [
    'reops audit show --since 2h',
    'reops audit show --who laptop --json',
    'reops audit verify',
    'reops audit verify --from 88213',
  ],
}

export const options: Flags = {
  since: { type: 'string', value: '<time>', about: 'show: since then: 2h, 7d, or a date such as 2026-11-01' },
  job: { type: 'string', value: '<id>', about: 'show: only of a job, or of jobs whose id begins like this' },
  who: { type: 'string', value: '<name>', about: 'show: only of a client, a host, or bridge' },
  limit: { type: 'string', value: '<n>', about: 'show: the newest so many; 200 otherwise' },
  head: { type: 'string', value: '<seq>:<hash>', about: 'verify: has to be in it, as it was written down' },
  from: {
    type: 'string',
    value: '<seq>',
    about: 'verify: begins there; what was before was moved elsewhere',
  },
  json: { type: 'boolean', about: 'one JSON document' },
  ...configFlag,
}

/** `reops audit`: says who asked the bridge for what. */
export function run(context: CommandContext, args: Args): Promise<number> {
  return runVerb('audit', args, {
    show: {
      flags: ['since', 'job', 'who', 'limit'],
      words: [],
      run: async own => (await import('../bridge/audit/show.ts')).showAudit(context, own),
    },
    verify: {
      flags: ['head', 'from'],
      words: [],
      run: async own => (await import('../bridge/audit/verify.ts')).verifyLog(context, own),
    },
  })
}
