import { connectProcedures } from './connect.ts'
import { domainProcedures } from './domains.ts'
import { networkProcedures } from './networks.ts'
import type { AnswerOf, InputOf } from './procedure.ts'
import { snapshotProcedures } from './snapshots.ts'
import { poolProcedures, volumeProcedures } from './storage.ts'

/** Every procedure that we call, by the name that libvirt's own API gives it. */
export const procedures = {
  ...connectProcedures,
  ...domainProcedures,
  ...snapshotProcedures,
  ...poolProcedures,
  ...volumeProcedures,
  ...networkProcedures,
} as const

export type ProcedureName = keyof typeof procedures
/** What a procedure takes. Flags and what may be missing can be left out. */
export type Input<N extends ProcedureName> = InputOf<(typeof procedures)[N]>
/** What a procedure answers; `undefined` for those that only succeed. */
export type Answer<N extends ProcedureName> = AnswerOf<(typeof procedures)[N]>
