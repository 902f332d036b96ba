/** Says that it is there, and sends back what comes. */
import { Dealer } from 'zeromq'
import type { EchoOptions } from './echo.ts'

const { url, server, client } = JSON.parse(process.env.REOPS_BENCH_ECHO!) as EchoOptions
const socket = new Dealer({
  curveServerKey: server.publicKey,
  curvePublicKey: client.publicKey,
  curveSecretKey: client.secretKey,
  linger: 0,
})
socket.connect(url)
await socket.send('here')
process.stdout.write('connected\n')
for await (const [bytes] of socket) await socket.send(bytes!)
