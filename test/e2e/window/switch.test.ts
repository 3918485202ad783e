import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Refusal } from '../../../core/api/refusal.ts';
import type { FaultView, SwitchDetails } from '../../../core/api/switch.ts';
import { violations } from '../../support/axe.ts';
import type { FakeCore } from '../../support/fake-core.ts';
import { NAME_MISMATCH, snapshot } from '../../support/snapshots.ts';
import { WindowHarness } from '../../support/window-harness.ts';

let harness: WindowHarness;
beforeAll(async () => {
  harness = await WindowHarness.start();
});
afterEach(async () => {
  expect(await harness.closeWindows()).toEqual([]);
});
afterAll(() => harness.stop());

const now = Date.now();
const DETAILS: SwitchDetails = {
  users: [
    { user: '1000', name: 'Alice <b>Adams</b> of the very long department name' },
    { user: '1001', name: '' },
  ],
  registrations: [
    {
      user: '1000',
      contact: 'sip:n1rJ5l.42nfp@192.168.100.100:35722;transport=tls',
      transport: 'tls',
      remote: '192.168.100.100:35722',
      agent: 'Linphone-Desktop/5.2.6 (\u202Eevil) a very long name of a client that goes on and on',
      expiresAt: now + 600_000,
    },
  ],
  calls: [
    {
      id: 'c1',
      startedAt: now,
      from: '1000',
      to: '1001',
      state: 'answered',
      legs: [
        { transport: 'tls', security: 'encrypted', suite: 'AES_CM_128_HMAC_SHA1_80' },
        { transport: 'udp', security: 'open', suite: null },
      ],
    },
  ],
  gateways: [
    {
      name: 'carrier',
      profile: 'external',
      address: 'sip:42@carrier.example',
      state: 'FAIL_WAIT',
      diagnosis: NAME_MISMATCH,
    },
  ],
  certificates: [
    {
      profile: 'internal',
      chain: [
        {
          subject: 'CN=sotto.localhost',
          issuer: 'CN=Authority',
          notBefore: '2026-01-01T00:00:00Z',
          notAfter: '2027-06-01T00:00:00Z',
          names: ['DNS:sotto.localhost'],
          key: 'EC P-256',
          signature: 'ecdsa-with-SHA256',
          usage: ['serverAuth'],
          sha256: 'ab'.repeat(32),
          selfSigned: false,
        },
      ],
      findings: [{ ...NAME_MISMATCH, severity: 'warning' }],
    },
  ],
  troubles: [{ ...NAME_MISMATCH, at: now, remote: '192.168.100.100:35722' }],
  fault: {
    id: 'tls.alert',
    server: '127.0.0.1:40000',
    address: 'sip:1000@faults.sotto.localhost',
    password: 'abcdefgh12345678ijkl',
    trust: '',
    noticed: [{ ...NAME_MISMATCH, at: now }],
  },
};
const FAULTS: FaultView[] = [
  {
    id: 'tls.alert',
    summary: 'Answers with an alert.',
    parameters: [
      { name: 'number', summary: 'number of the alert', choices: null, default: '40' },
      { name: 'way', summary: 'how', choices: ['close', 'reset'], default: 'close' },
    ],
    expected: { client: 'tls.server-without-certificate', switch: null },
  },
  { id: 'sip.status', summary: 'Answers with a status.', parameters: [], expected: { client: null, switch: null } },
];
const TABS = ['Overview', 'Users', 'Calls', 'Console', 'Faults'] as const;

async function openSwitch(over: Partial<SwitchDetails> = {}, options = {}): Promise<{ page: Page; core: FakeCore }> {
  const { page, core } = await harness.open({}, { reducedMotion: 'reduce', ...options });
  core.scripts['switch.read'] = () => Promise.resolve({ ...DETAILS, ...over });
  core.scripts['switch.faults'] = () => Promise.resolve({ faults: FAULTS });
  core.scripts['switch.devices'] = () => Promise.resolve({ devices: [{ id: 'baresip', title: 'baresip' }] });
  await page.locator('.view-tab').last().click();
  await page.locator('.settings').getByRole('button').last().click();
  return { page, core };
}

