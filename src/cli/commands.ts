import type { Command } from './command.ts'

/** A command before it is loaded: enough for the help. */
export interface CommandEntry {
  readonly summary: string
  load(): Promise<Command>
}

/** Every command, in the order of the help. Only the one that is called is loaded. */
export const commands: Readonly<Record<string, CommandEntry>> = {
  run: { summary: 'run a flow', load: () => import('./commands/run.ts') },
  plan: { summary: 'say what a flow would do, and do nothing', load: () => import('./commands/plan.ts') },
  compile: { summary: 'print the state machine of a flow', load: () => import('./commands/compile.ts') },
  flows: { summary: 'list the flows', load: () => import('./commands/flows.ts') },
  exec: { summary: 'run a command on hosts', load: () => import('./commands/exec.ts') },
  hosts: {
    summary: 'list hosts and groups, and how each is reached',
    load: () => import('./commands/hosts.ts'),
  },
  executions: { summary: 'list what was run', load: () => import('./commands/executions.ts') },
  show: { summary: 'say what happened in an execution', load: () => import('./commands/show.ts') },
  events: { summary: 'print the events of an execution', load: () => import('./commands/events.ts') },
  cancel: { summary: 'cancel a running execution', load: () => import('./commands/cancel.ts') },
  redrive: { summary: 'go on from where an execution failed', load: () => import('./commands/redrive.ts') },
  resume: { summary: 'go on with what was left behind', load: () => import('./commands/resume.ts') },
  state: {
    summary: 'take systems out of the store and in, and say what became of one',
    load: () => import('./commands/state.ts'),
  },
  repl: { summary: 'type pipelines at a prompt', load: () => import('./commands/repl.ts') },
  demo: { summary: 'try it on a closet of hosts in this process', load: () => import('./commands/demo.ts') },
}
