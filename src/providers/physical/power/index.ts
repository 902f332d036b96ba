import type { PowerSwitch } from '../../../core/systems/nodes.ts'
import type { PowerControl, Secrets } from './control.ts'
import { openIpmi } from './ipmi.ts'
import { openRedfish } from './redfish/index.ts'

/** Opens a power switch. Nothing is asked and no password is read before it is used. */
export function openPower(name: string, power: PowerSwitch, secrets: Secrets): PowerControl {
  // A file ends with the end of a line, and no password does.
  const password = async () => (await secrets(power.password)).replace(/\r?\n$/, '')
  return power.kind === 'ipmi' ? openIpmi(name, power, password) : openRedfish(name, power, password)
}
