import * as z from 'zod'
import type { OrRef } from '../../../core/ref.ts'
import { word } from '../../remote/arguments.ts'
import { type CommonOptions, common } from '../resource.ts'
import type { Found } from './look.ts'

/** An absolute path: resources act as root, for whom neither a home nor a working folder is ours. */
export const absolute = word
  .regex(/^\//, 'is not absolute; a resource names its path from / on')
  .refine(path => path.length <= 4_096 && !/\/\.{1,2}(?:\/|$)/.test(path), 'holds . or ..; write it out')
  .refine(path => !/[^/]\/+$/.test(path), 'ends with a slash; leave it out')

/** A user or a group, by name or by number. */
const account = z
  .string()
  .regex(/^(?:[A-Za-z_][A-Za-z0-9_.-]{0,63}\$?|\d{1,10})$/, 'is no name of a user or a group')

/** Whose a file or a folder is, and what may be done with it. What is left out stays as it is. */
export interface Attributes extends CommonOptions {
  /** Permission bits, such as `0o640`. */
  readonly mode?: OrRef<number> | undefined
  readonly owner?: OrRef<string> | undefined
  readonly group?: OrRef<string> | undefined
}

export const attributes = {
  mode: z.int().min(0).max(0o7777).optional(),
  owner: account.optional(),
  group: account.optional(),
  ...common,
}

/** Attributes as they are asked for. */
export interface Wanted {
  readonly mode?: number | undefined
  readonly owner?: string | undefined
  readonly group?: string | undefined
}

/** In which attributes what is there differs from what is wanted, in words. */
export function differences(found: Found, { mode, owner, group }: Wanted): string[] {
  return [
    ...(mode === undefined || mode === found.mode ? [] : [`mode ${octal(found.mode)} → ${octal(mode)}`]),
    ...(owner === undefined || [found.owner, found.uid].includes(owner)
      ? []
      : [`owner ${found.owner} → ${owner}`]),
    ...(group === undefined || [found.group, found.gid].includes(group)
      ? []
      : [`group ${found.group} → ${group}`]),
  ]
}

/** Permission bits as `chmod` reads them. */
export function octal(mode: number | undefined): string {
  return mode === undefined ? '' : mode.toString(8).padStart(4, '0')
}
