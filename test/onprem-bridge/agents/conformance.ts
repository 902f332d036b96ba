import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chmod,
  mkdir,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Remote, TransferProgress } from '../../../src/core/ports.ts'
import { UnquotableWord } from '../../../src/core/quote.ts'
import { never, troubleOf, until } from './lab.ts'

/** A host as a suite meets it: how it is reached, where its commands start, and a folder of ours. */
export interface Reached {
  readonly remote: Remote
  readonly home: string
  readonly here: string
  close(): Promise<void>
}

/**
 * What a transport does with commands and files, whichever it is. Output beyond 4,096 bytes goes to a file. `folders` says
 * whether it moves these too.
 */
export function conformance(name: string, reach: () => Promise<Reached>, { folders = true } = {}): void {
  const testOfFolders = folders ? test : () => {}
  describe(`${name}:`, () => {
    let host: Reached
    let remote: Remote
    const there = (file: string) => path.join(host.home, file)
    const here = (file: string) => path.join(host.here, file)
    const mode = async (file: string) => ((await stat(file)).mode & 0o777).toString(8)
    const run = (command: string | readonly string[], options = {}) =>
      remote.exec(command, { signal: never, ...options })
    const long = (seconds: number) => `${seconds}.${process.pid}${name.length}`
    const running = (trace: string) =>
      execFileSync('ps', ['-A', '-o', 'stat=,args='], { encoding: 'utf8' })
        .split('\n')
        .filter(row => row.includes(trace) && !row.startsWith('Z'))

    beforeAll(async () => {
      host = await reach()
      remote = host.remote
    })
    afterAll(() => host?.close())
    beforeEach(async () => {
      for (const folder of [host.home, host.here])
        for (const file of await readdir(folder))
          await rm(path.join(folder, file), { recursive: true, force: true })
    })

    test('a command keeps stdout, stderr and the exit status apart', async () => {
      expect(await run('echo out; echo err >&2; exit 3')).toEqual({
        stdout: 'out\n',
        stderr: 'err\n',
        exit: 3,
      })
    })

    test('a command starts at home', async () => {
      expect((await run(['pwd'])).stdout.trim()).toBe(host.home)
    })

    test('a command that a signal ended says so', async () => {
      expect(await run('kill -KILL $$')).toMatchObject({ exit: null, signal: 'SIGKILL' })
    })

    test('a program that is not there is a result, as in a shell', async () => {
      const { exit, stderr } = await run(['no-such-program'])
      expect([exit, stderr.includes('no-such-program')]).toEqual([127, true])
    })

    test('words arrive as the same words', async () => {
      const words = ["it's", '$HOME', 'a b', '*', '`id`', '"', '\\', 'ü\n日本', '', '-n']
      const { stdout } = await run(['printf', '%s\\0', ...words])
      expect(stdout.split('\0').slice(0, -1)).toEqual(words)
    })

    test('what no command line can carry is refused before it is sent', async () => {
      await expect(run(['echo', 'a\0b'])).rejects.toThrow(UnquotableWord)
      expect((await troubleOf(run([]))).code).toBe('exception')
      expect((await troubleOf(run(['echo', 'x'.repeat(200_000)]))).message).toContain('upload it as a file')
      expect((await troubleOf(run('true', { env: { 'A=$(id)': 'x' } }))).message).toContain('environment')
    })

    test('a command gets its environment and its stdin, to the end', async () => {
      const value = "it's $HOME\n`id` \\ ü"
      expect((await run(['printenv', 'A_1'], { env: { A_1: value } })).stdout).toBe(`${value}\n`)
      expect((await run(['wc', '-c'], { stdin: Buffer.alloc(3_000_000, 'x') })).stdout.trim()).toBe('3000000')
      expect((await run(['cat'])).stdout).toBe('')
      expect((await run('exec <&-; sleep 0.05; echo done', { stdin: Buffer.alloc(3_000_000) })).stdout).toBe(
        'done\n',
      )
    })

    test('output is shown as it comes', async () => {
      const seen: string[] = []
      await run('echo one; echo two >&2', {
        onOutput: (stream: string, chunk: Uint8Array) => seen.push(`${stream} ${Buffer.from(chunk)}`),
      })
      expect(seen.toSorted()).toEqual(['stderr two\n', 'stdout one\n'])
    })

    test('a large output is kept whole in a file, and its tail as text', async () => {
      const { stdout, stderr, kept } = await run('seq 20000; seq 10 >&2')
      expect(stdout.length).toBeLessThanOrEqual(4_096)
      expect(stdout.endsWith('19999\n20000\n')).toBe(true)
      expect(stderr.startsWith('1\n')).toBe(true)
      expect(kept?.stderr).toBeUndefined()
      const file = kept?.stdout?.ref ?? ''
      expect((await readFile(file, 'utf8')).trim().split('\n')).toHaveLength(20_000)
      expect(kept?.stdout?.bytes).toBe((await stat(file)).size)
      expect(await mode(file)).toBe('600')
    })

    test('a command that never stops talking is ended at the limit', async () => {
      const trouble = await troubleOf(run(`yes reops-talks-${process.pid}`))
      expect(trouble.code).toBe('exception')
      expect(trouble.message).toContain('spoolLimit')
      expect(running(`yes reops-talks-${process.pid}`)).toEqual([])
    })

    test('a command that takes too long is ended, with all that it started', async () => {
      const trouble = await troubleOf(
        run(`echo begun; sleep ${long(7001)} & sleep ${long(7001)}`, { timeout: 400 }),
      )
      expect(trouble.code).toBe('timeout')
      expect(trouble.detail).toMatchObject({ stdout: 'begun\n', remote: 'ended' })
      expect(running(`sleep ${long(7001)}`)).toEqual([])
    })

    test('a command that ignores SIGTERM is killed', async () => {
      const nap = `0.7003${process.pid}${name.length}`
      const work = run(`trap "" TERM; while :; do sleep ${nap}; done`, { timeout: 300 })
      expect(await troubleOf(work)).toMatchObject({ code: 'timeout', detail: { remote: 'ended' } })
      expect(running(`sleep ${nap}`)).toEqual([])
    })

    test('a command that is cancelled is ended there too, and one that was never sent never runs', async () => {
      const controller = new AbortController()
      const work = troubleOf(remote.exec(['sleep', long(7005)], { signal: controller.signal }))
      await until(() => running(`sleep ${long(7005)}`).length > 0)
      controller.abort()
      expect((await work).code).toBe('cancelled')
      expect(running(`sleep ${long(7005)}`)).toEqual([])
      const early = troubleOf(remote.exec(['touch', 'ran'], { signal: AbortSignal.abort() }))
      expect((await early).code).toBe('cancelled')
      expect(await readdir(host.home)).toEqual([])
    })

    test.each([0, 1, 262_144, 262_145, 3_000_003])('files of %i bytes go there and back', async size => {
      const content = randomBytes(size)
      await writeFile(here('source'), content, { mode: 0o640 })
      const one = { files: 1, bytes: size }
      expect(await remote.upload(here('source'), 'there', { signal: never })).toEqual(one)
      expect(await remote.download('there', here('back'), { signal: never })).toEqual(one)
      expect((await readFile(there('there'))).equals(content)).toBe(true)
      expect((await readFile(here('back'))).equals(content)).toBe(true)
      expect([await mode(there('there')), await mode(here('back'))]).toEqual(['640', '640'])
      expect([...(await readdir(host.home)), ...(await readdir(host.here))].toSorted()).toEqual([
        'back',
        'source',
        'there',
      ])
    })

    test('files tell how far they are, and get the permissions that are asked for', async () => {
      await writeFile(here('source'), Buffer.alloc(1_500_000), { mode: 0o644 })
      const seen: TransferProgress[] = []
      await remote.upload(here('source'), 'there', {
        signal: never,
        mode: 0o600,
        onProgress: its => seen.push(its),
      })
      expect(seen.at(-1)).toEqual({ file: here('source'), bytes: 1_500_000, total: 1_500_000 })
      expect(seen.map(({ bytes }) => bytes)).toEqual(seen.map(({ bytes }) => bytes).toSorted((a, b) => a - b))
      await remote.download('there', here('back'), { signal: never, mode: 0o400 })
      expect([await mode(there('there')), await mode(here('back'))]).toEqual(['600', '400'])
    })

    test('files replace what was there, through a link what it points to, and land in folders', async () => {
      await writeFile(here('source'), 'new')
      await writeFile(there('old'), 'old')
      await symlink('old', there('link'))
      await remote.upload(here('source'), 'link', { signal: never })
      expect([await readFile(there('old'), 'utf8'), await readlink(there('link'))]).toEqual(['new', 'old'])
      await mkdir(there('in'))
      await mkdir(here('in'))
      await remote.upload(here('source'), 'in', { signal: never })
      await remote.download('in/source', `${here('in')}/`, { signal: never })
      expect([...(await readdir(there('in'))), ...(await readdir(here('in')))]).toEqual(['source', 'source'])
      await remote.upload(here('source'), '~/home', { signal: never })
      expect(await readFile(there('home'), 'utf8')).toBe('new')
    })

    testOfFolders('folders keep their tree and permissions, links to files their content', async () => {
      await mkdir(here('tree/deep/er'), { recursive: true })
      await mkdir(here('tree/empty'))
      for (let index = 0; index < 20; index++)
        await writeFile(here(`tree/deep/f${index}`), String(index), { mode: index % 2 ? 0o600 : 0o755 })
      await writeFile(here('tree/deep/er/x'), 'x')
      await symlink('deep/f1', here('tree/link'))
      await chmod(here('tree/deep/er'), 0o500)
      expect(await remote.upload(here('tree'), 'there', { signal: never })).toMatchObject({ files: 22 })
      expect(await remote.download('there', here('back'), { signal: never })).toMatchObject({ files: 22 })
      execFileSync('diff', ['-r', here('tree'), here('back')])
      expect([await mode(here('back/deep/er')), await mode(there('there/deep/f1'))]).toEqual(['500', '600'])
      for (const folder of [here('tree/deep/er'), here('back/deep/er'), there('there/deep/er')])
        await chmod(folder, 0o700)
    })

    testOfFolders('what is neither file nor folder is refused before anything is moved', async () => {
      await mkdir(here('tree/sub'), { recursive: true })
      await writeFile(here('tree/a'), 'a')
      await symlink('sub', here('tree/link'))
      expect((await troubleOf(remote.upload(here('tree'), 'there', { signal: never }))).message).toContain(
        'a link to a folder',
      )
      expect(await readdir(host.home)).toEqual([])
    })

    test('a file that is not there, or nowhere to go, is named', async () => {
      await writeFile(here('source'), 'x')
      const gone = await troubleOf(remote.upload(here('absent'), 'there', { signal: never }))
      expect(gone).toMatchObject({ code: 'exception', message: expect.stringContaining(here('absent')) })
      const lost = await troubleOf(remote.download('absent', here('back'), { signal: never }))
      expect(lost).toMatchObject({
        code: 'exception',
        message: expect.stringMatching(/absent.*no such file/),
      })
      const nowhere = await troubleOf(remote.upload(here('source'), 'no/such/folder', { signal: never }))
      expect(nowhere).toMatchObject({
        code: 'exception',
        message: expect.stringMatching(/no\/such\/folder.*no such file/),
      })
      const notHere = await troubleOf(remote.download('absent', here('no/such/folder'), { signal: never }))
      expect(notHere.code).toBe('exception')
    })

    test('a transfer ends when it is cancelled or takes too long, and leaves nothing', async () => {
      await writeFile(here('big'), '')
      await truncate(here('big'), 3_000_000_000)
      const controller = new AbortController()
      const options = { signal: controller.signal, onProgress: () => controller.abort() }
      expect((await troubleOf(remote.upload(here('big'), 'there', options))).code).toBe('cancelled')
      expect(
        (await troubleOf(remote.upload(here('big'), 'there', { signal: never, timeout: 100 }))).code,
      ).toBe('timeout')
      await until(async () => (await readdir(host.home)).length === 0)
    })

    if (!folders) return
    describe('sync', () => {
      const plain = { signal: never, delete: false, exclude: [] as string[] }
      beforeEach(async () => {
        await mkdir(here('source/deep'), { recursive: true })
        await writeFile(here('source/a'), 'aaa', { mode: 0o640 })
        await writeFile(here('source/deep/b'), 'bb')
        await symlink('a', here('source/link'))
      })

      test('makes a folder like another, and then moves nothing', async () => {
        expect(await remote.sync(here('source'), 'there', plain)).toEqual({ files: 2, bytes: 5 })
        execFileSync('diff', ['-r', '--no-dereference', here('source'), there('there')])
        expect(await mode(there('there/a'))).toBe('640')
        expect(await remote.sync(here('source'), 'there', plain)).toEqual({ files: 0, bytes: 0 })
        await writeFile(here('source/a'), 'bbbb')
        expect(await remote.sync(here('source'), 'there', plain)).toEqual({ files: 1, bytes: 4 })
        await chmod(here('source/a'), 0o600)
        expect(await remote.sync(here('source'), 'there', plain)).toEqual({ files: 0, bytes: 0 })
        expect(await mode(there('there/a'))).toBe('600')
      })

      test('deletes only when asked, and leaves out what is excluded', async () => {
        await mkdir(there('there'))
        await writeFile(there('there/extra'), 'x')
        await remote.sync(here('source'), 'there', { ...plain, exclude: ['deep', '-odd pattern'] })
        expect((await readdir(there('there'))).toSorted()).toEqual(['a', 'extra', 'link'])
        await mkdir(there('there/kept/inner'), { recursive: true })
        await writeFile(there('there/kept/inner/x.log'), 'x')
        await remote.sync(here('source'), 'there', {
          ...plain,
          delete: true,
          exclude: ['*.log'],
          mode: 0o600,
        })
        expect((await readdir(there('there'))).toSorted()).toEqual(['a', 'deep', 'kept', 'link'])
        expect(await mode(there('there/deep/b'))).toBe('600')
        await remote.sync(here('source'), 'there', { ...plain, delete: true })
        expect((await readdir(there('there'))).toSorted()).toEqual(['a', 'deep', 'link'])
      })

      test.each([
        ['*.o', ['dir/sub/x.c', 'x.c']],
        ['/x.o', ['dir/sub/x.c', 'dir/sub/x.o', 'dir/x.o', 'x.c']],
        ['dir/', ['x.c', 'x.o']],
        ['dir/*.o', ['dir/sub/x.c', 'dir/sub/x.o', 'x.c', 'x.o']],
        ['dir/**.o', ['dir/sub/x.c', 'x.c', 'x.o']],
        ['x.[!c]', ['dir/sub/x.c', 'x.c']],
        ['s?b', ['dir/x.o', 'x.c', 'x.o']],
      ])('excludes %j as rsync does', async (pattern, left) => {
        await rm(here('source'), { recursive: true })
        await mkdir(here('source/dir/sub'), { recursive: true })
        for (const file of ['x.c', 'x.o', 'dir/x.o', 'dir/sub/x.c', 'dir/sub/x.o'])
          await writeFile(here(`source/${file}`), '')
        await remote.sync(here('source'), 'there', { ...plain, exclude: [pattern] })
        const entries = await readdir(there('there'), { recursive: true, withFileTypes: true })
        const files = entries.filter(entry => entry.isFile())
        expect(
          files.map(file => path.relative(there('there'), path.join(file.parentPath, file.name))).toSorted(),
        ).toEqual(left)
      })

      test('puts links and folders in the place of what is something else', async () => {
        await remote.sync(here('source'), 'there', plain)
        await rm(here('source'), { recursive: true })
        await mkdir(here('source/a'), { recursive: true })
        await symlink('elsewhere', here('source/link'))
        await writeFile(here('source/deep'), 'now a file')
        await remote.sync(here('source'), 'there', { ...plain, delete: true })
        execFileSync('diff', ['-r', '--no-dereference', here('source'), there('there')])
      })

      test('names what it can not read or write', async () => {
        expect((await troubleOf(remote.sync(here('absent'), 'there', plain))).message).toContain(
          `${here('absent')}: there is no such folder here`,
        )
        expect((await troubleOf(remote.sync(here('source/a'), 'there', plain))).message).toContain(
          'it is no folder',
        )
        const trouble = await troubleOf(remote.sync(here('source'), 'no/such/folder', plain))
        expect(trouble).toMatchObject({
          code: 'exception',
          message: expect.stringContaining('no/such/folder'),
        })
      })
    })
  })
}
