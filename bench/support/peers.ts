import type { Service } from '../../scripts/house/services.mjs'
import type { Contestant } from './contest.ts'
import type { BenchLab } from './lab.ts'
import { runProgram } from './run-program.ts'

/** A tool that does the same by OpenSSH's client. */
export interface Peer extends Service {
  contestant(lab: BenchLab, atOnce: number): Contestant
}

/** What Debian has for one command on many hosts. Each gets the same hosts, key, known hosts and parallelism. */
export const peers: readonly Peer[] = [
  {
    package: 'pssh',
    binary: 'parallel-ssh',
    purpose: 'parallel SSH in Python',
    contestant: ({ names, sshConfig }, atOnce) => ({
      name: 'pssh',
      run: () =>
        runProgram('parallel-ssh', [
          '-p',
          `${atOnce}`,
          '-H',
          names.join(' '),
          '-x',
          `-F ${sshConfig}`,
          'true',
        ]),
    }),
  },
  {
    package: 'clustershell',
    binary: 'clush',
    purpose: 'ClusterShell',
    contestant: ({ names, sshConfig }, atOnce) => ({
      name: 'clush',
      run: () =>
        runProgram('clush', [
          '-S',
          '-f',
          `${atOnce}`,
          '-o',
          `-F ${sshConfig}`,
          '-w',
          names.join(','),
          'true',
        ]),
    }),
  },
  {
    package: 'pdsh',
    binary: 'pdsh',
    purpose: 'a parallel shell in C',
    contestant: ({ names, sshConfig }, atOnce) => ({
      name: 'pdsh',
      run: () =>
        runProgram('pdsh', ['-S', '-R', 'ssh', '-f', `${atOnce}`, '-w', names.join(','), 'true'], {
          env: { PDSH_SSH_ARGS: `-F ${sshConfig} %h` },
        }),
    }),
  },
  {
    package: 'findutils',
    binary: 'xargs',
    purpose: 'xargs and ssh',
    contestant: ({ names, sshConfig }, atOnce) => ({
      name: 'xargs + ssh',
      run: () =>
        runProgram('xargs', ['-P', `${atOnce}`, '-I', '{}', 'ssh', '-n', '-F', sshConfig, '{}', 'true'], {
          stdin: `${names.join('\n')}\n`,
        }),
    }),
  },
  {
    package: 'ansible',
    binary: 'ansible',
    purpose: 'Ansible, its raw module',
    contestant: ({ inventory, sshConfig, folder }, atOnce) => ({
      name: 'Ansible',
      run: () =>
        runProgram('ansible', ['all', '-i', inventory, '-f', `${atOnce}`, '-m', 'raw', '-a', 'true'], {
          env: {
            ANSIBLE_HOME: `${folder}/ansible`,
            ANSIBLE_LOCAL_TEMP: `${folder}/ansible/tmp`,
            // Its own default keeps connections for the next run; here each run is a first one.
            ANSIBLE_SSH_ARGS: `-F ${sshConfig} -o ControlMaster=no`,
          },
        }),
    }),
  },
]
