/**
 * What the tests use besides npm's packages. `binary` proves that it is here, `package` is Debian's and
 * Ubuntu's name for it, `daemon` is the process and service that the package might start by itself.
 *
 * @typedef {object} Service
 * @property {string} package
 * @property {string} binary
 * @property {string} purpose
 * @property {{ process: string, service: string }} [daemon]
 */

/** @type {readonly Service[]} */
export const services = [
  {
    package: 'openssh-server',
    binary: 'sshd',
    purpose: 'real SSH hosts on loopback',
    daemon: { process: 'sshd', service: 'ssh' },
  },
  {
    package: 'openssh-client',
    binary: 'ssh',
    purpose: 'ssh-keygen, ssh-agent and the client that sync uses',
  },
  { package: 'rsync', binary: 'rsync', purpose: 'the sync operation' },
  { package: 'tmux', binary: 'tmux', purpose: 'the prompt on a real terminal' },
]
