import { spawn } from 'node:child_process'
import dgram from 'node:dgram'
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** OpenIPMI's simulator of a management controller, with a computer whose power is a file. */
export interface IpmiLab {
  readonly port: number
  readonly user: string
  readonly password: string
  power(): Promise<'on' | 'off'>
  switch(to: 'on' | 'off'): Promise<void>
  /** What was done to the computer, in the simulator's words. */
  done(): Promise<readonly string[]>
  stop(): Promise<void>
}

const user = 'admin'
/** Its configuration takes no spaces. */
const password = 'battery-staple'

export async function openIpmiLab(): Promise<IpmiLab> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'reops-ipmi-'))
  const file = (name: string) => path.join(folder, name)
  const port = await freeUdpPort()
  await mkdir(file('state'))
  await copyFile(new URL('chassis.sh', import.meta.url), file('chassis'))
  await chmod(file('chassis'), 0o755)
  await writeFile(file('power'), '0\n')
  await writeFile(file('done'), '')
  await writeFile(file('lan.conf'), lanConfig(port, file('chassis')))
  await writeFile(file('sim.emu'), controller)
  const child = spawn(
    'ipmi_sim',
    ['-c', file('lan.conf'), '-f', file('sim.emu'), '-s', file('state'), '-n'],
    { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', chunk => {
      said += chunk
    })
  const exited = new Promise<void>(resolve => child.once('close', () => resolve()))
  const stop = async () => {
    child.kill('SIGKILL')
    await exited
    await rm(folder, { recursive: true, force: true })
  }
  // Long enough for a configuration that it doesn't take. Whoever asks too early asks again.
  await sleep(300)
  if (child.exitCode !== null) {
    await stop()
    throw new Error(`ipmi_sim ended with ${child.exitCode}: ${said}`)
  }
  return {
    port,
    user,
    password,
    power: async () => ((await readFile(file('power'), 'utf8')).trim() === '1' ? 'on' : 'off'),
    switch: to => writeFile(file('power'), to === 'on' ? '1\n' : '0\n'),
    done: async () => (await readFile(file('done'), 'utf8')).trim().split('\n'),
    stop,
  }
}

const controller = `mc_setbmc 0x20
mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02
mc_enable 0x20
`

function lanConfig(port: number, chassis: string): string {
  const roles = ['callback', 'user', 'operator', 'admin'].map(role => `    allowed_auths_${role} md5`)
  return `name "lab"
set_working_mc 0x20
  startlan 1
    addr 127.0.0.1 ${port}
    priv_limit admin
${roles.join('\n')}
    guid a123456789abcdefa123456789abcdef
  endlan
  chassis_control "${chassis}"
  startnow false
  user 2 true "${user}" "${password}" admin 10 md5
`
}

async function freeUdpPort(): Promise<number> {
  const socket = dgram.createSocket('udp4')
  await new Promise<void>(resolve => socket.bind(0, '127.0.0.1', resolve))
  const { port } = socket.address()
  await new Promise<void>(resolve => socket.close(() => resolve()))
  return port
}
