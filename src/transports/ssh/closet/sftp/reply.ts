import type { Attributes, FileEntry, SFTPWrapper } from 'ssh2'
import type { Handles } from './handles.ts'
import { status } from './status.ts'

/** What the requests of one session work on. */
export interface SftpSession {
  readonly home: string
  readonly handles: Handles
}

/** What a request is answered with when it succeeds; `end` is the end of a file or of a listing. */
export type Reply =
  | 'done'
  | 'end'
  | { readonly handle: Buffer }
  | { readonly data: Buffer }
  | { readonly entries: readonly FileEntry[] }
  | { readonly path: string }
  | { readonly attributes: Attributes }

/** Sends a reply to the request with this id. */
export function sendReply(sftp: SFTPWrapper, id: number, reply: Reply): void {
  if (reply === 'done') sftp.status(id, status.OK)
  else if (reply === 'end') sftp.status(id, status.EOF)
  else if ('handle' in reply) sftp.handle(id, reply.handle)
  else if ('data' in reply) sftp.data(id, reply.data)
  else if ('entries' in reply) sftp.name(id, [...reply.entries])
  else if ('attributes' in reply) sftp.attrs(id, reply.attributes)
  else sftp.name(id, [{ filename: reply.path, longname: reply.path, attrs: {} as Attributes }])
}
