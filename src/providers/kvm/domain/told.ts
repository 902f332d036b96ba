import * as z from 'zod'
import { type System, systemSchema } from '../../../core/systems/system.ts'
import { element, xmlText } from '../xml/write.ts'

/** Whose metadata it is; a name, not a place. */
export const metadataUri = 'urn:re-ops:system:1'

/** What is told to the hypervisor, so that a lost store can be made again from it. What was installed may hold secrets. */
const toldSchema = systemSchema.omit({
  state: true,
  stage: true,
  problem: true,
  ref: true,
  address: true,
  port: true,
  provider: true,
  node: true,
  revision: true,
  updatedAt: true,
  packages: true,
  userData: true,
})

type Told = z.output<typeof toldSchema>

/** The element of the metadata that describes a system, for its definition. */
export function toldElement(system: System) {
  return element('reops:system', { 'xmlns:reops': metadataUri }, told(system))
}

/** The same for a domain that is there: libvirt adds the namespace itself. */
export function toldText(system: System): string {
  return xmlText(element('system', {}, told(system)))
}

function told(system: System): string {
  return JSON.stringify(z.object(toldSchema.shape).parse(system))
}

/** Reads the element's text back. What doesn't parse was written by somebody else, and tells nothing. */
export function readTold(text: string | undefined): Told | undefined {
  if (text === undefined) return undefined
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  return z.object(toldSchema.shape).safeParse(value).data
}
