import type { AddressInfo, Socket } from 'node:net'
import ssh2 from 'ssh2'

/** An SSH server that does what OpenSSH never would. */
export interface StrangeServer {
  readonly port: number
  readonly connections: Set<ssh2.Connection>
  stop(): Promise<void>
}

// RSA, because ssh2 now and then writes an ed25519 key that nobody can read.
const hostKey = ssh2.utils.generateKeyPairSync('rsa', { bits: 2048 }).private

/** Starts a server that lets everybody in; `onSession` does the rest. */
export async function strangeServer(
  onSession: (session: ssh2.Session, connection: ssh2.Connection) => void,
): Promise<StrangeServer> {
  const connections = new Set<ssh2.Connection>()
  const server = new ssh2.Server({ hostKeys: [hostKey] }, connection => {
    connections.add(connection)
    socketOf(connection).setNoDelay(true)
    connection.on('close', () => connections.delete(connection))
    // Clients that are cut off in the middle are the point of these tests.
    connection.on('error', () => undefined)
    connection.on('authentication', context => context.accept())
    connection.on('session', accept => onSession(accept(), connection))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    connections,
    stop: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        for (const connection of connections) connection.end()
      }),
  }
}

/** Cuts a connection off below SSH, as a crash or a firewall does. */
export function cut(connection: ssh2.Connection): void {
  socketOf(connection).destroy()
}

/** ssh2 has no public way to a server connection's socket. */
export function socketOf(connection: ssh2.Connection): Socket {
  return (connection as unknown as { _sock: Socket })._sock
}

/** One entry of a hostile folder. */
export interface StrangeFile {
  readonly name: string
  readonly kind: 'file' | 'folder' | 'link'
}

const modes = { file: 0o100644, folder: 0o040755, link: 0o120777 }

const content = 'owned'

interface Tricks {
  /** Every folder holds the same again. */
  readonly endless?: boolean
  /** Every read is answered with more than was asked for. */
  readonly tooMuch?: boolean
}

/** Serves a folder `/remote` by SFTP, whose names are whatever is given; every file holds `owned`. */
export function serveStrangeFolder(
  session: ssh2.Session,
  files: readonly StrangeFile[],
  tricks: Tricks = {},
): void {
  const attrs = (kind: StrangeFile['kind']) => ({
    mode: modes[kind],
    uid: 0,
    gid: 0,
    size: content.length,
    atime: 0,
    mtime: 0,
  })
  const names = files.map(file => ({ filename: file.name, longname: file.name, attrs: attrs(file.kind) }))
  session.on('sftp', accept => {
    const sftp = accept()
    const { STATUS_CODE } = ssh2.utils.sftp
    let left: typeof names = []
    const look = (id: number, path: string) =>
      sftp.attrs(id, attrs(path === '/remote' || path.endsWith('/sub') ? 'folder' : 'file'))
    sftp.on('STAT', look).on('LSTAT', look)
    sftp.on('FSTAT', id => sftp.attrs(id, attrs('file')))
    sftp.on('OPENDIR', (id, path) => {
      left = path === '/remote' || tricks.endless ? names : []
      sftp.handle(id, Buffer.from('d'))
    })
    sftp.on('READDIR', id => {
      if (left.length === 0) return sftp.status(id, STATUS_CODE.EOF)
      sftp.name(id, left)
      left = []
    })
    sftp.on('OPEN', id => sftp.handle(id, Buffer.from('f')))
    sftp.on('READ', (id, _handle, offset, length) => {
      if (tricks.tooMuch) sftp.data(id, Buffer.alloc(length + 1_000))
      else if (offset >= content.length) sftp.status(id, STATUS_CODE.EOF)
      else sftp.data(id, Buffer.from(content.slice(offset, offset + length)))
    })
    sftp.on('CLOSE', id => sftp.status(id, STATUS_CODE.OK))
    sftp.on('error', () => undefined)
  })
}
