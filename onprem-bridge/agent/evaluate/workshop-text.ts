/**
 * What a worker thread does: loads the bundle, calls the function and posts its value as JSON text. It finds out itself
 * what JSON can't carry, since a value that is cloned to another thread isn't what it was any more.
 */
const worker = `
const { parentPort, workerData } = require('node:worker_threads')
const { pathToFileURL } = require('node:url')
const name = value => (value && value.constructor && value.constructor.name) || 'class instance'
const describe = value => {
  if (value === undefined) return 'undefined'
  if (typeof value === 'function') return value.name ? 'the function ' + value.name : 'a function'
  if (typeof value !== 'object') return 'a ' + typeof value
  return (/^[AEIOU]/.test(name(value)) ? 'an ' : 'a ') + name(value)
}
const find = (value, path, above) => {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : { path, found: String(value) }
  if (typeof value !== 'object') return { path, found: describe(value) }
  if (above.includes(value)) return { path, found: 'a reference to itself' }
  if (above.length > 150) return { path, found: 'more than 150 levels of lists and objects' }
  const inside = [...above, value]
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const found = find(value[i], path + '[' + i + ']', inside)
      if (found) return found
    }
    return
  }
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) return { path, found: describe(value) }
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined) continue
    const found = find(item, path + (/^[A-Za-z_]\\w*$/.test(key) ? '.' + key : '[' + JSON.stringify(key) + ']'), inside)
    if (found) return found
  }
}
const work = async () => {
  const loaded = await import(pathToFileURL(workerData.file).href)
  const called = loaded[workerData.name]
  if (typeof called !== 'function') throw new TypeError('the bundle exports no function ' + workerData.name)
  const value = await called(...workerData.args)
  const found = value === undefined ? undefined : find(value, '$', [])
  if (found) return { notJson: found }
  const json = JSON.stringify(value === undefined ? null : value)
  return json.length > workerData.longest ? { tooLong: json.length } : { json }
}
const words = error => {
  if (error === null || typeof error !== 'object') return { message: String(error) }
  return { name: String(error.name), message: String(error.message), stack: String(error.stack) }
}
// What it said goes first. What the function left running ends with the thread, which is ended at the answer.
const tell = answer => process.stdout.write('', () => process.stderr.write('', () => parentPort.postMessage(answer)))
process.on('unhandledRejection', error => { throw error })
work().then(tell, error => tell({ error: words(error) }))
`

/**
 * What a workshop is: a process that runs one function at a time in a worker thread of its own, and says what it said
 * and what became of it. It ends when its agent does. Plain JavaScript, since it is handed to Node as text.
 *
 * A thread alone would not do: a list of a gigabyte in it is a fatal error of the whole process, and its buffers count
 * against no limit of the thread's. So the process is expendable, the first to go when the host runs out of memory,
 * and the thread's buffers are watched from here.
 */
export const workshopText = `
const { Worker } = require('node:worker_threads')
try { require('node:fs').writeFileSync('/proc/self/oom_score_adj', '1000') } catch {}
process.title = 'reops-evaluate'
process.on('disconnect', () => process.exit(0))
const workerText = ${JSON.stringify(worker)}
const send = message => new Promise(resolve => process.send(message, resolve))
const say = async (stream, name, limit, room) => {
  for await (const chunk of stream) {
    if (room.left <= 0) continue
    const part = chunk.subarray(0, room.left)
    room.left -= part.length
    await send({ said: name, base64: part.toString('base64') })
    if (room.left <= 0) {
      const note = '\\n(what it said beyond ' + limit + ' bytes is left out)\\n'
      await send({ said: 'stderr', base64: Buffer.from(note).toString('base64') })
    }
  }
}
process.on('message', job => {
  const worker = new Worker(workerText, {
    eval: true,
    argv: [],
    execArgv: [],
    env: job.env,
    stdin: false,
    stdout: true,
    stderr: true,
    trackUnmanagedFds: true,
    workerData: { file: job.file, name: job.name, args: job.args, longest: job.longest },
    resourceLimits: {
      maxOldGenerationSizeMb: job.memory,
      maxYoungGenerationSizeMb: Math.max(16, Math.min(64, job.memory / 4)),
      stackSizeMb: 4,
    },
  })
  let answer
  const settle = found => { if (answer === undefined) answer = found }
  const watch = setInterval(async () => {
    try {
      const { external_memory: external } = await worker.getHeapStatistics()
      if (external > job.memory * 1024 * 1024) {
        settle({ memory: 'its buffers' })
        worker.terminate()
      }
    } catch {}
  }, 50)
  const room = { left: job.output }
  const said = Promise.all([say(worker.stdout, 'stdout', job.output, room), say(worker.stderr, 'stderr', job.output, room)])
  worker.on('message', found => {
    settle(found)
    worker.terminate()
  })
  worker.on('error', error => settle(
    error && error.code === 'ERR_WORKER_OUT_OF_MEMORY'
      ? { memory: 'its objects' }
      : { error: { name: String(error && error.name), message: String(error && error.message !== undefined ? error.message : error), stack: String(error && error.stack), unhandled: true } },
  ))
  worker.on('exit', async code => {
    clearInterval(watch)
    settle({ exit: code })
    await Promise.race([said, new Promise(resolve => setTimeout(resolve, 500))])
    send({ answer })
  })
})
`
