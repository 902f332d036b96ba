import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import * as z from 'zod'
import type { Context } from '../../core/context.ts'
import { InvalidArguments } from '../../core/errors.ts'
import type { HostAtWork } from '../../core/operation/host-at-work.ts'
import type { TransferProgress } from '../../core/ports.ts'

/** Permission bits, such as `0o640`. */
export const mode = z.int().min(0).max(0o7777)

/** Tells of a host's transfer as it goes on. */
export function reportTo(context: Context, host: HostAtWork): (progress: TransferProgress) => void {
  return progress => context.progress({ kind: 'transfer', step: context.step, host: host.name, ...progress })
}

/**
 * The absolute path of what is to be sent; a relative one starts at the working directory of this process, and on a bridge
 * at its project. Throws `InvalidArguments` when it isn't there, or is no folder where one is needed, since no host is to
 * blame for that, and `FileRefused`.
 */
export async function requireLocal(
  local: string,
  { step, files }: Pick<Context, 'step' | 'files'>,
  kind?: 'folder',
): Promise<string> {
  const path = (await files?.readable(local)) ?? resolve(local)
  const found = await stat(path).catch((cause: unknown) => {
    throw new InvalidArguments(
      `${step}: ${path} can't be read on this machine; make it, or correct the path`,
      {
        cause,
        detail: { path },
      },
    )
  })
  if (kind === undefined || found.isDirectory()) return path
  throw new InvalidArguments(`${step}: ${path} is not a folder; upload(…) sends a single file`, {
    detail: { path },
  })
}
