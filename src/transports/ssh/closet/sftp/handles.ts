import { randomBytes } from 'node:crypto'
import type { Dir } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { SftpRefusal, status } from './status.ts'

/** A file that a client has open. `appends` when its writes go to the end wherever they are addressed. */
interface OpenFile {
  readonly kind: 'file'
  readonly file: FileHandle
  readonly appends: boolean
}

/** A folder that a client is listing. */
interface OpenFolder {
  readonly kind: 'folder'
  readonly path: string
  readonly entries: Dir
}

type OpenThing = OpenFile | OpenFolder

/** Things that one client may have open at a time. */
const maxHandles = 128

/** The open files and folders of one SFTP session, each under a handle that can't be guessed. */
export interface Handles {
  /** Keeps what `open` opens and returns its handle. Throws SftpRefusal, and opens nothing, when too many are open. */
  keep(open: () => Promise<OpenThing>): Promise<Buffer>
  file(handle: Buffer): OpenFile
  folder(handle: Buffer): OpenFolder
  close(handle: Buffer): Promise<void>
  closeAll(): Promise<void>
}

export function createHandles(): Handles {
  const open = new Map<string, OpenThing>()

  const find = (handle: Buffer) => {
    const thing = open.get(handle.toString('hex'))
    if (!thing) throw new SftpRefusal(status.FAILURE, 'No such handle')
    return thing
  }

  return {
    keep: async opening => {
      if (open.size >= maxHandles)
        throw new SftpRefusal(status.FAILURE, `More than ${maxHandles} open handles`)
      const thing = await opening()
      const handle = randomBytes(8)
      open.set(handle.toString('hex'), thing)
      return handle
    },
    file: handle => {
      const thing = find(handle)
      if (thing.kind === 'file') return thing
      throw new SftpRefusal(status.FAILURE, 'The handle is a folder')
    },
    folder: handle => {
      const thing = find(handle)
      if (thing.kind === 'folder') return thing
      throw new SftpRefusal(status.FAILURE, 'The handle is a file')
    },
    close: async handle => {
      const thing = find(handle)
      open.delete(handle.toString('hex'))
      await closeThing(thing)
    },
    closeAll: async () => {
      const things = [...open.values()]
      open.clear()
      await Promise.allSettled(things.map(closeThing))
    },
  }
}

function closeThing(thing: OpenThing): Promise<void> {
  return thing.kind === 'file' ? thing.file.close() : thing.entries.close()
}
