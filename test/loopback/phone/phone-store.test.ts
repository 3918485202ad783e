import { mkdtemp, readdir, readFile, rm, stat, writeFile, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../../core/base/secret.ts';
import { PhoneStoreFile } from '../../../core/io/phone-store-file.ts';
import { EMPTY_PHONE, type StoredPhone } from '../../../core/phone/phone-store.ts';
import { DEFAULT_SETTINGS } from '../../../core/phone/settings.ts';
import { good } from '../../support/test-authority.ts';

let folder: string;
let store: PhoneStoreFile;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sotto-test-'));
  store = new PhoneStoreFile(folder);
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const PHONE: StoredPhone = {
  accounts: [
    {
      id: 'one',
      address: 'sip:1000@example.com',
      authorizationUser: '1000',
      displayName: 'Ümläut "quoted" \u{1f512}',
      server: 'sip.example.com:5061',
      transport: 'tls',
      srtp: 'mandatory',
      trust: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
      verify: true,
      password: new Secret('planted-password'),
    },
  ],
  defaultAccountId: 'one',
  audio: { input: 'Mikrofon (USB)', output: undefined },
  welcomed: true,
  settings: { ...DEFAULT_SETTINGS, theme: 'dark' },
};

const settingsFile = (): string => join(folder, 'phone.json');

describe('what a phone remembers', () => {
  it('of an earlier version has what came later as nobody has chosen it', async () => {
    good(await store.save(PHONE));
    const kept = JSON.parse(await readFile(settingsFile(), 'utf8')) as { settings: Record<string, unknown> };
    delete kept.settings.builtInSwitch;
    await writeFile(settingsFile(), JSON.stringify(kept));
    expect(good(await store.load()).settings).toEqual(PHONE.settings);
  });

  it('is nothing on the first start', async () => {
    expect(good(await store.load())).toEqual(EMPTY_PHONE);
  });

  it('comes back as it was kept', async () => {
    good(await store.save(PHONE));
    const loaded = good(await new PhoneStoreFile(folder).load());
    expect(loaded).toEqual(PHONE);
    expect(loaded.accounts[0]?.password.reveal()).toBe('planted-password');
  });

  it('has its passwords in one file only, which only the owner can read', async () => {
    good(await store.save(PHONE));
    expect(await readFile(settingsFile(), 'utf8')).not.toContain('planted-password');
    if (process.platform === 'win32') return;
    for (const name of await readdir(folder)) expect((await stat(join(folder, name))).mode & 0o077).toBe(0);
  });

  it('is what was kept last, also where many changes come at once, with no file left over', async () => {
    for (let count = 0; count < 20; count++) {
      good(await store.save({ ...PHONE, audio: { input: `device ${count}`, output: undefined } }));
    }
    expect(good(await store.load()).audio.input).toBe('device 19');
    expect((await readdir(folder)).toSorted()).toEqual(['phone.json', 'secrets.json']);
  });

  it('an account whose password is gone stays, without one', async () => {
    good(await store.save(PHONE));
    await rm(join(folder, 'secrets.json'));
    expect(good(await store.load()).accounts[0]?.password.reveal()).toBe('');
  });

  it.each([
    ['half a file', '{"accounts": [', 'line'],
    ['an empty file', '', 'path'],
    ['another kind of file', '[]', 'expected'],
    ['a word that is none', JSON.stringify({ accounts: [], defaultAccountId: null, audio: { input: null, output: null }, welcomed: 'maybe' }), 'field'],
  ])('%s is config.invalid with the place, and stays as it is', async (_, text, evidence) => {
    await writeFile(settingsFile(), text);
    const loaded = await store.load();
    expect(loaded).toMatchObject({ ok: false, error: { code: 'config.invalid', side: 'here' } });
    expect(loaded.ok ? {} : loaded.error.evidence).toHaveProperty(evidence);
    expect(await readFile(settingsFile(), 'utf8')).toBe(text);
  }); // prettier-ignore

  it('broken secrets are never quoted', async () => {
    good(await store.save(PHONE));
    await writeFile(join(folder, 'secrets.json'), '{"one": {"password": "planted-password", }');
    const loaded = await store.load();
    expect(loaded).toMatchObject({ ok: false, error: { code: 'config.invalid' } });
    expect(JSON.stringify(loaded)).not.toContain('planted-password');
  });

  it('that cannot be read or written is file.unreadable, and what was kept before stays', async () => {
    good(await store.save(PHONE));
    const before = await readFile(settingsFile(), 'utf8');
    const elsewhere = new PhoneStoreFile(join(folder, 'nowhere'));
    expect(await elsewhere.save(PHONE)).toMatchObject({ ok: false, error: { code: 'file.unreadable' } });
    await rm(join(folder, 'secrets.json'));
    await mkdir(join(folder, 'secrets.json'));
    expect(await store.save({ ...PHONE, welcomed: false })).toMatchObject({
      ok: false,
      error: { code: 'file.unreadable' },
    });
    expect(await readFile(settingsFile(), 'utf8')).toBe(before);
    expect(await store.load()).toMatchObject({ ok: false, error: { code: 'file.unreadable' } });
  });
});
