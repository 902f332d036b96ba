import type { Context } from '../../../core/context.ts'
import { InvalidConfig } from '../../../core/errors.ts'
import type { SystemsPort } from '../../../core/systems/port.ts'

/** The systems that are wired here. Throws `InvalidConfig` where none are. */
export function systemsOf({ systems, step }: Pick<Context, 'systems' | 'step'>): SystemsPort {
  if (systems !== undefined) return systems
  throw new InvalidConfig(
    `${step} acts on systems, and no store of systems is wired here; run it by the reops command, or in a process that loads reops.config.ts`,
  )
}
