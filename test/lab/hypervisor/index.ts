/**
 * The lab of hypervisors: real libvirt and QEMU, as many machines of it as a test wants, and a guest for them.
 *
 * - `describe('…', canHypervise(), …)` leaves tests out where there can be no hypervisor; `canBootGuests()` also
 *   asks for what the guest is built of.
 * - `openHypervisor()` starts one in a fifth of a second. What is to be compared with libvirt's own word is asked
 *   by its `virsh`.
 * - `guestImage()` is the disk of a guest that answers SSH some seven seconds after its start on an idle core. Put it
 *   into a pool by `putVolume`. The first build on a machine takes a quarter of a minute: give the hook three minutes.
 * - A guest's address lies in the hypervisor's own network. The ways to it are a jump through `hypervisor.ssh` and
 *   `hypervisor.forward(address, port)`. Never connect to it directly: from here it is an address of somebody else.
 */
export { canBootGuests, canHypervise } from './can-hypervise.ts'
export { guestImage } from './guest/image.ts'
export { type Hypervisor, type HypervisorOptions, openHypervisor } from './open.ts'
export { putVolume } from './put-volume.ts'
