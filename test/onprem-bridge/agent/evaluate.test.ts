import { createHash } from 'node:crypto'
import { readdir, readFile, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Json } from '../../../src/core/json.ts'
import { HostTrouble } from '../../../src/core/ports.ts'
import { type Lab, never, openLab, troubleOf, until } from '../agents/lab.ts'

let lab: Lab
beforeAll(async () => {
  lab = await openLab()
  await lab.join('foo', { bundles: { bundle: 200_000, all: 400_000 } })
})
afterAll(() => lab?.close())

const bundleOf = (text: string) => Buffer.from(`export default (${text})`)
const hashOf = (source: Uint8Array) => createHash('sha256').update(source).digest('hex')

interface More {
  args?: Json[]
  timeout?: number
  memory?: number
  signal?: AbortSignal
  onOutput?: (stream: string, chunk: Uint8Array) => void
  bundle?: Uint8Array
}

async function evaluate(text: string, more: More = {}): Promise<Json> {
  const { args = [], timeout = 20_000, memory = 64, signal = never, onOutput, bundle = bundleOf(text) } = more
  const remote = await lab.remote('foo')
  const params = { bundle: hashOf(bundleOf(text)), args, memory }
  return remote.call!('evaluate', params, { signal, timeout, bundle, ...(onOutput ? { onOutput } : {}) })
}

describe('a function', () => {
  test('gets its argument, may import, and answers JSON', async () => {
    const value = await evaluate('async a => ({ ...a, is: typeof (await import("node:os")).hostname() })', {
      args: [{ deep: [1, null] }],
    })
    expect(value).toEqual({ deep: [1, null], is: 'string' })
    expect(await evaluate('() => undefined')).toBe(null)
    expect(await evaluate('() => "x".repeat(1e6)')).toHaveLength(1_000_000)
  })

  test('is executed in a worker thread of another process, of its own', async () => {
    const text =
      'async () => [process.pid, (await import("node:worker_threads")).isMainThread, globalThis.left = (globalThis.left ?? 0) + 1]'
    const [one, two] = [await evaluate(text), await evaluate(text)] as [Json[], Json[]]
    expect(one[0]).not.toBe(process.pid)
    expect([one[1], one[2], two[2]]).toEqual([false, 1, 1])
  })

  test('says on its console what its caller hears, before it answers', async () => {
    const seen: string[] = []
    await evaluate('() => { console.log("one"); console.error("two"); process.stdout.write("three") }', {
      onOutput: (stream, chunk) => seen.push(`${stream}: ${Buffer.from(chunk)}`),
    })
    expect(seen.join('')).toMatch(/stdout: one\n/)
    expect(seen.join('')).toMatch(/stderr: two\n/)
    expect(seen.join('')).toMatch(/three/)
  })

  test('that says too much on its console is heard so far', async () => {
    const heard = { stdout: 0, stderr: '' }
    const said = await evaluate(
      '() => { for (let i = 0; i < 20000; i++) console.log("x".repeat(99)); return "done" }',
      {
        onOutput: (stream, chunk) => {
          if (stream === 'stdout') heard.stdout += chunk.length
          else heard.stderr += Buffer.from(chunk)
        },
      },
    )
    expect([said, heard.stdout]).toEqual(['done', 1024 * 1024])
    expect(heard.stderr).toContain('left out')
  })

  test.each([
    ['() => new Date()', 'a Date at $,'],
    ['() => ({ a: [1, { b: () => 1 }] })', 'the function b at $.a[1].b'],
    ['() => [NaN]', 'NaN at $[0]'],
    ['() => new Map()', 'a Map at $'],
    ['() => 1n', 'a bigint at $'],
    ['() => { const a = {}; a["x y"] = a; return a }', 'a reference to itself at $["x y"]'],
    ['() => { let a = 1; for (let i = 0; i < 500; i++) a = [a]; return a }', 'more than 150 levels'],
    ['() => "x".repeat(17 * 1024 * 1024)', '16777216 is the most'],
  ])('whose value is not JSON, %s, fails and says where', async (text, words) => {
    expect(await troubleOf(evaluate(text, { memory: 256 }))).toMatchObject({
      code: 'exception',
      message: expect.stringContaining(words),
    })
  })

  test.each([
    ['() => { throw new TypeError("bad") }', 'TypeError: bad'],
    ['() => { throw "words" }', 'words'],
    ['() => outer', 'hand outer over as its argument'],
    ['async () => (await import("nothing-like-it")).x', "Cannot find package 'nothing-like-it'"],
    ['() => process.exit(3)', 'exit status 3'],
    ['() => new Promise(() => {})', 'never answered'],
    [
      '() => { Promise.reject(new Error("lost")); return new Promise(r => setTimeout(r, 60000)) }',
      'nobody caught: lost',
    ],
    [
      '() => { setTimeout(() => { throw new Error("later") }); return new Promise(r => setTimeout(r, 60000)) }',
      'nobody caught: later',
    ],
    ['() => process.kill(process.pid, "SIGKILL")', 'was killed'],
    ['() => process.kill(process.pid, "SIGSEGV")', 'crashed (SIGSEGV)'],
    ['() => { const f = () => f() + 1; return f() }', 'Maximum call stack'],
    ['1', 'exports no function default'],
    ['() => {', 'SyntaxError'],
  ])('that goes wrong, %s, says so', async (text, words) => {
    expect(await troubleOf(evaluate(text))).toMatchObject({
      code: 'exception',
      message: expect.stringContaining(words),
    })
    expect(await evaluate('() => "still here"')).toBe('still here')
  })

  test('names where in it the error was, and no folder of the agent', async () => {
    const { detail } = await troubleOf(evaluate('() => { throw new RangeError("bad") }'))
    expect(detail).toMatchObject({
      error: 'RangeError',
      stack: expect.stringMatching(/at .*[0-9a-f]{64}\.mjs:1:/),
    })
    expect(detail.stack).not.toContain(lab.folder)
  })

  test.each([
    ['() => { const all = []; for (;;) all.push({ x: 1 }) }', 'objects'],
    ['() => new Array(2 ** 27).fill(0).length', 'object'],
    ['() => Buffer.alloc(2 ** 30, 1).length', 'buffers'],
    ['() => { const all = []; for (;;) all.push(Buffer.alloc(1e6, 1)) }', 'buffers'],
  ])('that takes a gigabyte, %s, is ended, and others go on', async (text, what) => {
    const other = evaluate('() => new Promise(resolve => setTimeout(resolve, 300, "fine"))')
    const trouble = await troubleOf(evaluate(text))
    expect(trouble).toMatchObject({ code: 'exception', message: expect.stringMatching(`${what}.*64 MB`) })
    expect(await other).toBe('fine')
  })

  test('that never ends is ended at its deadline, or when it is cancelled, with what it started', async () => {
    const pid = path.join(lab.folder, 'pid')
    const loop = `async file => {
      const child = (await import("node:child_process")).spawn("sleep", ["60"])
      ;(await import("node:fs")).writeFileSync(file, String(child.pid))
      for (;;);
    }`
    const controller = new AbortController()
    const work = troubleOf(evaluate(loop, { args: [pid], signal: controller.signal }))
    const read = () => readFile(pid, 'utf8').catch(() => '')
    await until(async () => (await read()) !== '')
    controller.abort()
    expect((await work).code).toBe('cancelled')
    const child = Number(await read())
    await until(() => {
      try {
        return !process.kill(child, 0)
      } catch {
        return true
      }
    })
    expect(await troubleOf(evaluate('() => { for (;;); }', { timeout: 200 }))).toMatchObject({
      code: 'timeout',
      message: expect.stringContaining('took longer than 200 ms'),
    })
  })
})

