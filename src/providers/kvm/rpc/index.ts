export type { CallOptions } from './connection/calls.ts'
export type { OnClose } from './connection/connection.ts'
export type { StreamOptions } from './connection/streams.ts'
export type { SubscribeOptions, Subscription } from './connection/subscriptions.ts'
export {
  type CarriedOut,
  isLibvirtError,
  LibvirtConnectionLost,
  LibvirtError,
  LibvirtProtocolError,
  LibvirtTimeout,
  LibvirtUriError,
} from './errors.ts'
export { type ConsoleOptions, type Libvirt, openLibvirt } from './open.ts'
export type { LibvirtOptions } from './options.ts'
export * as constants from './protocol/constants.ts'
export type { LibvirtCode } from './protocol/error-codes.ts'
export type { DomainEvent, EventKind } from './protocol/events.ts'
export type { Answer, Input, ProcedureName } from './protocol/procedures.ts'
export type { DomainRef, NetworkRef, PoolRef, SnapshotRef, VolumeRef } from './protocol/references.ts'
export type { UploadOptions } from './transfers.ts'
export { openStreamsOver } from './transports/over-ssh.ts'
export type { OpenStream, SshHost } from './transports/port.ts'
export { type LibvirtUri, parseLibvirtUri } from './uri.ts'
export { recordOf, type TypedParameter } from './xdr/typed-parameters.ts'
