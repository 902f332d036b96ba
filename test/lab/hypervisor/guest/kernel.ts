import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { zstdDecompressSync } from 'node:zlib'
import { command } from '../command.ts'

/** What a distribution calls its small kernel for virtual machines. */
const candidates = ['linux-image-cloud-amd64', 'linux-image-virtual', 'linux-image-amd64']

export interface Kernel {
  readonly file: string
  readonly version: string
  /** The folder lib/modules/VERSION of the package. */
  readonly modules: string
}

/** The names of the packages with the kernel and its modules, as apt knows them here. */
export async function kernelPackages(): Promise<string[]> {
  let found = await knownPackages()
  if (found === undefined) {
    await command(['apt-get', '-q', 'update'], { timeoutMs: 300_000 })
    found = await knownPackages()
  }
  if (found === undefined) throw new Error(`apt knows no package of ${candidates.join(', ')} here`)
  return found
}

async function knownPackages(): Promise<string[] | undefined> {
  for (const candidate of candidates) {
    const image = (await dependencies(candidate)).find(name => /^linux-image-[0-9]/.test(name))
    if (image === undefined) continue
    return [image, ...(await dependencies(image)).filter(name => /^linux-modules-[0-9]/.test(name))]
  }
  return undefined
}

/** What a package depends on; nothing when apt doesn't know it, which it says by failing. */
async function dependencies(name: string): Promise<string[]> {
  const lines = await command(['apt-cache', 'depends', '--important', name]).catch(() => '')
  return [...lines.matchAll(/Depends: ([a-z0-9.+-]+)/g)].map(match => match[1] ?? '')
}

/** Downloads the packages, and takes them apart in `folder`; nothing is installed. */
export async function fetchKernel(packages: readonly string[], folder: string): Promise<Kernel> {
  const root = path.join(folder, 'root')
  await mkdir(root, { recursive: true })
  const script =
    'cd "$1"; shift; apt-get -q download "$@"; for each in *.deb; do dpkg-deb -x "$each" root; done'
  await command(['sh', '-ec', script, 'sh', folder, ...packages], { timeoutMs: 300_000 })
  const name = (await readdir(path.join(root, 'boot'))).find(each => each.startsWith('vmlinuz-'))
  if (name === undefined) throw new Error(`${packages.join(', ')}: there is no kernel in it`)
  const version = name.slice('vmlinuz-'.length)
  const lib = (await readdir(root)).includes('lib') ? 'lib' : 'usr/lib'
  return { file: path.join(root, 'boot', name), version, modules: path.join(root, lib, 'modules', version) }
}

/** Copies the named modules, with what they need, to where modprobe finds them below `to`. */
export async function copyModules(kernel: Kernel, names: readonly string[], to: string): Promise<void> {
  const files = await readdir(kernel.modules, { recursive: true })
  const byName = new Map(
    files.filter(file => /\.ko(\.\w+)?$/.test(file)).map(file => [moduleName(file), file]),
  )
  const folder = path.join(to, 'lib/modules', kernel.version)
  const done = new Set<string>()
  const copy = async (name: string): Promise<void> => {
    const file = byName.get(name)
    // What is no module of this kernel is part of it.
    if (file === undefined || done.has(name)) return
    done.add(name)
    const content = await unpacked(path.join(kernel.modules, file))
    const target = path.join(folder, `${name}.ko`)
    await mkdir(folder, { recursive: true })
    await writeFile(target, content)
    for (const needed of needs(content)) await copy(needed)
  }
  for (const name of names) await copy(name)
  await command(['busybox', 'depmod', '-b', to, kernel.version])
}

function moduleName(file: string): string {
  return path
    .basename(file)
    .replace(/\.ko.*/, '')
    .replaceAll('-', '_')
}

async function unpacked(file: string): Promise<Buffer> {
  if (file.endsWith('.zst')) return zstdDecompressSync(await readFile(file))
  if (file.endsWith('.xz')) await command(['busybox', 'unxz', '-k', file])
  return readFile(file.replace(/\.xz$/, ''))
}

/** A module says in its own text which others it depends on. */
function needs(content: Buffer): string[] {
  const at = content.indexOf('\0depends=')
  if (at === -1) return []
  const start = at + '\0depends='.length
  return content.toString('latin1', start, content.indexOf(0, start)).split(',').filter(Boolean)
}
