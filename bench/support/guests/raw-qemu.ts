import { type Guest, type GuestLab, memoryMiB } from './lab.ts'
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

/** PCI Express ports, which libvirt puts its machines' devices behind; QEMU itself would not. */
const ports = Array.from({ length: 8 }, (_, at) => {
  const place = `bus=pcie.0,addr=0x1.0x${at}${at === 0 ? ',multifunction=on' : ''}`
  return `-device pcie-root-port,id=pci.${at + 1},port=${8 + at},chassis=${at + 1},${place}`
})

/** The machine that ours is, device by device and in the same slots: who starts it is what differs. */
function machine(guest: Guest): string[] {
  const agent = `socket,id=agent,path=/run/${guest.name}.agent,server=on,wait=off`
  const words = `qemu-system-x86_64 -name ${guest.name} -machine q35,accel=tcg,usb=off -cpu max
    -m ${memoryMiB} -smp 1 -no-user-config -nodefaults -display none -rtc base=utc -boot strict=on
    ${ports.join(' ')}
    -device qemu-xhci,bus=pci.2
    -drive if=none,id=root,file=${guest.disk},format=qcow2,discard=unmap
    -device virtio-blk-pci,drive=root,bootindex=1,bus=pci.4
    -drive if=none,id=seed,file=${guest.seed},format=raw,readonly=on
    -device virtio-blk-pci,drive=seed,bus=pci.5
    -netdev tap,id=net,ifname=${tapOf(guest)},script=no,downscript=no
    -device virtio-net-pci,netdev=net,mac=${guest.mac},bus=pci.1
    -device virtio-serial-pci,bus=pci.3 -chardev ${agent}
    -device virtserialport,chardev=agent,name=org.qemu.guest_agent.0 -serial pty
    -device virtio-balloon-pci,bus=pci.6
    -object rng-random,id=rng,filename=/dev/urandom -device virtio-rng-pci,rng=rng,bus=pci.7
    -daemonize -pidfile ${pidFile(guest)}`
  return words.split(/\s+/)
}
