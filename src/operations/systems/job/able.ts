import type { Ability } from '../../../core/systems/provider.ts'
import { SystemTrouble } from '../../../core/systems/trouble.ts'
import type { AtWork, Call } from './at-work.ts'

/**
 * Throws `SystemTrouble` with code `refused` when a provider can't do something at all. It is asked all the same,
 * which touches nothing, since it knows best why.
 */
export async function requireAble(at: AtWork, ability: Ability, call: Call<unknown>): Promise<void> {
  if (at.provider.abilities.has(ability)) return
  await at.ask(call)
  const { hostname, provider } = at.system
  throw new SystemTrouble('refused', `${hostname} can't ${ability}: ${provider} systems know no such thing`)
}
