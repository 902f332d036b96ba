import { mostFrameBytes } from '../session/frame.ts'

/** Messages that libzmq holds for one connection, each a megabyte at most. */
const waitingMessages = 100

/** What every socket of ours is set to. Times are milliseconds; sending never waits. */
export const shared = {
  linger: 0,
  ipv6: true,
  sendTimeout: 0,
  sendHighWaterMark: waitingMessages,
  receiveHighWaterMark: waitingMessages,
  maxMessageSize: mostFrameBytes,
  handshakeInterval: 10_000,
  heartbeatInterval: 5_000,
  heartbeatTimeout: 15_000,
  heartbeatTimeToLive: 20_000,
} as const

/** A connection that was lost is tried again: libzmq doubles the pause and adds chance to it. */
export const reconnecting = { reconnectInterval: 100, reconnectMaxInterval: 10_000 } as const
