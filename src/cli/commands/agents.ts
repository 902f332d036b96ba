import type { Args, Flags, Usage } from '../command.ts'
import { bridgeFlags, configFlag, reachFlags, workFlags } from '../common-flags.ts'
import type { CommandContext } from '../context.ts'
import { given } from '../parse.ts'
import { runVerb } from '../verbs.ts'

export const usage: Usage = {
  ways: [
    'reops agents list [flags]',
    'reops agents token <host> [--expires <time>] [--replace] [flags]',
    'reops agents revoke <host> [flags]',
    'reops agents deploy <hosts|group> [--become] [--node <node>] [flags]',
    'reops agents upgrade <hosts|group> [flags]',
    'reops agents remove <hosts|group> --force [--revoke] [flags]',
  ],
  about:
    'list, token and revoke work on the keyring of this machine, where its bridge is. token prints a token by which the agent\nof a host enrols, once: give it to that host and to nobody else. The key that the agent makes for itself is bound to the\nhost’s name from then on. revoke ends that, and takes back a token that was not used; a bridge that runs drops the agent\nwithin a second.\n\ndeploy, upgrade and remove are done by a bridge (--bridge, or bridge.url), over SSH: it puts its agent on the hosts, lets\nit enrol, keeps it running and sees that it registers; a host where it doesn’t is as it was before.',
  examples: [
    'reops agents list',
    'reops agents token foo --expires 10m > token',
    'reops agents deploy closet --become',
    'reops agents upgrade closet --json',
    'reops agents remove foo --force --revoke',
  ],
}

export const options: Flags = {
  expires: {
    type: 'string',
    value: '<time>',
    about: 'token: how long it may be used; 1h otherwise, 7d at most',
  },
  replace: {
    type: 'boolean',
    about: 'token, deploy: in the place of the key that the agent has',
  },
  force: { type: 'boolean', about: 'remove: the consent' },
  revoke: { type: 'boolean', about: 'remove: end its key too' },
  become: { type: 'boolean', about: 'as root, by sudo without a password' },
  folder: {
    type: 'string',
    value: '<folder>',
    about: 'where the agent is; /opt/reops-agent or ~/.local/share/reops-agent otherwise',
  },
  within: { type: 'string', value: '<time>', about: 'how long it may take to register; 30s otherwise' },
  node: {
    type: 'string',
    value: '<node>',
    about: 'deploy: host, bring, or the path of one there; the host’s where it will do otherwise',
  },
  supervisor: { type: 'string', value: '<which>', about: 'deploy: systemd or plain; by looking otherwise' },
  confine: { type: 'boolean', about: 'deploy: it may look at its host and change nothing' },
  'max-calls': { type: 'string', value: '<n>', about: 'deploy: calls at once; 16 otherwise' },
  ...reachFlags,
  ...workFlags,
  json: { type: 'boolean', about: 'one JSON document' },
  ...bridgeFlags,
  ...configFlag,
}

/** What every verb takes that a bridge does on hosts. */
const onHosts = [
  ...['become', 'folder', 'bridge', 'bridge-key'],
  ...Object.keys(reachFlags),
  ...Object.keys(workFlags),
]

/** `reops agents`: lists, enrols and revokes agents, and puts them on hosts. */
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
    deploy: {
      flags: [...onHosts, 'within', 'replace', 'node', 'supervisor', 'confine', 'max-calls'],
      words: ['<hosts|group>'],
      run: async own => (await import('../bridge/agents/deploy.ts')).deployAgents(context, own),
    },
    upgrade: {
      flags: [...onHosts, 'within'],
      words: ['<hosts|group>'],
      run: async own => (await import('../bridge/agents/deploy.ts')).upgradeAgents(context, own),
    },
    remove: {
      flags: [...onHosts, 'force', 'revoke'],
      words: ['<hosts|group>'],
      run: async own => (await import('../bridge/agents/deploy.ts')).removeAgents(context, own),
    },
  })
}
