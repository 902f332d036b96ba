import type { System } from '../../../src/core/systems/system.ts'
import { idOfMachine } from '../../../src/providers/physical/index.ts'
import type { Pace } from '../../../src/providers/physical/pace.ts'

/** A machine as the store has it after a sync. */
export function systemOf(hostname: string): System {
  return {
    id: idOfMachine(hostname),
    hostname,
    ref: hostname,
    provider: 'physical',
    description: '',
    tags: [],
    volumes: [],
    state: 'running',
    revision: 1,
    createdAt: 0,
    updatedAt: 0,
  }
}

/** Waits as short as the real parts of a test allow. */
export const quickPace: Partial<Pace> = {
  probeMs: 1_000,
  pauseMs: 100,
  packets: 2,
  packetPauseMs: 20,
  powerMs: 5_000,
  cutMs: 1_000,
}
