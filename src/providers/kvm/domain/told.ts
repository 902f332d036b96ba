import type { System } from '../../../core/systems/system.ts'
import { tell } from '../../../core/systems/told.ts'
import { element, xmlText } from '../xml/write.ts'

/** Whose metadata it is; a name, not a place. */
export const metadataUri = 'urn:re-ops:system:1'

/** The element of the metadata that describes a system, for its definition. */
export function toldElement(system: System) {
  return element('reops:system', { 'xmlns:reops': metadataUri }, tell(system))
}

/** The same for a domain that is there: libvirt adds the namespace itself. */
export function toldText(system: System): string {
  return xmlText(element('system', {}, tell(system)))
}
