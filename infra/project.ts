import path from 'node:path'
import { type Compiled, compile } from '../src/compile/compile.ts'
import { functionsOf } from '../src/compile/functions.ts'
import type { AwsSettings, Permission } from '../src/core/aws.ts'
import { type Config, configSchema } from '../src/core/config.ts'
import type { Flow } from '../src/core/flow.ts'
import { keeperOf, runningIn } from '../src/core/runs.ts'
import { type LoadedConfig, loadConfig } from '../src/run/config.ts'
import { findConfigFile } from '../src/run/config-file.ts'
import { loadExports, loadFlows } from '../src/run/flows.ts'
import { loadSchedules, type NamedSchedule } from '../src/run/schedules.ts'
import { watchesIn, wemosIn } from '../src/run/triggers-in.ts'
import { version } from '../src/run/version.ts'
import { undoingFlows } from '../src/run/voice/undoing.ts'
import { voicesIn } from '../src/run/voices-in.ts'
import { webhooksIn } from '../src/run/webhooks-in.ts'
import { deviceWord } from '../src/triggers/alexa/index.ts'
import { refuseSkill, skillFunction, skillPermissions } from './alexa.ts'
import { refuseMail } from './mail.ts'
import { refuseNames } from './names.ts'
import type { ProjectWatch } from './watch-machine.ts'
import {
  compileWatches,
  refuseWatches,
  watchFunction,
  watchPermissions,
  watchSeconds,
} from './watch-needs.ts'
import {
  refuseWebhooks,
  type Webhooks,
  webhookFunction,
  webhookPermissions,
  webhookSeconds,
} from './webhooks.ts'

/** A function that answers tasks in the cloud, and what its operations need there. */
export interface Needs {
  readonly capability: string
  readonly permissions: readonly Permission[]
  /** Seconds; the longest of its operations. */
  readonly timeoutSeconds: number
}

/** All that is deployed, as data. */
export interface Project {
  readonly folder: string
  /** The absolute path of the file that exports the flows. */
  readonly flowsFile: string
  readonly config: Config
  readonly settings: AwsSettings
  /** By the names of their flows. */
  readonly machines: ReadonlyMap<string, Compiled>
  /** By the substitutions that stand for them in machines, such as `CodeFunction`. */
  readonly functions: ReadonlyMap<string, Needs>
  /** Those that AWS keeps, by the names that they are exported by. */
  readonly schedules: ReadonlyMap<string, NamedSchedule>
  /** Those that AWS takes, by the names that they are exported by. */
  readonly webhooks: Webhooks
  /** Those that AWS keeps, by their names. */
  readonly watches: ReadonlyMap<string, ProjectWatch>
  /** The names of the flows that switches at home start here. */
  readonly switches: readonly string[]
  /** The release of Re-ops. */
  readonly release: string
}

/**
 * Reads what is to be deployed: the flows and the configuration of a folder, or of the nearest one above that has a
 * configuration. Rejects with what reading and compiling them throws, and with `InvalidConfig` for names that AWS
 * does not take.
 */
export async function loadProject(from: string): Promise<Project> {
  const file = process.env.REOPS_CONFIG ?? findConfigFile(from)
  const loaded: LoadedConfig =
    file === undefined ? { config: configSchema.parse({}), folder: from, file } : await loadConfig(file)
  const { config, folder } = loaded
  const flows = await loadFlows(loaded)
  const flowsFile = path.resolve(folder, config.flows)
  const machines = new Map([...flows].map(([name, flow]) => [name, compile(flow, name)]))
  const schedules = runningIn(
    'cloud',
    await loadSchedules(loaded, flows),
    ({ schedule }) => schedule.options.runs,
    config,
  )
  refuseMail(machines, config.mail)
  const functions = needsOf(machines.values())
  const exported = await loadExports(loaded)
  const webhooks = runningIn('cloud', webhooksIn(exported, flows, flowsFile), ({ runs }) => runs, config)
  const ofOperations = capabilitiesOf(functions)
  refuseWebhooks(webhooks, config.aws, ofOperations)
  if (webhooks.size > 0) {
    const permissions = webhookPermissions(webhooks, flows, config.aws)
    functions.set(webhookFunction, { capability: 'webhook', permissions, timeoutSeconds: webhookSeconds })
  }
  const watches = compileWatches(
    runningIn('cloud', watchesIn(exported), ({ runs }) => runs, config),
    flows,
  )
  refuseWatches(watches, {
    stack: config.aws.stack,
    flows: machines.keys(),
    capabilities: ofOperations,
  })
  if (watches.size > 0)
    functions.set(watchFunction, {
      capability: 'watch',
      permissions: watchPermissions,
      timeoutSeconds: watchSeconds,
    })
  const voices = voicesIn(exported, flows)
  if (config.aws.alexa?.skillId !== undefined && voices.size > 0) {
    refuseSkill(config.aws, ofOperations)
    const undoing = [...voices.values()].flatMap(({ voice }) => {
      const word = deviceWord(voice)
      return word === undefined ? [] : undoingFlows(word, exported, flows, voices.values())
    })
    const permissions = skillPermissions(voices.values(), config.aws, undoing)
    functions.set(skillFunction, { capability: 'alexa', permissions, timeoutSeconds: 30 })
  }
  refuseNames(config.aws.stack, {
    flows: machines.keys(),
    schedules: schedules.keys(),
    watches: watches.keys(),
    capabilities: capabilitiesOf(functions),
  })
  return {
    folder,
    flowsFile,
    config,
    settings: config.aws,
    machines,
    functions,
    schedules,
    webhooks,
    watches,
    switches: switchedIn(exported, flows, config),
    release: version(),
  }
}

function capabilitiesOf(functions: Project['functions']): readonly string[] {
  return [...functions.values()].map(one => one.capability)
}

/** The flows of switches that start them in AWS. */
function switchedIn(
  exported: Readonly<Record<string, unknown>>,
  flows: ReadonlyMap<string, Flow>,
  config: Config,
): readonly string[] {
  const started = wemosIn(exported)
    .filter(wemo => keeperOf(wemo.runs, config) === 'cloud')
    .flatMap(({ on, off }) => [on.flow, off.flow])
  return [...flows].flatMap(([name, flow]) => (started.includes(flow) ? [name] : [])).sort()
}

function needsOf(machines: Iterable<Compiled>): Map<string, Needs> {
  const needs = new Map<string, Needs>()
  for (const compiled of machines) {
    for (const [name, { capability, permissions }] of functionsOf(compiled)) {
      const before = needs.get(name)
      needs.set(name, {
        capability,
        permissions: [...(before?.permissions ?? []), ...permissions],
        timeoutSeconds: Math.max(before?.timeoutSeconds ?? 0, longest(compiled, name)),
      })
    }
  }
  // EC2 warns of instances that it takes back, and the spot function is who listens.
  if (needs.has('Ec2Function') && !needs.has('SpotFunction'))
    needs.set('SpotFunction', { capability: 'spot', permissions: [], timeoutSeconds: 60 })
  return needs
}

function longest({ tasks }: Compiled, functionName: string): number {
  const seconds = [...tasks.values()]
    .filter(({ definition }) => definition.functionName === functionName)
    .map(({ definition }) => definition.timeoutSeconds)
  return Math.max(0, ...seconds)
}
