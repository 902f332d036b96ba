import { userInfo } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { stateFolder } from '../../../run/config.ts'
import type { Args } from '../../command.ts'
import type { CommandContext } from '../../context.ts'
import { text } from '../../parse.ts'
import { configuration } from '../../session/configuration.ts'
import { UsageError } from '../../usage-error.ts'
import { notice } from '../print.ts'
import { type UnitParts, unitOf } from './unit.ts'

/** Prints the unit alone; what has to be there before it starts is said on stderr. */
export async function printUnit(
  context: CommandContext,
  args: Args,
  command: NonNullable<UnitParts['command']> = 'bridge',
): Promise<number> {
  const loaded = await configuration(context, args)
  const user = text(args, 'user') ?? userInfo().username
  if (!/^[A-Za-z_][\w.-]{0,63}$/.test(user))
    throw new UsageError(`--user is ${JSON.stringify(user)}, which is no name of a user`)
  const parts: UnitParts = {
    command,
    // A daemon drains for as long as its configuration says, and closes what it has open.
    ...(command === 'up' ? { stopSeconds: 2 * loaded.config.daemon.drain + 60 } : {}),
    node: process.execPath,
    reops: fileURLToPath(new URL('../../../../bin/reops.js', import.meta.url)),
    config: loaded.file === undefined ? undefined : path.resolve(loaded.file),
    folder: path.resolve(loaded.folder),
    state: stateFolder(loaded),
    user,
  }
  const broken = Object.values(parts).find(part => typeof part === 'string' && /[\n\r\0]/.test(part))
  if (broken !== undefined)
    throw new UsageError(
      `${JSON.stringify(broken)} has a line end, which a unit can not say; move it elsewhere`,
    )
  context.stdout.write(unitOf(parts))
  notice(
    context,
    `before it starts, ${parts.state} has to be there and to be ${user}'s${command === 'bridge' ? '; reops keys show makes it' : ''}`,
  )
  return 0
}
