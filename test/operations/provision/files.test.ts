import {
  chmod,
  symlink as link,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  stat,
  writeFile,
} from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { InvalidArguments } from '../../../src/core/errors.ts'
import { directory, file, lineInFile, symlink, template } from '../../../src/operations/provision/index.ts'
import { needs } from '../../support/needs.ts'
import { fingerprint, foo, startHost, type TestHost } from './host.ts'

describe('resources of files', needs('sshd'), () => {
  let host: TestHost
  let work: string
  const at = (name: string) => path.join(work, name)
  const modeOf = async (name: string) => (await stat(at(name))).mode & 0o7777

  beforeAll(async () => {
    host = await startHost()
  })
  beforeEach(async () => {
    work = await host.work()
  })
  afterAll(() => host?.close())

  /** Every resource that changes something, and what has to be there before. */
  const cases = {
    'a new file': () => file(foo, at('new'), { content: 'é\n', mode: 0o600 }),
    'a file with other content': () => file(foo, at('old'), { content: 'other\n' }),
    'a file with another mode': () => file(foo, at('old'), { content: 'one\ntwo\n', mode: 0o755 }),
    'a file that goes': () => file(foo, at('old'), { state: 'absent' }),
    'a copy of a local file': () => file(foo, at('copy'), { from: import.meta.filename }),
    'a template': () => template(foo, at('made'), { text: 'I am {{ host.name }}\n' }),
    'a folder in a folder': () => directory(foo, at('a/b'), { mode: 0o750 }),
    'a folder with another mode': () => directory(foo, at('folder'), { mode: 0o700 }),
    'a folder that goes': () => directory(foo, at('folder'), { state: 'absent' }),
    'a new link': () => symlink(foo, at('there'), 'old'),
    'a link that leads elsewhere': () => symlink(foo, at('link'), 'old'),
    'a link that goes': () => symlink(foo, at('link'), 'old', { state: 'absent' }),
    'a new line': () => lineInFile(foo, at('old'), 'three'),
    'another line': () => lineInFile(foo, at('old'), 'zwei', { matching: '^two$' }),
    'a line that goes': () => lineInFile(foo, at('old'), 'two', { state: 'absent' }),
    'a line in a new file': () => lineInFile(foo, at('fresh'), 'one', { create: true }),
  }

  describe.each(Object.keys(cases) as (keyof typeof cases)[])('%s', name => {
    beforeEach(async () => {
      await writeFile(at('old'), 'one\ntwo\n', { mode: 0o640 })
      await mkdir(at('folder/deep'), { recursive: true })
      await link('folder', at('link'))
    })

    it('is only told of by a check, then made, and then found made', async () => {
      const before = await fingerprint(work)
      const told = await host.check<any>(cases[name]())
      expect(told).toMatchObject({ changed: true, checked: true, changes: 1 })
      expect(await fingerprint(work)).toBe(before)

      const done = await host.run<any>(cases[name]())
      expect(done).toEqual({ changed: true, what: told.what, path: told.path, changes: 1 })
      const after = await fingerprint(work)
      expect(after).not.toBe(before)

      expect(await host.run(cases[name]())).toEqual({ changed: false, what: [], path: told.path, changes: 0 })
      expect(await host.check(cases[name]())).toMatchObject({ changed: false })
      expect(await fingerprint(work)).toBe(after)
      expect((await readdir(work, { recursive: true })).filter(name => name.includes('.reops'))).toEqual([])
    })
  })

  it('writes content byte for byte, whatever its name', async () => {
    for (const name of ["it's", '-rf', '$(touch owned)', 'two\nlines', '*', 'ends \n', '`id`', ' ']) {
      const content = `${name}\0\r\n\\ $HOME`
      expect((await host.run(file(foo, at(name), { content }))).changed).toBe(true)
      expect(await readFile(at(name), 'utf8')).toBe(content)
      expect((await host.run(file(foo, at(name), { content }))).changed).toBe(false)
      expect((await host.run(symlink(foo, `${at(name)}.link`, name))).changed).toBe(true)
      expect(await readlink(`${at(name)}.link`)).toBe(name)
      expect((await host.run(symlink(foo, `${at(name)}.link`, name))).changed).toBe(false)
      expect((await host.run(directory(foo, `${at(name)}.d/in`))).changed).toBe(true)
      expect((await stat(`${at(name)}.d/in`)).isDirectory()).toBe(true)
    }
    expect(await readdir(work)).not.toContain('owned')
  })

  it('takes a line for text, whatever it holds', async () => {
    const lines = [
      '$(touch owned)',
      '`touch owned`',
      "it's; touch owned",
      '-n',
      '\\',
      '%s $HOME "',
      '&& touch owned #',
      '',
    ]
    for (const line of lines) {
      const operation = lineInFile(foo, at('lines'), line, { create: true })
      expect((await host.run(operation)).changed).toBe(true)
      expect((await host.run(operation)).changed).toBe(false)
      await host.run(template(foo, at('filled'), { text: '{{ line }}', vars: { line } }))
      expect(await readFile(at('filled'), 'utf8')).toBe(line)
    }
    expect(await readFile(at('lines'), 'utf8')).toBe(lines.map(line => `${line}\n`).join(''))
    expect(await readdir(work)).not.toContain('owned')
  })

  it('sends a megabyte of anything', async () => {
    const bytes = Buffer.from(Uint8Array.from({ length: 1_000_000 }, (_, index) => (index * 7) % 256))
    await writeFile(at('here'), bytes)
    await host.run(file(foo, at('there'), { from: at('here'), mode: 0o600 }))
    expect((await readFile(at('there'))).equals(bytes)).toBe(true)
  })

  it('keeps the mode and the owner of a file where nothing is said of them', async () => {
    await writeFile(at('kept'), 'old')
    await chmod(at('kept'), 0o4751)
    const before = await stat(at('kept'))
    await host.run(file(foo, at('kept'), { content: 'new' }))
    const after = await stat(at('kept'))
    expect([after.mode, after.uid, after.gid]).toEqual([before.mode, before.uid, before.gid])
  })

  it('gives a new file 0644, never more than asked for on the way', async () => {
    await host.run(file(foo, at('plain'), { content: 'x' }))
    await host.run(file(foo, at('secret'), { content: 'x', mode: 0o600 }))
    expect([await modeOf('plain'), await modeOf('secret')]).toEqual([0o644, 0o600])
  })

  it('changes whose a file is', process.getuid?.() === 0 ? {} : { skip: true }, async () => {
    const made = await host.run(file(foo, at('theirs'), { content: 'x', owner: 'daemon', group: '1' }))
    expect(made.what).toEqual(['created'])
    expect(await stat(at('theirs'))).toMatchObject({ uid: 1, gid: 1 })
    const back = await host.run(file(foo, at('theirs'), { content: 'x', owner: '0' }))
    expect(back).toMatchObject({ changed: true, what: ['owner daemon → 0'] })
  })

  it('puts a file in the place of a link, not where it leads', async () => {
    await writeFile(at('target'), 'mine')
    await link('target', at('link'))
    const made = await host.run(file(foo, at('link'), { content: 'file' }))
    expect(made.what).toEqual(['file in the place of a link'])
    expect(await readFile(at('target'), 'utf8')).toBe('mine')
    expect((await lstat(at('link'))).isFile()).toBe(true)
  })

  it.each([
    ['a file where a folder is', () => file(foo, at('folder'), { content: 'x' })],
    ['a file where a link to a folder is', () => file(foo, at('to-folder'), { content: 'x' })],
    ['a file in a folder that is not there', () => file(foo, at('no/file'), { content: 'x' })],
    ['a folder where a file is', () => directory(foo, at('file'))],
    ['a link where a file is', () => symlink(foo, at('file'), 'x')],
    ['a line in a file that is not there', () => lineInFile(foo, at('none'), 'x')],
    ['a line in what is not text', () => lineInFile(foo, at('bytes'), 'x')],
    ['the removal of a folder of the system', () => directory(foo, '/etc', { state: 'absent' })],
  ])('refuses %s, and leaves all as it is', async (_, operation) => {
    await mkdir(at('folder'))
    await link('folder', at('to-folder'))
    await writeFile(at('file'), 'mine')
    await writeFile(at('bytes'), Buffer.of(0xff, 0xfe, 0))
    const before = await fingerprint(work)
    expect(await host.fail(operation())).toMatchObject({ code: 'refused' })
    expect(await fingerprint(work)).toBe(before)
  })

  it('shows a difference only where everybody may read it', async () => {
    await writeFile(at('open'), 'one\ntwo\n', { mode: 0o644 })
    await writeFile(at('closed'), 'password\n', { mode: 0o600 })
    const open = await host.check(file(foo, at('open'), { content: 'one\nzwei\n' }))
    expect(open.diff).toBe(`--- ${at('open')}\n+++ ${at('open')}\n@@ -1,2 +1,2 @@\n one\n-two\n+zwei\n`)
    expect((await host.check(file(foo, at('closed'), { content: 'other\n' }))).diff).toBeUndefined()
    expect((await host.check(file(foo, at('open'), { content: 'key\n', mode: 0o600 }))).diff).toBeUndefined()
    expect((await host.check(file(foo, at('open'), { content: 'x', diff: false }))).diff).toBeUndefined()
    expect((await host.check(file(foo, at('closed'), { content: 'x', diff: true }))).diff).toContain(
      '-password',
    )
  })

  it('names the variables that a template misses, before a host is changed', async () => {
    const operation = template(foo, at('made'), { text: '{{ a }}\n{{ b.c }}\n', vars: { a: 1 } })
    await expect(host.run(operation)).rejects.toThrow(InvalidArguments)
    await expect(host.run(operation)).rejects.toThrow('line 2: b.c is missing')
    expect(await readdir(work)).toEqual([])
  })

  it.each(['relative', '~/x', '/a/../b', '/a/', '/a\0b', ''])(
    'refuses the path %j when it is written',
    name => {
      expect(() => file(foo, name, { content: '' })).toThrow(InvalidArguments)
      expect(() => directory(foo, name)).toThrow(InvalidArguments)
      expect(() => lineInFile(foo, name, 'x')).toThrow(InvalidArguments)
    },
  )

  it.each([{ owner: '-R' }, { owner: 'a b' }, { group: '$(id)' }, { mode: 0o10000 }, { color: 'red' }])(
    'refuses %j when it is written',
    options => {
      expect(() => file(foo, '/x', { content: '', ...options })).toThrow(InvalidArguments)
    },
  )
})
