import { type Guest, type GuestLab, memoryMiB } from './lab.ts'
import type { Maker } from './maker.ts'

/** virt-install, told everything that it would otherwise find out, with the machine that ours is. */
export const virtInstall = ({ iron, backing, untilLogin }: GuestLab): Maker => {
  const made: Guest[] = []
  return {
    async make(guest) {
      made.push(guest)
      await iron.exec(['env', `XDG_CACHE_HOME=${iron.folder}/virtinst`, ...install(guest, backing)], {
        timeoutMs: 300_000,
      })
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

function install({ name, mac, disk, seed }: Guest, backing: string): string[] {
  const words = `virt-install --connect qemu:///system --import --name ${name} --virt-type qemu --machine q35
    --cpu mode=maximum --vcpus 1 --memory ${memoryMiB} --osinfo require=off,detect=off
    --disk path=${disk},size=1,format=qcow2,backing_store=${backing},backing_format=qcow2,bus=virtio
    --disk path=${seed},format=raw,readonly=on,bus=virtio
    --network network=default,model=virtio,mac=${mac} --graphics none --video none --sound none
    --rng /dev/urandom --noautoconsole --check all=off --quiet`
  return words.split(/\s+/)
}
