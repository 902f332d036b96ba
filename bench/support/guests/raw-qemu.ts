import type { Guest, GuestLab } from './lab.ts'
import { memoryMiB } from './lab.ts'
import type { Maker } from './maker.ts'

/** QEMU with nothing above it: an overlay by qemu-img, a tap on the bridge of the node's network, and the machine. */
export const rawQemu = ({ iron, backing, untilLogin }: GuestLab): Maker => {
  const made: Guest[] = []
  return {
    async make(guest) {
      made.push(guest)
      await iron.exec(['sh', '-ec', script, 'sh', backing, guest.disk, tapOf(guest), ...machine(guest)])
      await untilLogin(guest)
    },
    async clear() {
      for (const guest of made.splice(0))
        await iron.exec(['sh', '-c', ending, 'sh', pidFile(guest), tapOf(guest)])
    },
  }
}

const script = `qemu-img create -q -f qcow2 -b "$1" -F qcow2 "$2"
ip tuntap add dev "$3" mode tap
ip link set dev "$3" master virbr0 up
shift 3
exec "$@"`

const ending = 'kill -9 "$(cat "$1")"; rm "$1"; while ! ip link del dev "$2" 2>/dev/null; do sleep 0.05; done'

const tapOf = ({ name }: Guest) => `tap-${name.slice(-6)}`
const pidFile = ({ name }: Guest) => `/run/${name}.pid`

/** The devices that ours has, in the same order, but where QEMU itself would put them. */
function machine(guest: Guest): string[] {
  const agent = `socket,id=agent,path=/run/${guest.name}.agent,server=on,wait=off`
  const words = `qemu-system-x86_64 -name ${guest.name} -machine q35,accel=tcg,usb=off,vmport=off -cpu max
    -m ${memoryMiB} -smp 1 -no-user-config -nodefaults -display none -rtc base=utc -boot strict=on
    -drive if=none,id=root,file=${guest.disk},format=qcow2,discard=unmap
    -device virtio-blk-pci,drive=root,bootindex=1
    -drive if=none,id=seed,file=${guest.seed},format=raw,readonly=on -device virtio-blk-pci,drive=seed
    -netdev tap,id=net,ifname=${tapOf(guest)},script=no,downscript=no
    -device virtio-net-pci,netdev=net,mac=${guest.mac}
    -device virtio-serial-pci -chardev ${agent} -device virtserialport,chardev=agent,name=org.qemu.guest_agent.0
    -serial null -object rng-random,id=rng,filename=/dev/urandom -device virtio-rng-pci,rng=rng
    -device virtio-balloon-pci -daemonize -pidfile ${pidFile(guest)}`
  return words.split(/\s+/)
}
