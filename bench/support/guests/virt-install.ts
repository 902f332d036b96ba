import { type Guest, type GuestLab, memoryMiB } from './lab.ts'
import type { Maker } from './maker.ts'

/**
 * virt-install, told everything that it would otherwise find out, with the machine that ours is. The disk is made by
 * virsh: virt-install looks through the whole pool for a disk that isn't there, and several of it at once then fail.
 */
export const virtInstall = ({ iron, backing, capacity, untilLogin }: GuestLab): Maker => {
  const made: Guest[] = []
  return {
    async make(guest) {
      made.push(guest)
      const clone = ['--format', 'qcow2', '--backing-vol', backing, '--backing-vol-format', 'qcow2']
      await iron.virsh('vol-create-as', 'default', `${guest.name}.qcow2`, `${capacity}`, ...clone)
      const env = ['env', `XDG_CACHE_HOME=${iron.folder}/virtinst`]
      await iron.exec([...env, ...install(guest)], { timeoutMs: 300_000 })
      await untilLogin(guest)
    },
    async clear() {
      for (const { name } of made.splice(0)) {
        await iron.virsh('destroy', name)
        await iron.virsh('undefine', name, '--remove-all-storage')
      }
    },
  }
}

function install({ name, mac, disk, seed }: Guest): string[] {
  const words = `virt-install --connect qemu:///system --import --name ${name} --virt-type qemu --machine q35
    --cpu mode=maximum --vcpus 1 --memory ${memoryMiB} --osinfo require=off,detect=off
    --disk path=${disk},format=qcow2,bus=virtio
    --disk path=${seed},format=raw,readonly=on,bus=virtio
    --network network=default,model=virtio,mac=${mac} --graphics none --video none --sound none
    --rng /dev/urandom --noautoconsole --check all=off --quiet`
  return words.split(/\s+/)
}
