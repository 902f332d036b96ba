import type { Args, Flags, Usage } from '../command.ts'
import { configFlag } from '../common-flags.ts'
import type { CommandContext } from '../context.ts'
import { text } from '../parse.ts'
import { runVerb } from '../verbs.ts'

export const usage: Usage = {
  ways: [
    'reops keys show [bridge|relay|client] [flags]',
    "reops keys new <name> [--role submit|read] [--public='<key>' | --out <file>] [flags]",
    'reops keys list [flags]',
    'reops keys revoke <name> [flags]',
  ],
  about:
    'Works on the keyring of this machine, where its bridge or relay is. show prints a public key, and makes the pair at\nfirst: the bridge’s own, which everybody else has to know, or that by which this machine is a client. new lets a\nclient in, by the public key that it has shown, or by a new pair in a file to be given to it. A bridge that runs hears\nof every change within a second. Keys have characters that shells change: quote them.',
  examples: [
    'reops keys show',
    'reops keys show client',
    "reops keys new laptop --public='rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7'",
    'reops keys new dashboard --role read --out dashboard.key',
    'reops keys revoke laptop',
  ],
}

export const options: Flags = {
  role: {
    type: 'string',
    value: '<role>',
    about: 'new: submit, which may read too, or read; submit otherwise',
  },
  public: { type: 'string', value: '<key>', about: 'new: the public key that it has; a new pair otherwise' },
  out: { type: 'string', value: '<file>', about: 'new: where the new pair goes; <name>.key otherwise' },
  json: { type: 'boolean', about: 'one JSON document' },
  ...configFlag,
}

/** `reops keys`: says who may talk to the bridge. */
export function run(context: CommandContext, args: Args): Promise<number> {
  return runVerb('keys', args, {
    show: {
      flags: [],
      words: ['bridge, relay or client'],
      optional: 1,
      run: async own => (await import('../bridge/keys/show.ts')).showKey(context, own, own.words[0]),
    },
    new: {
      flags: ['role', 'public', 'out'],
      words: ['<name>'],
      run: async own =>
        (await import('../bridge/keys/new.ts')).newKey(context, own, {
          name: own.words[0]!,
          role: text(own, 'role'),
          publicKey: text(own, 'public'),
          out: text(own, 'out'),
        }),
    },
    list: {
      flags: [],
      words: [],
      run: async own => (await import('../bridge/keys/list.ts')).listKeys(context, own),
    },
    revoke: {
      flags: [],
      words: ['<name>'],
      run: async own => (await import('../bridge/keys/revoke.ts')).revokeKey(context, own, own.words[0]!),
    },
  })
}
