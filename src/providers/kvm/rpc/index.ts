export {
  isLibvirtError,
  LibvirtConnectionLost,
  LibvirtError,
  LibvirtProtocolError,
  LibvirtTimeout,
  LibvirtUriError,
} from './errors.ts'
export { type Libvirt, openLibvirt } from './open.ts'
export type { LibvirtOptions } from './options.ts'
export * as constants from './protocol/constants.ts'
export type { DomainEvent, EventKind } from './protocol/events.ts'
export type { Answer, Input, ProcedureName } from './protocol/procedures.ts'
export type { DomainRef, PoolRef, SnapshotRef, VolumeRef } from './protocol/references.ts'
export { openStreamsOver } from './transports/over-ssh.ts'
export type { OpenStream } from './transports/port.ts'
export { parseLibvirtUri } from './uri.ts'
export { recordOf } from './xdr/typed-parameters.ts'
