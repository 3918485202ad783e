import { readFile } from 'node:fs/promises';
import { DOMParser } from '@xmldom/xmldom';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../core/base/secret.ts';
import { deviceFiles, type PhoneSettings } from '../../../core/provision/device.ts';
import { DEVICES, deviceOf } from '../../../core/provision/devices.ts';
import { devicePages } from '../../support/device-pages.ts';

const PEM = '-----BEGIN CERTIFICATE-----\nAQID\n-----END CERTIFICATE-----\n';
const SETTINGS: PhoneSettings = {
  user: '1001',
  password: new Secret('p4ss-word'),
  displayName: 'Bob Baker',
  domain: 'example.com',
  host: 'pbx.example.com',
  port: 5061,
  srtp: 'mandatory',
  authority: { file: 'cafile.pem', pem: PEM },
};

/** The files of a device as text. */
function texts(device: (typeof DEVICES)[number], changes: Partial<PhoneSettings> = {}): readonly string[] {
  const files = deviceFiles(device, { ...SETTINGS, ...changes });
  if (!files.ok) throw new Error(files.error);
  return files.value.map(({ content }) => content).filter((content) => typeof content === 'string');
}

function xmlProblems(text: string): readonly string[] {
  const problems: string[] = [];
  new DOMParser({ onError: (_, message) => problems.push(message) }).parseFromString(text, 'text/xml');
  return problems;
}

describe.each(DEVICES.map((device) => [device.id, device] as const))('settings for %s', (_id, device) => {
  it('name user, password, server, port and TLS, and bring the authority', () => {
    const [first = ''] = texts(device);
    for (const word of ['1001', 'p4ss-word', 'example.com', 'pbx.example.com', '5061']) expect(first).toContain(word);
    const files = deviceFiles(device, SETTINGS);
    const authority = files.ok && files.value.some(({ content }) => (typeof content === 'string' ? content.includes('AQID') : content.join() === '1,2,3')); // prettier-ignore
    // The SPA checks no certificate.
    expect(authority).toBe(device.id !== 'cisco-spa');
    expect(device.steps(SETTINGS)).not.toEqual([]);
  });

  it('are others where SRTP is mandatory, optional or forbidden, or say that there is none', () => {
    const whole = (srtp: PhoneSettings['srtp']): string => [...texts(device, { srtp }), ...device.steps({ ...SETTINGS, srtp })].join(); // prettier-ignore
    const different = new Set([whole('mandatory'), whole('optional'), whole('forbidden')]);
    const modes = { nokia: 1, 'cisco-spa': 2, zoiper: 2 }[device.id] ?? 3;
    expect(different.size).toBe(modes);
  });

  it('stay well-formed with signs that mean something in the format, or are refused', () => {
    const hostile = { password: new Secret(`a&<"'>]]>;\\`), displayName: 'Ann & <Bob> "Baker"' };
    const files = deviceFiles(device, { ...SETTINGS, ...hostile });
    if (!files.ok) {
      expect(files.error).toContain(device.title);
      return;
    }
    for (const { name, content } of files.value)
      if (name.endsWith('.xml') && typeof content === 'string') expect(xmlProblems(content), name).toEqual([]);
  });

  it('refuse a name or a password with a line break: it would be a setting of its own', () => {
    for (const changes of [{ password: new Secret('x\naccount.2.enable = 1') }, { displayName: 'x\r\ny' }])
      expect(deviceFiles(device, { ...SETTINGS, ...changes }).ok).toBe(false);
  });
});

it('the page of each device in docs/devices is what its settings say (npm run device-pages)', async () => {
  for (const [name, text] of devicePages())
    expect(await readFile(new URL(`../../../docs/devices/${name}`, import.meta.url), 'utf8'), name).toBe(text);
});

it('a device is found by any of its words, in any case', () => {
  expect(deviceOf('Aastra')?.id).toBe('mitel');
  expect(deviceOf('eyebeam')?.id).toBe('bria');
  expect(deviceOf('toaster')).toBeUndefined();
  const words = DEVICES.flatMap(({ id, aliases = [] }) => [id, ...aliases]);
  expect(new Set(words).size).toBe(words.length);
});
