import * as z from 'zod'
import { explainIssues, InvalidArguments } from '../../../core/errors.ts'

/** What people call a template: a plain name, which becomes part of a volume's. */
export const templateName = z
  .string()
  .regex(
    /^[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?$/,
    'a template has a name of lower-case letters, digits, dots, dashes and underscores, at most 63',
  )

const prefix = 'reops-template-'
const suffix = '.qcow2'

/**
 * The name of the volume that holds a template. Throws `InvalidArguments` for a name that is not plain.
 *
 * @example
 * templateVolume('debian-12') // reops-template-debian-12.qcow2
 */
export function templateVolume(name: string): string {
  const parsed = templateName.safeParse(name)
  if (!parsed.success)
    throw new InvalidArguments(`template ${JSON.stringify(name)}: ${explainIssues(parsed.error.issues)}`)
  return `${prefix}${parsed.data}${suffix}`
}

/**
 * The template that a volume holds, or `undefined` for any other volume.
 *
 * @example
 * templateOf('reops-template-debian-12.qcow2') // debian-12
 */
export function templateOf(volume: string): string | undefined {
  if (!volume.startsWith(prefix) || !volume.endsWith(suffix)) return undefined
  const name = templateName.safeParse(volume.slice(prefix.length, -suffix.length))
  return name.success ? name.data : undefined
}
