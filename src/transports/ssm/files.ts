import { createWriteStream } from 'node:fs'
import { chmod, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { HostTrouble, type TransferOptions, type Transferred } from '../../core/ports.ts'
import { makeMark } from '../ssh/mark.ts'
import { remotePath } from '../ssh/sftp/upload.ts'
import { refusedTo } from './ending.ts'
import { conduct, type ExecParts, settled } from './exec.ts'
import type { Instance } from './instance.ts'
import { storedOf } from './output.ts'
import { troubleOf } from './trouble.ts'

/** S3 takes no larger object in one piece. */
const mostBytes = 5 * 1_024 ** 3

/** What Run Command hands over of a file without a bucket: 24,000 characters, which hold three quarters in bytes. */
const mostHandedOver = 17_000

/** Writes its input beside where it goes, and puts it there at once. `$1` is where to, `$2` its name, `$3` mode, `$4` size. */
const put = `to=$1
if [ -d "$to" ] || [ "\${to%/}" != "$to" ]; then to=\${to%/}/$2; fi
if [ -L "$to" ]; then to=$(readlink -f "$to"); fi
[ -d "$(dirname "$to")" ] || exit 44
part=$(dirname "$to")/.reops-$$
trap 'rm -f "$part"' EXIT
umask 077
cat >"$part" && [ "$(wc -c <"$part")" -eq "$4" ] || exit 45
chmod "$3" "$part" && mv -f "$part" "$to"`

/** Says size and mode of \`$1\` on stderr and then all of it, or its base64 where it is not larger than \`$2\`. */
const get = `[ -e "$1" ] || exit 44
[ -f "$1" ] || exit 46
stat -L -c '%s %a' "$1" >&2 || exit 1
if [ -z "$2" ]; then exec cat "$1"; fi
[ "$(wc -c <"$1")" -le "$2" ] || exit 47
exec base64 "$1"`

/**
 * Uploads one file: within the command where it is small, else by the bucket, from which the host fetches it with curl or
 * wget. It comes to its place whole. Throws `HostTrouble`.
 */
export async function upload(
  parts: ExecParts,
  instance: Instance,
  local: string,
  remote: string,
  options: TransferOptions,
): Promise<Transferred> {
  const { where } = instance
  const own = await stat(local).catch((cause: NodeJS.ErrnoException) => {
    throw new HostTrouble('exception', `${where}: can not read ${local}: ${wordsOf(cause)}`, { cause })
  })
  if (!own.isFile())
    throw new HostTrouble(
      own.isDirectory() ? 'refused' : 'exception',
      `${where}: ${local} is no file, and Run Command moves single files: pack it, or reach the host by SSH`,
    )
  if (own.size > mostBytes) throw tooLarge(where, local, own.size)
  const mode = (options.mode ?? own.mode & 0o777).toString(8)
  const command = ['sh', '-c', put, 'sh', remotePath(remote), path.basename(local), mode, String(own.size)]
  const onRead = (bytes: number) => options.onProgress?.({ file: local, bytes, total: own.size })
  await conduct(
    parts,
    instance,
    command,
    { ...options, stdin: { file: local, bytes: own.size, onRead }, limit: parts.settings.spoolLimit },
    async (sent, ended, mark, signal) => {
      const { what, stderr } = await settled({ ...parts, onOutput: undefined, signal }, sent, ended, mark)
      if (what !== '0') throw failed(where, 'write', remote, what, stderr.text)
    },
  )
  options.onProgress?.({ file: local, bytes: own.size, total: own.size })
  return { files: 1, bytes: own.size }
}

/** Downloads one file, by the bucket where there is one. It comes to its place whole. Throws `HostTrouble`. */
export async function download(
  parts: ExecParts,
  instance: Instance,
  remote: string,
  local: string,
  options: TransferOptions,
): Promise<Transferred> {
  const { where } = instance
  const { bucket } = parts
  const target = await fileTarget(local, path.posix.basename(remote))
  const most = bucket === undefined ? String(mostHandedOver) : ''
  const command = ['sh', '-c', get, 'sh', remotePath(remote), most]
  return conduct(
    parts,
    instance,
    command,
    { ...options, limit: mostBytes },
    async (sent, ended, mark, signal) => {
      const read = {
        ...parts,
        settings: { ...parts.settings, spoolFolder: undefined, spoolLimit: mostBytes },
        onOutput: undefined,
        signal,
      }
      const { what, stdout, stderr } = await settled(read, sent, ended, mark)
      if (what === '47') throw refusedTo(where, `download ${remote}`, mostHandedOver)
      if (what !== '0') throw failed(where, 'read', remote, what, stderr.text)
      const [, size, mode] = /^(\d+) ([0-7]{1,5})$/m.exec(stderr.text) ?? []
      if (size === undefined || mode === undefined) throw failed(where, 'read', remote, what, stderr.text)
      const stored = bucket && (await storedOf({ ...parts, signal }, sent)).stdout
      if (bucket && !stored && size !== '0')
        throw new HostTrouble(
          'exception',
          `${where}: ${remote} did not come to the bucket ${bucket.name}: let the instance's role s3:PutObject there`,
        )
      const bytes = bucket
        ? stored
          ? await bucket.read(stored.key, undefined, signal)
          : Readable.from([])
        : Readable.from([Buffer.from(stdout.text, 'base64')])
      await write(where, bytes, target, options.mode ?? Number.parseInt(mode, 8) & 0o777, signal)
      const { size: came } = await stat(target)
      options.onProgress?.({ file: remote, bytes: came, total: came })
      return { files: 1, bytes: came }
    },
  )
}

async function write(where: string, bytes: Readable, target: string, mode: number, signal: AbortSignal) {
  const part = path.join(path.dirname(target), `.${makeMark()}`)
  try {
    await pipeline(bytes, createWriteStream(part, { mode: 0o600, flags: 'wx' }), { signal })
    await chmod(part, mode)
    await rename(part, target)
  } catch (error) {
    await rm(part, { force: true })
    const { code } = error as NodeJS.ErrnoException
    if (signal.aborted || code === undefined || !/^E[A-Z]+$/.test(code))
      throw troubleOf(where, `${target} was not downloaded`, error)
    throw new HostTrouble('exception', `${where}: can not write ${target}: ${wordsOf(error as Error)}`, {
      cause: error,
    })
  }
}

async function fileTarget(local: string, name: string): Promise<string> {
  const inside = path.join(local, name)
  if (local.endsWith(path.sep)) return inside
  const there = await stat(local).catch(() => undefined)
  return there?.isDirectory() ? inside : local
}

function failed(where: string, doing: string, remote: string, what: string | undefined, said: string) {
  if (what === '46')
    return new HostTrouble(
      'refused',
      `${where}: ${remote} is no file, and Run Command moves single files: pack it there, or reach the host by SSH`,
    )
  const why =
    what === '44'
      ? 'no such file or folder'
      : what === '45'
        ? 'not all of it arrived'
        : said.trim().slice(-300)
  return new HostTrouble('exception', `${where}: can not ${doing} ${remote} on the host: ${why}`, {
    detail: { exit: what, stderr: said },
  })
}

function tooLarge(where: string, file: string, bytes: number): HostTrouble {
  return new HostTrouble(
    'refused',
    `${where}: ${file} has ${bytes} bytes, and a bucket takes ${mostBytes} at once`,
  )
}

function wordsOf(error: Error): string {
  return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such file or folder' : error.message
}
