import { execFile } from 'node:child_process'
import { chmod, copyFile, mkdir, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { findProgram } from '../programs.ts'

const run = promisify(execFile)

/**
 * Gets an address, says that it is up, and ends when it is asked to; with `STUBBORN` it doesn't hear that, and with
 * `ECHO` it answers on its console.
 */
const init = `#!/bin/sh
export PATH=/bin
mount -t proc proc /proc 2>/dev/null
ip link set lo up
ip link set eth0 up && udhcpc -i eth0 -n -q -t 10 -T 1 -s /etc/lease.sh
if [ -n "$STUBBORN" ]; then trap '' PWR TERM; else trap 'echo bye; exit 0' PWR TERM; fi
echo up
touch /run/up
if [ -n "$ECHO" ]; then while read -r line; do echo "you said $line"; done; fi
while :; do sleep 1000 & wait $!; done
`

const lease = `#!/bin/sh
case $1 in
  bound | renew) ip addr flush dev $interface && ip addr add $ip/$mask dev $interface ;;
esac
`

const metadata = `architecture: x86_64
creation_date: 1700000000
properties:
  description: a shell and nothing else
  os: busybox
`

const applets = ['sh', 'mount', 'ip', 'udhcpc', 'sleep', 'echo', 'cat', 'id', 'pwd', 'seq', 'ls', 'touch']

/** The files of a small image: the unified tarball, and its two parts. */
export interface TinyImage {
  readonly unified: string
  readonly metadata: string
  readonly rootfs: string
}

/** Builds a system of one statically linked program, which starts in a moment. */
export async function buildImage(folder: string): Promise<TinyImage> {
  const root = path.join(folder, 'image', 'rootfs')
  for (const name of ['bin', 'sbin', 'dev', 'proc', 'sys', 'etc', 'root', 'srv', 'tmp', 'run']) {
    await mkdir(path.join(root, name), { recursive: true })
  }
  await copyFile(findProgram('busybox') ?? 'busybox', path.join(root, 'bin/busybox'))
  await Promise.all(applets.map(name => symlink('busybox', path.join(root, 'bin', name))))
  await script(path.join(root, 'sbin/init'), init)
  await script(path.join(root, 'etc/lease.sh'), lease)
  await writeFile(path.join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n')
  await writeFile(path.join(root, 'etc/group'), 'root:x:0:\n')
  await writeFile(path.join(folder, 'image', 'metadata.yaml'), metadata)
  const pack = async (name: string, from: string, ...what: string[]) => {
    const file = path.join(folder, name)
    await run('tar', ['-C', path.join(folder, 'image', from), '-czf', file, ...what])
    return file
  }
  return {
    unified: await pack('tiny.tar.gz', '.', 'metadata.yaml', 'rootfs'),
    metadata: await pack('metadata.tar.gz', '.', 'metadata.yaml'),
    rootfs: await pack('rootfs.tar.gz', 'rootfs', '.'),
  }
}

async function script(file: string, text: string): Promise<void> {
  await writeFile(file, text)
  await chmod(file, 0o755)
}
