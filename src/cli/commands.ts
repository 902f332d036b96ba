import type { Command } from './command.ts'

/** Where a command stands in the help. */
export type Group =
  | 'flows and hosts'
  | 'systems'
  | 'executions'
  | 'daemon'
  | 'bridge'
  | 'sensors and watches'
  | 'cloud'
  | 'besides'

/** A command before it is loaded: enough for the help. */
export interface CommandEntry {
  readonly summary: string
  readonly group: Group
  load(): Promise<Command>
}

type Entries = Readonly<Record<string, Omit<CommandEntry, 'group'>>>

const flowsAndHosts: Entries = {
  run: { summary: 'run a flow', load: () => import('./commands/run.ts') },
  plan: { summary: 'say what a flow would do, and do nothing', load: () => import('./commands/plan.ts') },
  compile: {
    summary: 'print the state machine of a flow or a watch',
    load: () => import('./commands/compile.ts'),
  },
  cost: { summary: 'say what flows cost in AWS', load: () => import('./commands/cost.ts') },
  flows: { summary: 'list the flows', load: () => import('./commands/flows.ts') },
  exec: { summary: 'run a command on hosts', load: () => import('./commands/exec.ts') },
  hosts: {
    summary: 'list hosts and groups, and how each is reached',
    load: () => import('./commands/hosts.ts'),
  },
}

const systems: Entries = {
  list: { summary: 'list systems', load: () => import('./commands/list.ts') },
  describe: { summary: 'say all that is known of a system', load: () => import('./commands/describe.ts') },
  create: { summary: 'make systems', load: () => import('./commands/create.ts') },
  clone: { summary: 'make systems as copies of others', load: () => import('./commands/clone.ts') },
  start: { summary: 'start systems', load: () => import('./commands/start.ts') },
  stop: { summary: 'stop systems', load: () => import('./commands/stop.ts') },
  restart: { summary: 'restart systems', load: () => import('./commands/restart.ts') },
  provision: { summary: 'make systems what their types say', load: () => import('./commands/provision.ts') },
  snapshot: { summary: 'take snapshots of systems', load: () => import('./commands/snapshot.ts') },
  revert: { summary: 'take systems back to a snapshot', load: () => import('./commands/revert.ts') },
  resize: { summary: 'give systems other sizes', load: () => import('./commands/resize.ts') },
  repair: { summary: 'go on with what was left half done', load: () => import('./commands/repair.ts') },
  destroy: { summary: 'take systems away with their disks', load: () => import('./commands/destroy.ts') },
  sync: { summary: 'learn from providers what systems there are', load: () => import('./commands/sync.ts') },
  ssh: { summary: 'log in to a system or a host', load: () => import('./commands/ssh.ts') },
  console: { summary: 'type at the serial console of a system', load: () => import('./commands/console.ts') },
  types: { summary: 'list the types of systems', load: () => import('./commands/types.ts') },
  template: {
    summary: 'list, import and remove what systems are made of',
    load: () => import('./commands/template.ts'),
  },
}

const executions: Entries = {
  executions: { summary: 'list what was run', load: () => import('./commands/executions.ts') },
  show: { summary: 'say what happened in an execution', load: () => import('./commands/show.ts') },
  events: { summary: 'print the events of an execution', load: () => import('./commands/events.ts') },
  cancel: { summary: 'cancel a running execution', load: () => import('./commands/cancel.ts') },
  redrive: { summary: 'go on from where an execution failed', load: () => import('./commands/redrive.ts') },
  resume: { summary: 'go on with what was left behind', load: () => import('./commands/resume.ts') },
}

const bridge: Entries = {
  bridge: {
    summary: 'work here for those elsewhere, and say how that stands',
    load: () => import('./commands/bridge.ts'),
  },
  keys: { summary: 'say who may talk to the bridge', load: () => import('./commands/keys.ts') },
  agent: { summary: 'be the agent of this host', load: () => import('./commands/agent.ts') },
  agents: { summary: 'deploy, list, enrol and revoke agents', load: () => import('./commands/agents.ts') },
  relay: {
    summary: 'lead others to a bridge that they can not reach',
    load: () => import('./commands/relay.ts'),
  },
  audit: { summary: 'say who asked the bridge for what', load: () => import('./commands/audit.ts') },
}

const daemon: Entries = {
  up: { summary: 'act by itself: schedules, sensors, watches', load: () => import('./commands/up.ts') },
  status: { summary: 'say how that stands', load: () => import('./commands/status.ts') },
}

const cloud: Entries = {
  deploy: { summary: 'bring the flows to AWS', load: () => import('./commands/deploy.ts') },
  diff: { summary: 'say what a deployment would change', load: () => import('./commands/diff.ts') },
  logs: { summary: 'print what was logged in AWS', load: () => import('./commands/logs.ts') },
  alexa: {
    summary: 'print what Alexa is told of voices, and try them',
    load: () => import('./commands/alexa.ts'),
  },
  doctor: {
    summary: 'say what is missing or wrong, here and in AWS',
    load: () => import('./commands/doctor.ts'),
  },
}

const sensorsAndWatches: Entries = {
  sensors: {
    summary: 'list sensors, and what they said last',
    load: () => import('./commands/sensors.ts'),
  },
  explain: {
    summary: 'say why a watch did or did not act',
    load: () => import('./commands/explain.ts'),
  },
  backtest: {
    summary: 'say what a watch would have done',
    load: () => import('./commands/backtest.ts'),
  },
}

const besides: Entries = {
  state: {
    summary: 'take systems out of the store and in, and say what became of one',
    load: () => import('./commands/state.ts'),
  },
  repl: { summary: 'type pipelines at a prompt', load: () => import('./commands/repl.ts') },
  demo: { summary: 'try it on a closet of hosts in this process', load: () => import('./commands/demo.ts') },
}

/** Every command, in the order of the help. Only the one that is called is loaded. */
export const commands: Readonly<Record<string, CommandEntry>> = {
  ...within('flows and hosts', flowsAndHosts),
  ...within('systems', systems),
  ...within('executions', executions),
  ...within('daemon', daemon),
  ...within('bridge', bridge),
  ...within('cloud', cloud),
  ...within('sensors and watches', sensorsAndWatches),
  ...within('besides', besides),
}

function within(group: Group, entries: Entries): Record<string, CommandEntry> {
  return Object.fromEntries(Object.entries(entries).map(([name, entry]) => [name, { ...entry, group }]))
}
