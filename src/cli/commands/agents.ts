import type { Args, Flags, Usage } from '../command.ts'
import { configFlag } from '../common-flags.ts'
import type { CommandContext } from '../context.ts'
import { given } from '../parse.ts'
import { runVerb } from '../verbs.ts'

export const usage: Usage = {
  ways: [
    'reops agents list [flags]',
    'reops agents token <host> [--expires <time>] [--replace] [flags]',
    'reops agents revoke <host> [flags]',
  ],
  about:
    'Works on the keyring of this machine, where its bridge is. token prints a token by which the agent of a host enrols,\nonce: give it to that host and to nobody else. The key that the agent makes for itself is bound to the host’s name from\nthen on. revoke ends that, and takes back a token that was not used; a bridge that runs drops the agent within a second.',
  examples: ['reops agents list', 'reops agents token foo --expires 10m > token', 'reops agents revoke foo'],
}

export const options: Flags = {
  expires: {
    type: 'string',
    value: '<time>',
    about: 'token: how long it may be used; 1h otherwise, 7d at most',
  },
  replace: { type: 'boolean', about: 'token: in the place of the key that the agent has' },
  json: { type: 'boolean', about: 'one JSON document' },
  ...configFlag,
}

/** `reops agents`: lists, enrols and revokes agents. */
export function run(context: CommandContext, args: Args): Promise<number> {
  return runVerb('agents', args, {
    list: {
      flags: [],
      words: [],
      run: async own => (await import('../bridge/agents/list.ts')).listAgents(context, own),
    },
    token: {
      flags: ['expires', 'replace'],
      words: ['<host>'],
      run: async own =>
        (await import('../bridge/agents/token.ts')).newToken(
          context,
          own,
          own.words[0]!,
          given(own, 'replace'),
        ),
    },
    revoke: {
      flags: [],
      words: ['<host>'],
      run: async own => (await import('../bridge/agents/revoke.ts')).revokeAgent(context, own, own.words[0]!),
    },
  })
}
