import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { pipe } from '../../../src/core/combinators/pipe.ts'
import { InvalidArguments } from '../../../src/core/errors.ts'
import { packages, scriptOnce, service, user } from '../../../src/operations/provision/index.ts'
import { needs } from '../../support/needs.ts'
import { foo, startHost, type TestHost } from './host.ts'

/** Programs of the host that remember how they were called, and do it to files beside them. */
const fakes = {
  'apt-get': `
    state=$(dirname "$0")/../state
    echo "apt-get $*" >>"$state/calls"
    if [ -e "$state/locked" ]; then
      rm "$state/locked"
      echo 'E: Could not get lock /var/lib/dpkg/lock-frontend' >&2
      exit 100
    fi
    [ -e "$state/lies" ] && exit 0
    seen=
    for word do
      if [ "$word" = -- ]; then seen=yes; continue; fi
      [ -n "$seen" ] || continue
      case " $* " in
        *' install '*)
          if [ "$word" = nosuch ]; then echo 'E: Unable to locate package nosuch' >&2; exit 100; fi
          echo "$word" >>"$state/installed" ;;
        *' remove '*) grep -vxF "$word" "$state/installed" >"$state/new"; mv "$state/new" "$state/installed" ;;
      esac
    done`,
  'dpkg-query': `
    for last do :; done
    case $last in dpkg) exec /usr/bin/dpkg-query "$@" ;; esac
    if grep -qxF -- "$last" "$(dirname "$0")/../state/installed"; then echo installed; else exit 1; fi`,
  systemctl: `
    state=$(dirname "$0")/../state
    echo "systemctl $*" >>"$state/calls"
    for last do :; done
    file=$state/service-$last
    case " $* " in
      *' show '*)
        if [ -e "$file" ]; then . "$file"; load=loaded; else load=not-found active=inactive enabled=; fi
        case " $* " in *' LoadState '*) echo "LoadState=$load"; echo "ActiveState=$active"; echo "UnitFileState=$enabled" ;; esac
        echo "NeedDaemonReload=\${reload:-no}"
        ;;
      *' status '*) echo "last words of $last" ;;
      *' daemon-reload'*) sed -i 's/reload=yes/reload=no/' "$state"/service-* ;;
      *)
        . "$file"
        case " $* " in
          *' start '* | *' restart '*)
            [ -z "\${breaks-}" ] || { echo "Job for $last failed" >&2; exit 1; }
            [ -n "\${dies-}" ] || active=active ;;
          *' stop '*) active=inactive ;;
          *' enable '*) enabled=enabled ;;
          *' disable '*) enabled=disabled ;;
        esac
        printf 'active=%s enabled=%s reload=%s breaks=%s dies=%s\\n' "$active" "$enabled" "\${reload-}" "\${breaks-}" "\${dies-}" >"$file"
        ;;
    esac`,
  useradd: `
    echo "useradd $*" >>"$(dirname "$0")/../state/calls"
    for last do :; done
    echo "$last:x:1001:1001::/home/$last:/bin/sh" >>"$(dirname "$0")/../state/passwd"`,
  usermod: `echo "usermod $*" >>"$(dirname "$0")/../state/calls"`,
  userdel: `
    echo "userdel $*" >>"$(dirname "$0")/../state/calls"
    : >"$(dirname "$0")/../state/passwd"`,
  getent: `grep -e "^$2:" "$(dirname "$0")/../state/passwd"`,
}

