/** A project as somebody has it who uses all that is deployed: its files. */
export const everything: Readonly<Record<string, string>> = {
  'reops.config.ts': `
    import { defineConfig } from 're-ops/config'
    export default defineConfig({
      hosts: { attic: { user: 'ops' } },
      runs: 'cloud',
      aws: {
        stack: 'closet',
        systems: 'cloud',
        logDays: 14,
        spillDays: 120,
        alarms: { email: 'ops@example.com' },
        vpc: {
          id: 'vpc-0123456789abcdef0',
          zones: ['eu-central-1a', 'eu-central-1b'],
          subnets: ['subnet-0aaaaaaaaaaaaaaaa', 'subnet-0bbbbbbbbbbbbbbbb'],
        },
        bridge: { url: 'tcp://10.1.2.3:5760', key: 'rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7' },
        ec2: { instanceProfile: 're-ops' },
        alexa: { skillId: 'amzn1.ask.skill.01234567-89ab-cdef-0123-456789abcdef' },
      },
    })`,
  'flows/index.ts': `
    import * as z from 'zod'
    import {
      all, cron, each, every, exec, flow, hosts, hypervisor, ls, once, operation, pick, pipe, pretty,
      schedule, sensor, start, stop, successful, systems, transform, voice, watch, webhook, wemo,
    } from 're-ops'

    const closet = hosts({ user: 'ops' }, ['attic'])

    const lookup = operation({
      name: 'lookup',
      site: 'cloud',
      capability: 'dns',
      effect: 'read',
      schema: z.strictObject({ zone: z.string() }),
      timeoutSeconds: 90,
      permissions: [
        {
          actions: ['route53:ListResourceRecordSets'],
          resources: ['arn:\${partition}:route53:::hostedzone/Z123'],
          conditions: { StringEquals: { 'aws:PrincipalTag/re-ops': '\${stack}' } },
        },
      ],
      handle: (_data: unknown, { zone }) => zone,
    })

    export const listing = flow({
      description: 'list a path on every host of the closet',
      input: z.strictObject({ path: z.string().default('/') }),
      steps: input => pipe(ls(closet, input.path, '-la'), pick(successful), pretty()),
    })

    export const zones = flow({ input: z.strictObject({}), steps: lookup({ zone: 'home.example' }) })

    export const night = flow({
      input: z.strictObject({}),
      steps: pipe(systems(hypervisor('ec2')), stop()),
    })

    export const morning = flow({
      input: z.strictObject({}),
      steps: pipe(systems(hypervisor('ec2')), start(), exec('uptime')),
    })

    export const prices = flow({
      input: z.strictObject({}),
      steps: operation({
        name: 'price',
        site: 'cloud',
        capability: 'spot',
        effect: 'read',
        schema: z.strictObject({}),
        permissions: [{ actions: ['ec2:DescribeSpotPriceHistory'] }],
        handle: () => 1,
      })({}),
    })

    export const many = flow({
      input: z.strictObject({}),
      steps: pipe(
        transform(() => [1, 2, 3]),
        each(transform((n: number) => n + 1), { concurrency: 200 }),
      ),
    })

    export const stopAtNight = schedule(night, cron('0 22 ? * MON-FRI *', 'Europe/Berlin'))
    export const listHourly = schedule(listing, every.hours(1), { path: '/srv' }, {
      window: '15m', retry: { attempts: 3, maxAge: '30m' }, overlap: true,
    })
    export const morningVoice = voice('good morning', morning, { reply: 'ok' })
    export const nightVoice = voice('good night', night, { dangerous: true })
    export const lights = wemo('lights', { on: morning, off: night })
    export const heater = wemo('heater', { on: listing, off: listing, runs: 'daemon' })
    export const pushed = webhook('git/push', listing, { secret: { parameter: '/closet/hooks/git' } })
    export const rung = webhook('bell', night, { bearer: { parameter: '/closet/hooks/bell' } })
    export const athome = webhook('home', zones, { secret: { env: 'HOME_SECRET' }, runs: 'daemon' })
    const attic = sensor('attic/+/temperature', z.number(), { name: 'attic-heat', combine: 'max' })
    const heat = sensor('closet/temperature', z.number())
    export const tooHot = watch('too-hot', { sensor: attic, when: c => c > 70, flow: night, onClear: morning })
    export const bothWarm = watch('both-warm', {
      sensors: { attic, heat }, when: ({ attic, heat }) => attic > 40 && heat > 40, flow: night,
    })
    export const pricesLow = watch('prices-low', {
      poll: { flow: prices, every: '1m' }, when: price => price < 1, flow: morning,
    })
    export const atHome = watch('at-home', { sensor: heat, when: c => c > 70, flow: night, runs: 'daemon' })
    export const asleep = schedule(listing, once('2099-01-31T22:00:00', 'America/New_York'), {}, { enabled: false })
  `,
}
