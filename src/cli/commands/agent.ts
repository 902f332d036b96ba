import type { Args, Flags, Usage } from '../command.ts'
import { configFlag } from '../common-flags.ts'
import type { CommandContext } from '../context.ts'
import { expectWords } from '../parse.ts'

export const usage: Usage = {
  ways: [
    'reops agent <options.json> [flags]',
    "reops agent --bridge <url> --bridge-key='<key>' [--host <name>] [--token-file <file>] [flags]",
  ],
  about:
    'Runs the agent of this host until Ctrl-C or SIGTERM. It dials the bridge, enrols by its token at the first time, and\nexecutes what the bridge asks of it. Its keys are its own, in agent/agent.key of the state folder, and never leave it.\nA file of options says the same as the flags, as a deployed agent has it.',
  examples: [
    "reops agent --bridge tcp://closet.lan:5761 --bridge-key='rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7' --host foo --token-file token",
    'reops agent /etc/reops/agent.json',
  ],
}

export const options: Flags = {
  bridge: {
    type: 'string',
    value: '<url>',
    about: 'the bridge, or a relay before it: tcp://closet.lan:5761',
  },
  'bridge-key': {
    type: 'string',
    value: '<key>',
    about: 'its public key, as reops keys show prints it there',
  },
  'relay-key': { type: 'string', value: '<key>', about: 'the public key of the relay, where there is one' },
  host: { type: 'string', value: '<name>', about: 'the host that it is; its own name otherwise' },
  'token-file': {
    type: 'string',
    value: '<file>',
    about: 'holds the token, and is removed once that was used',
  },
  'max-calls': { type: 'string', value: '<n>', about: 'calls at once; 16 otherwise' },
  ...configFlag,
}

/** `reops agent`: is the agent of this host. */
export async function run(context: CommandContext, args: Args): Promise<number> {
  expectWords('agent', args, ['<options.json>'], 1)
  const { startRoot } = await import('../bridge/start/start.ts')
  return startRoot(context, args, 'agent')
}