describe('the switch view', () => {
  it.each([
    ['compact', { width: 340, height: 560 }],
    ['wide', { width: 900, height: 640 }],
  ])('axe finds nothing in any tab of the %s window, light or dark', async (_name, viewport) => {
    const { page } = await openSwitch({}, { viewport, colorScheme: 'light' });
    for (const tab of TABS) {
      await page.getByRole('tab', { name: tab }).click();
      for (const summary of await page.locator('.fault summary').all()) await summary.click();
      await page.emulateMedia({ colorScheme: 'light' });
      expect(await violations(page), tab).toEqual([]);
      await page.emulateMedia({ colorScheme: 'dark' });
      expect(await violations(page, ['color-contrast']), tab).toEqual([]);
    }
  });

  it('cuts nothing off sideways at 300 pixels, in German, with text at 200 %', async () => {
    const { page } = await openSwitch({}, { viewport: { width: 300, height: 560 }, locale: 'de-DE' });
    await page.evaluate(() => {
      document.documentElement.style.fontSize = '200%';
    });
    for (const tab of await page.getByRole('tab').all()) {
      await tab.click();
      const wider = await page.evaluate(() =>
        [...document.querySelectorAll('.tab-content *')]
          .filter((element) => element.getBoundingClientRect().right > innerWidth + 1 && !element.closest('.visually-hidden, pre'))
          .map((element) => `${element.tagName} ${element.getAttribute('class') ?? ''}`),
      ); // prettier-ignore
      expect(wider, (await tab.textContent()) ?? '').toEqual([]);
    }
  });

  it('says in each tab what it means that there is nothing', async () => {
    const { page } = await openSwitch({ users: [], registrations: [], calls: [], gateways: [], certificates: [], troubles: [], fault: null }); // prettier-ignore
    await page.getByText('Nothing so far.').waitFor();
    await page.getByRole('tab', { name: 'Users' }).click();
    await page.getByText('It is off.').waitFor();
    await page.getByRole('tab', { name: 'Calls' }).click();
    await page.getByText('No call at the moment.').waitFor();
    await page.getByRole('tab', { name: 'Console' }).click();
    await page.getByText(/The words of FreeSWITCH/).waitFor();
    await page.getByRole('tab', { name: 'Faults' }).click();
    await page.getByLabel('Search faults').fill('xyz');
    await page.getByText('No fault fits.').waitFor();
  });

  it('reads anew when the switch has changed', async () => {
    const { page, core } = await openSwitch();
    await page.getByRole('tab', { name: 'Calls' }).click();
    await page.getByText('1000 to 1001').waitFor();
    core.scripts['switch.read'] = () => Promise.resolve({ ...DETAILS, calls: [] });
    core.change({ builtInSwitch: { ...snapshot().builtInSwitch, revision: 2 } });
    await page.getByText('No call at the moment.').waitFor();
  });

  it('shows what a client calls itself as text, and nothing of it runs', async () => {
    const { page } = await openSwitch();
    await page.getByRole('tab', { name: 'Users' }).click();
    await page.getByText('Alice <b>Adams</b> of the very long department name').waitFor();
  });

  it('shows the refusal of a command as such, and gives values of a fault as they were typed', async () => {
    const { page, core } = await openSwitch({ fault: null });
    core.scripts['switch.command'] = ({ line }) =>
      line.startsWith('console_complete')
        ? Promise.resolve({ answer: '' })
        : Promise.reject(new Refusal({ code: 'config.conflict', side: 'here', summary: 'The built-in switch is off.', cure: 'Switch it on first.', evidence: {} })); // prettier-ignore
    await page.getByRole('tab', { name: 'Console' }).click();
    await page.getByLabel('Command').fill('sofia status');
    await page.getByLabel('Command').press('Enter');
    await page.getByRole('alert').getByText('The built-in switch is off.').waitFor();
    await page.getByRole('alert').getByRole('button', { name: 'Dismiss' }).click();
    await page.getByRole('tab', { name: 'Faults' }).click();
    await page.locator('.fault summary').first().click();
    await page.getByLabel('number of the alert').fill('45');
    await page.getByLabel('how').selectOption('reset');
    await page.getByRole('button', { name: 'Show', exact: true }).first().click();
    await expect
      .poll(() => core.lastInput('switch.showFault'))
      .toEqual({ fault: 'tls.alert', values: { number: '45', way: 'reset' } });
  });
});
