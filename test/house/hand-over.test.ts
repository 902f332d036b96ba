import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const module = join(import.meta.dirname, '../../bin/hand-over.js')

/** A process that hands over to Node running `code`. */
function handingOverTo(code: string) {
  const args = JSON.stringify(['-e', code])
  const script = `import { handOver } from ${JSON.stringify(module)}; handOver(process.execPath, ${args})`
  return spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'pipe'] })
}

test('the stand-in gives its output and its status', async () => {
  const child = handingOverTo("console.log('here'); process.exit(7)")
  const [line] = await once(child.stdout, 'data')
  expect(String(line)).toBe('here\n')
  expect(await once(child, 'close')).toEqual([7, null])
})

test('the stand-in ends by the signal that its program died of', async () => {
  const child = handingOverTo("process.kill(process.pid, 'SIGKILL')")
  expect(await once(child, 'close')).toEqual([null, 'SIGKILL'])
})

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s reaches the program, which decides', async signal => {
  const child = handingOverTo(
    `process.on('${signal}', () => process.exit(42)); setInterval(() => {}, 1000); console.log('ready')`,
  )
  await once(child.stdout, 'data')
  child.kill(signal)
  expect(await once(child, 'close')).toEqual([42, null])
})
