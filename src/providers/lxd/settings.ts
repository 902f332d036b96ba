import type { FirstLogin } from '../../core/systems/provider.ts'
import type { System } from '../../core/systems/system.ts'
import { tell } from '../../core/systems/told.ts'
import { cloudInit } from '../cloud-init/index.ts'
import { marks } from './marks.ts'

/** An instance's configuration: its limits, what cloud-init is given, and what we write there about the system. */
export function settingsOf(system: System, login: FirstLogin): Record<string, string> {
  const { id, hostname, domain, packages, userData } = system
  const seed = cloudInit({ instanceId: id, hostname, domain, packages, userData, ...login })
  return {
    ...limitsOf(system),
    'cloud-init.user-data': seed['user-data'],
    [marks.id]: id,
    [marks.told]: tell(system),
  }
}

/** Processors and MiB of memory; what isn't said is not limited. */
export function limitsOf({ cpu, ram }: Pick<System, 'cpu' | 'ram'>): Record<string, string> {
  return {
    ...(cpu === undefined ? {} : { 'limits.cpu': String(cpu) }),
    ...(ram === undefined ? {} : { 'limits.memory': `${ram}MiB` }),
  }
}
