import { mkdtemp, rm } from 'node:fs/promises'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { FrameDecoder } from '../../src/providers/kvm/rpc/frames/decoder.ts'
import {
  frameHeader,
  type Header,
  programs,
  statuses,
  types,
} from '../../src/providers/kvm/rpc/frames/header.ts'
import {
  type Answer,
  type ProcedureName,
  procedures,
} from '../../src/providers/kvm/rpc/protocol/procedures.ts'
import type { AnyShape } from '../../src/providers/kvm/rpc/xdr/shapes.ts'
import { XdrWriter } from '../../src/providers/kvm/rpc/xdr/writer.ts'

/** A frame that a client sent, and how to say something to it. */
export interface Heard {
  readonly header: Header
  readonly body: Buffer
  /** The procedure that was called, if it is one of ours. */
  readonly name: ProcedureName | undefined
  readonly client: FakeClient
}

export interface FakeClient {
  readonly socket: net.Socket
  answer<N extends ProcedureName>(to: Header, name: N, answer: Answer<N>): void
  /** Says no, with a code and a message. */
  refuse(to: Header, code: number, message: string): void
  /** Sends a frame; what is not given is that of a plain event. */
  frame(header: Partial<Header>, body?: Buffer): void
}

export interface FakeDaemon {
  readonly uri: string
  /** Every frame that came, keepalives among them. */
  readonly heard: readonly Heard[]
  readonly clients: readonly FakeClient[]
  /** How many frames of this procedure have come. */
  count(name: ProcedureName): number
  stop(): Promise<void>
}

/** Writes a value as it stands on the wire. */
export function bodyOf(shape: AnyShape, value: unknown): Buffer {
  const writer = new XdrWriter()
  shape.write(writer, value)
  return writer.finish()
}

const names = new Map(
  (Object.keys(procedures) as ProcedureName[]).map(name => [procedures[name].number, name]),
)

/**
 * A far end that speaks the frames of libvirt's protocol and answers as a test tells it to. It lets everybody in and
 * opens everything, but for what is named in `own`; that, and whatever else is asked, goes to `on`.
 */
export async function startFakeDaemon(
  on: (heard: Heard) => void = () => undefined,
  own: readonly ProcedureName[] = [],
): Promise<FakeDaemon> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'reops-libvirt-'))
  const socketPath = path.join(folder, 'sock')
  const heard: Heard[] = []
  const clients: FakeClient[] = []
  const server = net.createServer(socket => {
    const client = fakeClient(socket)
    const decoder = new FrameDecoder()
    clients.push(client)
    socket.on('error', () => socket.destroy())
    socket.on('data', chunk =>
      decoder.push(chunk, (header, body) => {
        const call = header.program === programs.remote && header.type === types.call
        const one = { header, body, name: call ? names.get(header.procedure) : undefined, client }
        heard.push(one)
        if ((one.name && own.includes(one.name)) || !welcome(one)) on(one)
      }),
    )
  })
  await new Promise<void>(resolve => server.listen(socketPath, resolve))
  return {
    uri: `qemu+unix:///system?socket=${socketPath}`,
    heard,
    clients,
    count: name => heard.filter(each => each.name === name).length,
    async stop() {
      for (const { socket } of clients) socket.destroy()
      await new Promise(resolve => server.close(resolve))
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function fakeClient(socket: net.Socket): FakeClient {
  const frame = (header: Partial<Header>, body: Buffer = Buffer.alloc(0)) => {
    const plain = {
      program: programs.remote,
      procedure: 1,
      type: types.event,
      serial: 0,
      status: statuses.ok,
    }
    socket.write(Buffer.concat([frameHeader({ ...plain, ...header }, body.length), body]))
  }
  return {
    socket,
    frame,
    answer: (to, name, answer) =>
      frame({ ...to, type: types.reply }, bodyOf(procedures[name].answer, answer)),
    refuse(to, code, message) {
      const writer = new XdrWriter()
      for (const number of [code, 10, 1]) writer.int(number)
      writer.text(message)
      // The level, and nothing of all that may follow.
      for (const number of [2, 0, 0, 0, 0, 0, 0, 0]) writer.int(number)
      const type = to.type === types.stream ? types.stream : types.reply
      frame({ ...to, type, status: statuses.error }, writer.finish())
    },
  }
}

function welcome({ name, header, client }: Heard): boolean {
  if (name === 'authList') client.answer(header, name, { types: [0] })
  else if (name === 'connectSupportsFeature') client.answer(header, name, { supported: true })
  else if (name === 'connectOpen' || name === 'connectClose') client.answer(header, name, undefined)
  else return false
  return true
}
