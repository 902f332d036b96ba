import * as z from 'zod'
import { HostTrouble } from '../../../src/core/ports.ts'
import { type Handler, handler } from '../call.ts'
import { runProgram } from './run-program.ts'

/** Units as systemd knows them. Where it is not the first process there is a clear answer and no guess. */
export const servicesHandler: Handler = handler(z.strictObject({}), async (_params, { signal }) => {
  const said = await runProgram(
    'systemctl',
    ['list-units', '--type=service', '--all', '--plain', '--no-legend', '--no-pager', '--full'],
    signal,
  )
  if (said.ok) return said.stdout.split('\n').flatMap(readUnit)
  throw new HostTrouble(
    'refused',
    said.missing
      ? 'there is no systemd on this host, and services are listed by no other supervisor yet'
      : `systemd does not answer on this host: ${said.why}`,
  )
})

/** Name, load state, active state, sub state and description. */
function readUnit(line: string) {
  const [, name, load, active, state, description] =
    /^\s*[●*]?\s*(\S+)\.service\s+(\S+)\s+(\S+)\s+(\S+)\s*(.*)$/.exec(line) ?? []
  return name ? [{ name, loaded: load === 'loaded', active, state, description: description ?? '' }] : []
}
