/** The lab of hypervisors: real libvirt and QEMU, as many machines of it as a test wants. */
export { canHypervise } from './can-hypervise.ts'
export { type GuestImage, guestImage } from './guest/image.ts'
export { type Hypervisor, type HypervisorOptions, openHypervisor } from './open.ts'
