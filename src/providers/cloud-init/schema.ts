import * as z from 'zod'
import { networkSchema } from './network.ts'
import { ownData } from './own-data.ts'
import { publicKey } from './public-key.ts'

const label = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/
const isDomain = (text: string) => text.length <= 190 && text.split('.').every(part => label.test(part))

/** Text of a command or a path: nothing that JSON, YAML or a shell could not carry. */
const text = z
  .string()
  .min(1)
  .max(65_536)
  .refine(value => value.isWellFormed() && !value.includes('\0'), 'it is text, without NUL bytes')

const word = (example: string) =>
  z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_.,:=/+~@-]{0,254}$/, `it is one plain word, such as ${example}`)

const mount = z.strictObject({
  device: z
    .string()
    .regex(
      /^(\/dev\/[A-Za-z0-9_./-]+|(UUID|LABEL)=[A-Za-z0-9_.-]+)$/,
      'a device is a path such as /dev/vdb, or UUID=… or LABEL=…',
    ),
  path: z
    .string()
    .regex(/^(\/[A-Za-z0-9_.@+-]+)+$/, 'a mount point is an absolute path of plain words')
    .refine(path => !path.split('/').includes('..'), 'a mount point has no .. in it'),
  filesystem: z.enum(['ext4', 'xfs', 'btrfs']).optional(),
  options: word('defaults,noatime').optional(),
  format: z.boolean().optional(),
})

/** Everything that `cloudInit` takes. */
export const cloudInitSchema = z.strictObject({
  instanceId: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, 'an instance id holds letters, digits, dots, dashes'),
  hostname: z.string().regex(label, 'a host name holds letters, digits and dashes, at most 63, and no dot'),
  domain: z.string().refine(isDomain, 'a domain is names with dots between them').optional(),
  user: z
    .string()
    .regex(
      /^[a-z_][a-z0-9_-]{0,31}$/,
      'a user name holds lower-case letters, digits, dashes and underscores',
    ),
  shell: z
    .string()
    .regex(/^(\/[A-Za-z0-9_.-]+)+$/, 'a shell is an absolute path')
    .default('/bin/bash'),
  keys: z
    .array(publicKey)
    .min(1, 'name a public key: no password lets anybody in, so the machine could not be reached')
    .max(64),
  packages: z.array(word('redis-server')).max(256).default([]),
  runcmd: z
    .array(z.union([text, z.array(text).min(1).max(256)]))
    .max(256)
    .default([]),
  mounts: z
    .array(mount)
    .max(32)
    .refine(
      all => all.every(one => one.format !== true || one.device.startsWith('/dev/')),
      'only a device that is named by its path can be formatted',
    )
    .default([]),
  network: networkSchema.optional(),
  userData: ownData.optional(),
})

/** The same for a guest that is reached by other ways than SSH. */
export const keylessSchema = cloudInitSchema.extend({ keys: z.array(publicKey).max(64) })
