import * as z from 'zod'
import type { Hosts } from '../../core/hosts.ts'
import type { Failure, Outcome } from '../../core/outcome.ts'

/** In the order in which a closet is shut down; it is brought up in the reverse. `own` is the host that this process is on. */
export const closetStages = ['guests', 'containers', 'hosts', 'own'] as const

/** What is shut down together: virtual machines, containers, hypervisors and physical machines, this process's own host. */
export type ClosetStage = (typeof closetStages)[number]

export const stage = z.enum(closetStages)

/** What is known of a system or a host on its way down or up. */
export interface ClosetMember {
  readonly stage: ClosetStage
  /** `going down`: it took it, and this process does not see the end of it. */
  readonly is: 'to stop' | 'stopped' | 'going down' | 'to start' | 'running'
  /** Of a system; a host that is none is shut down by SSH and can't be brought up. */
  readonly provider?: string | undefined
  readonly node?: string | undefined
  /** The closet's name, where it has one of its own. */
  readonly closet?: string | undefined
  /** What its provider said that a person should know. */
  readonly warnings?: readonly string[] | undefined
}

/** What a closet's steps hand on. */
export type ClosetOutcome = Outcome<Hosts, ClosetMember>

/** Who changes systems on the way, for their histories: by these they are known again. */
export const shuttingDown = 'shutdownCloset'
export const bringingUp = 'bringUpCloset'

/** A failure that says at which stage it was. */
export function atStage(stage: ClosetStage): (failure: Failure) => Failure {
  return failure => ({ ...failure, detail: { ...(failure.detail as object | null), stage } })
}