describe('resources that call programs', needs('sshd'), () => {
  let host: TestHost
  const state = (name: string) => path.join(host.folder, 'state', name)
  const calls = async () =>
    (await readFile(state('calls'), 'utf8').catch(() => '')).split('\n').filter(line => line !== '')
  const changes = async () => (await calls()).filter(line => !line.startsWith('systemctl --no-pager show'))

  beforeAll(async () => {
    host = await startHost(folder => [`SetEnv SHLVL=3 PATH=${folder}/bin:/usr/bin:/bin`])
    await mkdir(path.join(host.folder, 'bin'))
    for (const [name, text] of Object.entries(fakes)) {
      await writeFile(path.join(host.folder, 'bin', name), `#!/bin/sh\n${text}\n`)
      await chmod(path.join(host.folder, 'bin', name), 0o755)
    }
  })
  beforeEach(async () => {
    await rm(path.join(host.folder, 'state'), { recursive: true, force: true })
    await mkdir(path.join(host.folder, 'state'))
    await writeFile(state('installed'), 'vim\n')
    await writeFile(state('passwd'), 'ops:x:1000:1000:Ops:/home/ops:/bin/sh\n')
  })
  afterAll(() => host?.close())

  describe('packages', () => {
    it('installs what is missing, once', async () => {
      const operation = packages(foo, ['vim', 'htop', 'dpkg', 'htop', 'libc6:i386'], { update: true })
      expect(await host.check(operation)).toMatchObject({
        changed: true,
        what: ['+htop', '+libc6:i386'],
        manager: 'apt',
      })
      expect(await calls()).toEqual([])
      expect(await host.run(operation)).toMatchObject({ changed: true, what: ['+htop', '+libc6:i386'] })
      expect(await calls()).toEqual([
        expect.stringMatching(/^apt-get .*update$/),
        expect.stringMatching(/^apt-get -y .*Lock::Timeout=120 .*install -- htop libc6:i386$/),
      ])
      expect(await host.run(operation)).toMatchObject({ changed: false, what: [] })
      expect(await calls()).toHaveLength(2)
    })

    it('knows by the real dpkg-query what is there', async () => {
      expect(await host.run(packages(foo, ['dpkg']))).toEqual({
        changed: false,
        what: [],
        manager: 'apt',
        changes: 0,
      })
    })

    it('removes what is there', async () => {
      const operation = packages(foo, ['vim', 'emacs'], { state: 'absent' })
      expect(await host.run(operation)).toMatchObject({ changed: true, what: ['-vim'] })
      expect(await host.run(operation)).toMatchObject({ changed: false })
      expect(await calls()).toEqual([expect.stringMatching(/ remove -- vim$/)])
    })

    it('waits for another manager at work', async () => {
      await writeFile(state('locked'), '')
      expect(await host.run(packages(foo, ['htop']))).toMatchObject({ changed: true })
      expect(await calls()).toHaveLength(2)
    })

    it('says what the manager said when it fails', async () => {
      expect(await host.fail(packages(foo, ['nosuch']))).toMatchObject({
        code: 'exit',
        message: expect.stringContaining('Unable to locate package nosuch'),
      })
    })

    it('does not believe a manager that installed nothing', async () => {
      await writeFile(state('lies'), '')
      expect(await host.fail(packages(foo, ['htop']))).toMatchObject({
        message: expect.stringContaining('htop is not installed'),
      })
    })

    it.each(['-rf', '$(id)', 'a b', '', '../x', "it's", 'a;b', 'a\nb'])('refuses the name %j', name => {
      expect(() => packages(foo, [name])).toThrow(InvalidArguments)
    })
  })

  describe('service', () => {
    const redis = (options: Parameters<typeof service>[1]) =>
      service(foo, 'redis', { manager: 'systemd', ...(options as object) })

    beforeEach(() => writeFile(state('service-redis'), 'active=inactive enabled=disabled\n'))

    it('starts and enables, once', async () => {
      const operation = redis({ running: true, enabled: true })
      expect(await host.check(operation)).toMatchObject({ changed: true, what: ['enabled', 'started'] })
      expect(await changes()).toEqual([])
      expect(await host.run(operation)).toMatchObject({
        changed: true,
        what: ['enabled', 'started'],
        service: 'redis',
      })
      expect(await host.run(operation)).toMatchObject({ changed: false, what: [] })
      expect(await changes()).toEqual([
        expect.stringMatching(/ enable -- redis$/),
        expect.stringMatching(/ start -- redis$/),
      ])
    })

    it('stops and disables', async () => {
      await writeFile(state('service-redis'), 'active=active enabled=enabled\n')
      expect(await host.run(redis({ running: false, enabled: false }))).toMatchObject({
        what: ['disabled', 'stopped'],
      })
    })

    it('reads changed units anew before it starts one', async () => {
      await writeFile(state('service-redis'), 'active=inactive enabled=enabled reload=yes\n')
      await host.run(redis({ running: true }))
      expect(await changes()).toEqual([
        expect.stringContaining('daemon-reload'),
        expect.stringMatching(/ start -- redis$/),
      ])
    })

    it('restarts only where something before it was changed', async () => {
      await writeFile(state('service-redis'), 'active=active enabled=enabled\n')
      const restart = service('redis', { restart: 'when-changed', manager: 'systemd' })
      const changed = { ...foo }
      const ended = (changes: number) => ({
        on: changed,
        successful: [{ host: 'foo', value: { changed: changes > 0, changes }, ms: 1 }],
        failure: [],
        left: [],
      })
      expect((await host.following(ended(0), restart)).value).toMatchObject({ changed: false })
      expect((await host.following(ended(2), restart)).value).toMatchObject({
        changed: true,
        what: ['restarted'],
        changes: 3,
      })
      expect(await changes()).toEqual([expect.stringMatching(/ restart -- redis$/)])
    })

    it.each([
      ['breaks', 'systemctl start redis failed', 'breaks=yes'],
      ['dies', 'redis was started and is not running', 'dies=yes'],
    ])('fails where a service %s at its start', async (_, message, how) => {
      await writeFile(state('service-redis'), `active=inactive enabled=enabled ${how}\n`)
      expect(await host.fail(redis({ running: true }))).toMatchObject({
        code: 'exit',
        message: expect.stringContaining(message),
      })
    })

    it('names a service that there is not, but in a check, where a package before may bring it', async () => {
      const operation = service(foo, 'nosuch', { running: true, manager: 'systemd' })
      expect(await host.fail(operation)).toMatchObject({
        code: 'refused',
        message: expect.stringContaining('nosuch'),
      })
      expect(await host.check(operation)).toMatchObject({ changed: true, what: ['started'] })
    })

    it('leaves a service alone that something else starts', async () => {
      await writeFile(state('service-redis'), 'active=active enabled=static\n')
      expect(await host.run(redis({ enabled: true, running: true }))).toMatchObject({ changed: false })
    })

    it.each(['-x', '../x', 'a b', '$(id)', 'a;b', ''])('refuses the name %j', name => {
      expect(() => service(foo, name, { running: true })).toThrow(InvalidArguments)
    })

    it('refuses to restart what is not to run', () => {
      expect(() => service(foo, 'a', { running: false, restart: 'always' })).toThrow(InvalidArguments)
    })
  })

  describe('user', () => {
    it('makes an account, once', async () => {
      const operation = user(foo, 'deploy', { shell: '/bin/sh', groups: ['docker'] })
      expect(await host.check(operation)).toMatchObject({ changed: true, what: ['created'] })
      expect(await calls()).toEqual([])
      expect(await host.run(operation)).toMatchObject({ changed: true, user: 'deploy' })
      expect(await calls()).toEqual(['useradd -m -s /bin/sh -G docker -- deploy'])
      expect(await host.run(user(foo, 'deploy', { shell: '/bin/sh', uid: 1001 }))).toMatchObject({
        changed: false,
      })
    })

    it('changes what differs, and adds groups without taking any', async () => {
      const operation = user(foo, 'ops', {
        comment: "it's ops; $(id)",
        shell: '/bin/zsh',
        groups: ['docker'],
      })
      expect(await host.run(operation)).toMatchObject({
        what: ['shell /bin/sh → /bin/zsh', "comment Ops → it's ops; $(id)", 'in docker'],
      })
      expect(await calls()).toEqual(["usermod -s /bin/zsh -c it's ops; $(id) -a -G docker -- ops"])
    })

    it('removes an account, once', async () => {
      expect(await host.run(user(foo, 'ops', { state: 'absent' }))).toMatchObject({ what: ['removed'] })
      expect(await host.run(user(foo, 'ops', { state: 'absent' }))).toMatchObject({ changed: false })
      expect(await calls()).toEqual(['userdel -- ops'])
    })

    it.each(['-x', 'a:b', 'A', '', 'root\n', '$(id)'])('refuses the name %j', name => {
      expect(() => user(foo, name)).toThrow(InvalidArguments)
    })

    it.each([{ comment: 'a:b' }, { home: 'x' }, { shell: '/a:b' }, { comment: 'a\nb' }, { groups: ['-x'] }])(
      'refuses %j',
      options => {
        expect(() => user(foo, 'ops', options)).toThrow(InvalidArguments)
      },
    )
  })

  describe('scriptOnce', () => {
    it('runs where what it creates is not there', async () => {
      const work = await host.work()
      const made = path.join(work, "it's made")
      const operation = scriptOnce(foo, 'make it', 'echo "$1"; cat >/dev/null; echo run >>"$2"', {
        creates: made,
        args: ['$(id) "x"', made],
      })
      expect(await host.check(operation)).toMatchObject({ changed: true, what: ['run'] })
      expect(await host.run(operation)).toMatchObject({ changed: true, stdout: '$(id) "x"' })
      expect(await host.run(operation)).toEqual({ changed: false, what: [], script: 'make it', changes: 0 })
      expect(await readFile(made, 'utf8')).toBe('run\n')
    })

    it('runs unless a command ends well', async () => {
      const work = await host.work()
      const operation = scriptOnce(foo, 'mark', `touch '${work}/mark'`, { unless: `test -e '${work}/mark'` })
      expect((await host.run(operation)).changed).toBe(true)
      expect((await host.run(operation)).changed).toBe(false)
    })

    it.each([
      ['exit 3', 'exit status 3'],
      ['true', 'did not make'],
      ['if true; then', 'exit status'],
    ])('fails as the script %j does', async (text, message) => {
      const operation = scriptOnce(foo, 'it', text, { creates: path.join(await host.work(), 'none') })
      expect(await host.fail(operation)).toMatchObject({
        code: 'exit',
        message: expect.stringContaining(message),
      })
    })

    it('wants to know how it is known that it was run', () => {
      expect(() => scriptOnce(foo, 'it', 'true', {})).toThrow(InvalidArguments)
      expect(() => scriptOnce(foo, 'it', 'true', { creates: '/a', unless: 'true' })).toThrow(InvalidArguments)
    })
  })

  it('is a pipe like any other', () => {
    expect(pipe(packages(foo, ['redis']), service('redis', { running: true })).step.kind).toBe('pipe')
  })
})
