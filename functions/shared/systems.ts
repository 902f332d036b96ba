import { randomUUID } from 'node:crypto'
import { clientOptions } from '../../src/core/aws.ts'
import { configSchema } from '../../src/core/config.ts'
import { InvalidConfig, ReopsError } from '../../src/core/errors.ts'
import { once } from '../../src/core/once.ts'
import type { SystemsPort } from '../../src/core/systems/port.ts'
import type { Provider } from '../../src/core/systems/provider.ts'
import { InvalidSystem } from '../../src/core/systems/spec.ts'
import type { SystemStore } from '../../src/core/systems/store.ts'
import type { FunctionEnvironment } from '../../src/run/deploy/function-environment.ts'
import { ec2Defaults } from '../../src/run/systems/ec2.ts'
import { hostOf } from '../../src/run/systems/host-of.ts'
import { log } from './log.ts'

/** A system's provider is not reached from the cloud. */
class UnknownProvider extends ReopsError {
  override readonly name = 'UnknownProvider'
  override readonly slug = 'unknown-provider'
}

/**
 * The systems in the stack's table. Providers that are not given are not reached: those of a closet stay with its bridge.
 * Nothing is loaded before it is needed.
 */
export function cloudSystems(
  environment: FunctionEnvironment,
  providers: Readonly<Record<'ec2', () => Promise<Provider>>> | Readonly<Record<never, never>> = {},
): SystemsPort {
  const factories = new Map<string, () => Promise<Provider>>(Object.entries(providers))
  const config = configSchema.parse({ aws: environment.settings.aws })
  const open = once(() => openStore(environment))
  const opened = new Map([...factories].map(([name, factory]) => [name, once(factory)]))
  return {
    // Machines in the cloud are called alike and number their processes alike: nobody can say of such a holder that it is gone.
    owner: `lambda/${environment.stack}/${randomUUID()}`,
    providers: [...factories.keys()],
    nodes: () => undefined,
    store: open,
    provider: async name => {
      const provider = opened.get(name)
      if (provider !== undefined) return provider()
      throw new UnknownProvider(
        `there is no provider ${JSON.stringify(name)} in this function, which has ${[...factories.keys()].join(', ') || 'none'}; a step on systems of a closet executes there, by the bridge`,
      )
    },
    publicKeys: async key => {
      if (key === undefined && config.aws.ec2.reach === 'ssm') return []
      throw new InvalidSystem(
        'there are no SSH keys in the cloud: create systems that are reached by SSH from where the keys are, or let Run Command reach them (aws.ec2.reach is ssm)',
      )
    },
    hostOf: system => hostOf(system, config),
    defaultsOf: () => ec2Defaults(config),
  }
}

async function openStore({ table, settings }: FunctionEnvironment): Promise<SystemStore> {
  if (table === undefined)
    throw new InvalidConfig(
      'this function has no table of systems: REOPS_TABLE is not set; deploy it again, with reops deploy',
    )
  const { openDynamoSystems } = await import('../../src/state/dynamodb/index.ts')
  const onUnreadable = ({ message }: Error) => log({ level: 'warn', message })
  return openDynamoSystems({ table, onUnreadable, ...clientOptions(settings.aws, 'dynamodb') })
}
