import type { Socket } from 'node:net'

/**
 * Makes a socket send together what is written to it in one turn of the event loop. ssh2 writes a packet in three
 * parts; each would be a system call, a segment and a wake-up of the host's sshd of its own. Called when the socket is
 * connecting: `connect` puts a socket's own `write` back.
 */
export function gatherWrites(socket: Socket): void {
  const write = socket.write
  let gathering = false
  const send = () => {
    gathering = false
    socket.uncork()
  }
  socket.write = function gathered(this: Socket, ...given: unknown[]) {
    if (!gathering) {
      gathering = true
      socket.cork()
      process.nextTick(send)
    }
    return Reflect.apply(write, this, given)
  } as Socket['write']
}
