import { said } from '../../../core/farewell.ts'
import { HostTrouble } from '../../../core/ports.ts'
import type { Job } from '../../../core/systems/provider.ts'
import { SystemTrouble } from '../../../core/systems/trouble.ts'
import { boundsOf, pause } from '../bounds.ts'
import type { Box, Parts } from '../box.ts'
import { printable } from '../printable.ts'
import { magicPacket } from './packet.ts'
import { programs, relay, woke } from './relay-script.ts'
import { sendPacket } from './send.ts'

/**
 * Wakes a machine by magic packets: from here, or from a host in its segment. Nobody confirms them; whether it wakes is
 * seen when it answers. Throws `SystemTrouble`.
 */
export async function wake(parts: Parts, box: Box, mac: string, job: Job): Promise<void> {
  const { wakeFrom } = box.machine
  if (wakeFrom === undefined) await wakeFromHere(parts, box, mac, job)
  else await wakeBy(parts, box, mac, wakeFrom, job)
}

async function wakeFromHere({ pace }: Parts, { name, machine }: Box, mac: string, job: Job): Promise<void> {
  const { broadcast: address, wakePort: port, secureOn } = machine
  job.stage(`sending the magic packet of ${mac} to ${address}, port ${port}`)
  const packet = magicPacket(mac, secureOn)
  for (let sent = 0; sent < pace.packets; sent++) {
    if (sent > 0) await pause(job, name, pace.packetPauseMs)
    boundsOf(job, name, pace.packetPauseMs)
    try {
      await sendPacket(packet, { address, port })
    } catch (cause) {
      throw new SystemTrouble(
        'exception',
        `${name}: the magic packet could not be sent to ${address}, port ${port}: ${wordsOf(cause)}. Give broadcast the address of a segment that this machine is on, or name a host there as wakeFrom`,
        { cause },
      )
    }
  }
}

/** Programs start slowly on small machines, and each packet waits a moment. */
const relayMs = 60_000

async function wakeBy(
  { hosts, pace }: Parts,
  { name, machine }: Box,
  mac: string,
  from: string,
  job: Job,
): Promise<void> {
  const { broadcast, wakePort, secureOn } = machine
  job.stage(`sending the magic packet of ${mac} from ${from}`)
  const words = [
    magicPacket(mac, secureOn).toString('hex'),
    broadcast,
    String(wakePort),
    mac,
    secureOn ?? '',
    String(pace.packets),
  ]
  try {
    const remote = await hosts.open('ssh', { name: from }, boundsOf(job, name, pace.probeMs * 2))
    const result = await remote.exec(['sh', '-c', relay, 'sh', ...words], {
      ...boundsOf(job, name, relayMs),
      env: programs,
    })
    const tool = said(result.stdout, woke)
    if (result.exit === 0 && tool !== undefined) return job.stage(`${from} sent it by ${printable(tool)}`)
    throw new SystemTrouble(
      'exit',
      `${name}: ${from} can't send its magic packet: ${printable(result.stderr)}. Install wakeonlan or python3 there`,
      { detail: { exit: result.exit, stderr: result.stderr } },
    )
  } catch (error) {
    if (!(error instanceof HostTrouble)) throw error
    boundsOf(job, name, relayMs)
    throw new SystemTrouble(
      error.code,
      `${name}: ${from}, from which it is woken, has trouble. ${error.message}`,
      {
        cause: error,
        detail: { ...error.detail },
      },
    )
  }
}

function wordsOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