describe('a bundle', () => {
  const cached = async () =>
    (await readdir(path.join(lab.folder, 'agent-foo/bundles'))).filter(name => name.endsWith('.mjs'))

  test('is sent once, also when many want it at once', async () => {
    const bundle = bundleOf('n => n + "sent once".length')
    let sent = 0
    const remote = await lab.remote('foo')
    const counting = new Proxy(bundle, {
      get: (own, key) => {
        if (key === 'subarray') sent++
        const value = Reflect.get(own, key) as unknown
        return typeof value === 'function' ? value.bind(own) : value
      },
    })
    const call = (n: number) =>
      remote.call!(
        'evaluate',
        { bundle: hashOf(bundle), args: [n] },
        { signal: never, timeout: 20_000, bundle: counting },
      )
    expect(await Promise.all([1, 2, 3, 4, 5].map(call))).toEqual([10, 11, 12, 13, 14])
    expect(await call(6)).toBe(15)
    expect(sent).toBe(1)
  })

  test('whose file was changed on the disk is not executed but fetched again', async () => {
    const text = '() => "as it was sent"'
    await evaluate(text)
    const file = path.join(lab.folder, 'agent-foo/bundles', `${hashOf(bundleOf(text))}.mjs`)
    await writeFile(file, 'export default () => "forged"')
    expect(await evaluate(text)).toBe('as it was sent')
  })

  test('that is not the one that was named is not executed', async () => {
    const trouble = await troubleOf(evaluate('() => "named"', { bundle: bundleOf('() => "other"') }))
    expect(trouble.message).toContain('nothing of it was executed')
    expect(await cached()).not.toContain(`${hashOf(bundleOf('() => "named"'))}.mjs`)
  })

  test('that is too large is refused', async () => {
    const trouble = await troubleOf(evaluate(`() => "${'x'.repeat(300_000)}"`))
    expect(trouble.message).toContain('larger than 200000 bytes')
  })

  test('that was not used for longest makes room for others', async () => {
    const text = (name: string) => `() => "${name}${'x'.repeat(150_000)}".length`
    const file = (name: string) => `${hashOf(bundleOf(text(name)))}.mjs`
    await evaluate(text('a'))
    await evaluate(text('b'))
    const long = new Date(Date.now() - 3_600_000)
    for (const name of await cached())
      await utimes(path.join(lab.folder, 'agent-foo/bundles', name), long, long)
    await evaluate(text('a'))
    await evaluate(text('c'))
    const left = await cached()
    expect([left.includes(file('a')), left.includes(file('b')), left.includes(file('c'))]).toEqual([
      true,
      false,
      true,
    ])
  })

  test('that the bridge can not give leaves its call failed at its deadline, and no other', async () => {
    const remote = await lab.remote('foo')
    const lost = remote.call!('evaluate', { bundle: '0'.repeat(64) }, { signal: never, timeout: 150 })
    await expect(lost).rejects.toThrow(HostTrouble)
    expect(await evaluate('() => 1')).toBe(1)
  })
})
