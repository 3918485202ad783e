import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../core/base/secret.ts';
import { authorityContext } from '../../core/io/authority-files.ts';
import { systemClock } from '../../core/io/node-clock.ts';
import { mediaCapabilities } from '../../core/media/capabilities.ts';
import { steadyTone } from '../../core/media/media-plane.ts';
import { configurationSchema } from '../../core/pbx/configuration.ts';
import { MiniPbx } from '../../core/pbx/mini-pbx.ts';
import { Account } from '../../core/phone/account.ts';
import { PhoneAgent } from '../../core/phone/phone-agent.ts';
import { PhoneCall } from '../../core/phone/phone-call.ts';
import { createCorePorts } from '../../core/shell/core-ports.ts';
import { sipUri } from '../../core/sip/message/uri.ts';
import { CertificateAuthority } from '../../core/tls/certificate-authority.ts';
import { DEFAULT_TLS_CLIENT_SETTINGS } from '../../core/tls/tls-settings.ts';
import { Tracer, type TraceEvent } from '../../core/trace/tracer.ts';
import { good } from '../support/test-authority.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

interface Step {
  readonly who: string;
  readonly kind: string;
  /** `name=value` pairs that the event must have. */
  readonly fields: readonly string[];
  readonly room: string;
}

/** The rows of the table. */
function readWalk(): Step[] {
  const rows = readFileSync(`${root}docs/call-walk.md`, 'utf8')
    .split('\n')
    .filter((line) => /^\|\s*(phone|switch)\s*\|/.test(line));
  return rows.map((row) => {
    const [, who = '', event = '', , room = ''] = row.split('|').map((cell) => cell.trim());
    const [kind = '', ...fields] = event.replaceAll('`', '').split(' ');
    return { who, kind, fields, room };
  });
}

function matches(step: Step, who: string, event: TraceEvent): boolean {
  if (step.who !== who || step.kind !== event.kind) return false;
  const [first = ''] = typeof event.text === 'string' ? event.text.split('\r\n') : [];
  return step.fields.every((field) => {
    const [name = '', value = ''] = field.split('=');
    if (name === 'status') return first.startsWith(`SIP/2.0 ${value} `);
    if (name === 'method' && event.kind.startsWith('sip.')) return first.startsWith(`${value} `);
    return String(event[name]) === value;
  });
}

/** Makes the call of the walk; gives what phone and switch traced, in one order. */
async function walk(): Promise<{ who: string; event: TraceEvent }[]> {
  const seen: { who: string; event: TraceEvent }[] = [];
  const portsFor = (who: string): ReturnType<typeof createCorePorts> => {
    const tracer = new Tracer(systemClock);
    tracer.subscribe((event) => seen.push({ who, event }));
    return createCorePorts({ version: '0.0.0', audio: 'silence', tracer });
  };
  const phonePorts = portsFor('phone');
  const switchPorts = portsFor('switch');
  const authority = good(
    await CertificateAuthority.create(
      { commonName: 'walk' },
      authorityContext(() => Date.now()),
    ),
  );
  const server = good(
    await authority.issue({ commonName: 'localhost', role: 'server', dns: ['localhost'], ips: ['127.0.0.1'] }),
  );
  const trust = [authority.certificate];
  const pbx = new MiniPbx(
    {
      ...switchPorts,
      loadTls: () =>
        Promise.resolve({
          ok: true,
          value: {
            ...DEFAULT_TLS_CLIENT_SETTINGS,
            trust,
            identity: { ...server, passphrase: undefined },
            clientCertificate: 'ignored',
          },
        }),
    },
    configurationSchema.parse({
      domain: 'localhost',
      profiles: { internal: { 'sip-ip': '127.0.0.1', 'tls-sip-port': 0, 'tls-cert-dir': '.' } },
      users: { 1000: { password: 'walk' } },
    }),
    () => undefined,
  );
  const [listener] = await pbx.start();
  const agent = new PhoneAgent(phonePorts);
  const registered = Promise.withResolvers<undefined>();
  const account = new Account(agent, {
    id: 'walk',
    address: sipUri({ user: '1000', host: 'localhost' }),
    displayName: undefined,
    authorizationUser: '1000',
    password: new Secret('walk'),
    server: { host: '127.0.0.1', port: listener?.port },
    transport: 'tls',
    tls: { ...DEFAULT_TLS_CLIENT_SETTINGS, trust },
    capabilities: mediaCapabilities({ secureMedia: 'mandatory' }),
    expires: 3600,
    onRegistration: ({ state, diagnosis }) => {
      if (state === 'registered') registered.resolve(undefined);
      if (state === 'failed') registered.reject(new Error(diagnosis?.summary));
    },
  });
  account.registration.start();
  await registered.promise;
  const heard = Promise.withResolvers<undefined>();
  const ended = Promise.withResolvers<undefined>();
  const call = PhoneCall.place(
    {
      agent,
      account,
      sound: { source: steadyTone(440), sink: { kind: 'none' } },
      portMin: 30_000,
      portMax: 39_998,
      user: {
        onChange: ({ state }) => {
          if (state === 'ended') ended.resolve(undefined);
        },
        onStreamEvent: (_call, event) => {
          if (event.kind === 'statistics' && event.statistics.packetsReceived > 60) heard.resolve(undefined);
        },
      },
    },
    sipUri({ user: '9196', host: 'localhost' }),
  );
  await Promise.race([heard.promise, ended.promise]);
  call.hangUp();
  await ended.promise;
  await call.finished;
  expect(call.diagnosis).toBeUndefined();
  await account.registration.stop();
  await agent.close();
  await pbx.close();
  await phonePorts.plane.close();
  await switchPorts.plane.close();
  return seen;
}

describe('docs/call-walk.md', () => {
  const steps = readWalk();

  it('names rooms that are there', () => {
    expect(steps.length).toBeGreaterThan(20);
    expect(steps.map(({ room }) => room).filter((room) => !existsSync(root + room))).toEqual([]);
  });

  it('tells what happens, in the order in which each side sees it', async () => {
    const seen = await walk();
    const missing: Step[] = [];
    for (const who of ['phone', 'switch']) {
      const events = seen.filter((entry) => entry.who === who);
      let at = 0;
      for (const step of steps.filter((candidate) => candidate.who === who)) {
        const found = events.findIndex(({ event }, index) => index >= at && matches(step, who, event));
        if (found < 0) missing.push(step);
        else at = found + 1;
      }
    }
    expect(missing).toEqual([]);
    const text = JSON.stringify(seen);
    expect(text).not.toMatch(/inline:[A-Za-z0-9+/]{20}/);
  });
});
