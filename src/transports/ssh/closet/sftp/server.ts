import { setTimeout as sleep } from 'node:timers/promises'
import type { SFTPWrapper } from 'ssh2'
import { closeHandle, openFile, readFile, setFile, statFile, writeFile } from './files.ts'
import { makeFolder, openFolder, readFolder, removeFolder } from './folders.ts'
import { createHandles } from './handles.ts'
import {
  extended,
  makeLink,
  readLink,
  removeName,
  renameName,
  resolveName,
  setName,
  statLink,
  statName,
} from './names.ts'
import { type Reply, type SftpSession, sendReply } from './reply.ts'
import { statusOf } from './status.ts'

/** Requests of one client that wait to be answered. No client needs a tenth of that; more is a flood, and ends it. */
const maxWaiting = 4096

type Answer = (session: SftpSession, ...request: any[]) => Promise<Reply>

const answers: Readonly<Record<string, Answer>> = {
  OPEN: openFile,
  READ: readFile,
  WRITE: writeFile,
  CLOSE: closeHandle,
  FSTAT: statFile,
  FSETSTAT: setFile,
  OPENDIR: openFolder,
  READDIR: readFolder,
  MKDIR: makeFolder,
  RMDIR: removeFolder,
  STAT: statName,
  LSTAT: statLink,
  SETSTAT: setName,
  REALPATH: resolveName,
  READLINK: readLink,
  SYMLINK: makeLink,
  REMOVE: removeName,
  RENAME: renameName,
  EXTENDED: extended,
}

/**
 * Serves one SFTP session inside `home`: relative paths start there, absolute ones must lead there, and what
 * leads out by `..` or by a link is refused. Requests are answered one after the other, as sftp-server does.
 *
 * The confinement guards against a mistaken path, not against a hostile user: a command on the same host can
 * go anywhere, and can swap a folder for a link between the check and the use.
 *
 * @returns a promise that resolves when the session is over and everything that it had open is closed.
 */
export function serveSftp(sftp: SFTPWrapper, options: { home: string; latencyMs: number }): Promise<void> {
  const session: SftpSession = { home: options.home, handles: createHandles() }
  const over = new AbortController()
  let waiting = 0
  let turn = pause(options.latencyMs, over.signal)

  const enqueue = (answer: Answer, id: number, request: readonly unknown[]) => {
    if (++waiting > maxWaiting) {
      over.abort()
      return sftp.end()
    }
    turn = turn.then(async () => {
      if (!over.signal.aborted) await respond(sftp, id, () => answer(session, ...request))
      waiting--
    })
  }
  for (const [name, answer] of Object.entries(answers)) {
    sftp.on(name, (id: number, ...request: unknown[]) => enqueue(answer, id, request))
  }
  // A malformed packet: ssh2 has ended the channel already, and there is nobody to tell.
  sftp.on('error', () => over.abort())
  sftp.on('end', () => {
    turn = turn.then(() => sftp.end())
  })

  return new Promise(resolve => {
    sftp.on('close', () => {
      over.abort()
      resolve(turn.then(() => session.handles.closeAll()))
    })
  })
}

async function respond(sftp: SFTPWrapper, id: number, answer: () => Promise<Reply>): Promise<void> {
  try {
    sendReply(sftp, id, await answer())
  } catch (error) {
    const { code, message } = statusOf(error)
    sftp.status(id, code, message)
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms === 0) return
  try {
    await sleep(ms, undefined, { signal })
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
