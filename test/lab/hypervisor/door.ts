import { spawn } from 'node:child_process'
import { type Listening, listen } from '../servers.ts'

export interface Door extends Listening {
  /** What the commands have said on their standard error. */
  log(): string
}

/**
 * Listens on a free loopback port and starts a command for each connection, with the connection as its standard
 * input and output, as inetd does. The command may stand in other namespaces: so what listens there is reached from
 * here, while no packet leaves loopback.
 */
export async function openDoor(argv: readonly string[]): Promise<Door> {
  let log = ''
  const running = new Set<Promise<void>>()
  const door = await listen(socket => {
    const [file = '', ...args] = argv
    const child = spawn(file, args, { stdio: [socket, socket, 'pipe'] })
    child.stderr?.on('data', chunk => {
      log += chunk
    })
    socket.on('close', () => child.kill('SIGKILL'))
    const exited = new Promise<void>(resolve => {
      child.on('error', error => {
        log += `${error.message}\n`
        resolve()
      })
      child.on('exit', () => resolve())
    }).then(() => {
      running.delete(exited)
      socket.destroy()
    })
    running.add(exited)
  })
  return {
    port: door.port,
    log: () => log,
    async stop() {
      await door.stop()
      await Promise.all(running)
    },
  }
}
