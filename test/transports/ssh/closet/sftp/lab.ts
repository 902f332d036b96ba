import ssh2 from 'ssh2'
import type { Closet } from '../../../../../src/transports/ssh/closet/closet.ts'
import { closetOf, connect, homeOf, sftpOf } from '../lab.ts'

export const status = ssh2.utils.sftp.STATUS_CODE

/** An SFTP session with a fresh host, its home, and its closet. */
export async function sftpSession() {
  const closet: Closet = await closetOf({ name: 'foo' })
  const client = await connect(closet, 'foo')
  return { closet, client, home: homeOf(closet, 'foo'), sftp: await sftpOf(client) }
}
