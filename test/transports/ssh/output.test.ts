import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { createOutput } from '../../../src/transports/ssh/output.ts'
import fc from '../../support/fast-check.ts'

const folder = mkdtempSync(path.join(os.tmpdir(), 'reops-output-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let count = 0
const fresh = (change: { inlineLimit?: number; limit?: number; file?: string } = {}) => {
  const onOverflow = vi.fn()
  const file = path.join(folder, `out${count++}`)
  return {
    file,
    onOverflow,
    output: createOutput({
      inlineLimit: 16,
      file,
      limit: 1_000_000,
      onDrain: () => undefined,
      onOverflow,
      ...change,
    }),
  }
}

describe('output', () => {
  test('that fits stays in memory and leaves no file', async () => {
    const { output, file } = fresh()
    output.push(Buffer.from('sixteen bytes ok'))
    expect(await output.finish()).toBeUndefined()
    expect(output.tail()).toBe('sixteen bytes ok')
    expect(readdirSync(folder)).not.toContain(path.basename(file))
  })

  test('that is larger is kept whole in a file, and its tail is what ends it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'grapheme', maxLength: 30 }), { minLength: 3, maxLength: 40 }),
        async texts => {
          const whole = Buffer.from(texts.join(''))
          const { output, file } = fresh()
          for (let at = 0; at < whole.length; at += 7) output.push(whole.subarray(at, at + 7))
          const kept = await output.finish()
          const tail = output.tail()
          expect(whole.toString().endsWith(tail)).toBe(true)
          expect(tail).not.toContain('\ufffd')
          expect(Buffer.byteLength(tail)).toBeLessThanOrEqual(16)
          expect(kept).toEqual(whole.length <= 16 ? undefined : { bytes: whole.length, ref: file })
          if (kept) expect(readFileSync(file).equals(whole)).toBe(true)
        },
      ),
      { numRuns: 50 },
    )
  })

  test('beyond the hard limit is not kept, and says so', async () => {
    const { output, onOverflow } = fresh({ limit: 20 })
    output.push(Buffer.alloc(18, 'a'))
    output.push(Buffer.alloc(3, 'b'))
    expect(onOverflow).toHaveBeenCalledOnce()
    expect((await output.finish())?.bytes).toBe(18)
  })

  test('asks for a pause when the disk is slower than the host, and ends it', async () => {
    const drained = vi.fn()
    const output = createOutput({
      inlineLimit: 16,
      file: path.join(folder, 'slow'),
      limit: 1e9,
      onDrain: drained,
      onOverflow: () => undefined,
    })
    expect(output.push(Buffer.alloc(512 * 1_024))).toBe(false)
    expect(output.push(Buffer.alloc(1_024 * 1_024))).toBe(true)
    await output.finish()
    expect(drained).toHaveBeenCalled()
  })

  test('that can not be kept tells why, at the end', async () => {
    const { output } = fresh({ file: path.join(folder, 'out0', 'under', 'a', 'file\0') })
    output.push(Buffer.alloc(100))
    await expect(output.finish()).rejects.toThrow()
  })
})
