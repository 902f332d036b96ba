/** Answers what comes, or hands it to a dealer and its answer back: `echo-router.ts 1|2`. */
import { Router } from 'zeromq'
import type { EchoOptions } from './echo.ts'

const { server } = JSON.parse(process.env.REOPS_BENCH_ECHO!) as EchoOptions
const hops = process.argv[2]

async function listen(): Promise<Router> {
  const socket = new Router({ curveServer: true, curveSecretKey: server.secretKey, linger: 0 })
  await socket.bind('tcp://127.0.0.1:*')
  return socket
}

const [front, back] = [await listen(), await listen()]
process.stdout.write(`front ${front.lastEndpoint} back ${back.lastEndpoint}\n`)
if (hops === '1') for await (const [from, bytes] of front) await front.send([from!, bytes!])
// Its first word says where it is.
const [agent] = await back.receive()
for (;;) {
  const [from, bytes] = await front.receive()
  await back.send([agent!, bytes!])
  const [, answer] = await back.receive()
  await front.send([from!, answer!])
}
