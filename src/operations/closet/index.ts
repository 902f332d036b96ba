export { bringUpStage, type StageUpOptions } from './bring-up-stage.ts'
export type { ClosetOptions } from './members.ts'
export {
  type BringUpClosetOptions,
  bringUpCloset,
  type ShutdownClosetOptions,
  shutdownCloset,
} from './shutdown-closet.ts'
export { type StageDownOptions, shutdownStage } from './shutdown-stage.ts'
export type { ClosetMember, ClosetOutcome, ClosetStage } from './stages.ts'
export { toBringUp } from './to-bring-up.ts'
export { type ToShutDownOptions, toShutDown } from './to-shut-down.ts'
export { type ClosetTurn, closetTurn } from './turn.ts'
