import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Refusal } from '../../../core/api/refusal.ts';
import { account, call } from '../../support/snapshots.ts';
import { WindowHarness } from '../../support/window-harness.ts';
import { SCENES } from '../../support/window-scenes.ts';

let harness: WindowHarness;
beforeAll(async () => {
  harness = await WindowHarness.start();
});
afterEach(async () => {
  expect(await harness.closeWindows()).toEqual([]);
});
afterAll(() => harness.stop());

/** The name of what has the focus. */
const focused = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const element = document.activeElement;
    return element?.getAttribute('aria-label') ?? element?.textContent ?? '';
  });

/** Tab until something has the focus; fails where the keyboard cannot get there. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let steps = 0; steps < 30; steps++) {
    if ((await focused(page)) === name) return;
    await page.keyboard.press('Tab');
  }
  expect(await focused(page)).toBe(name);
}

describe('with the keyboard alone', () => {
  it('a number is dialled, the call muted, digits sent, and hung up', async () => {
    const { core, page } = await harness.open();
    core.scripts['call.start'] = () => {
      core.change({ calls: [call({ connectedAt: Date.now() })] });
      return Promise.resolve({ callId: 'call-1' });
    };
    await page.keyboard.type('1001');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Bob Baker' }).waitFor();
    await page.keyboard.press('7');
    await tabTo(page, 'Mute');
    await page.keyboard.press('Space');
    await tabTo(page, 'Hang up');
    await page.keyboard.press('Enter');
    await expect
      .poll(() => core.asked.map(({ request }) => request))
      .toEqual(['call.start', 'call.dtmf', 'call.mute', 'call.hangUp']);
    expect(core.lastInput('call.start')).toEqual({ target: '1001', accountId: 'account-1' });
  });

  it('Enter on a name goes to the hits, and Enter on a hit calls it', async () => {
    const { core, page } = await harness.open(SCENES.recent);
    await page.keyboard.type('dora');
    await page.keyboard.press('Enter');
    await expect.poll(() => focused(page)).toMatch(/^Call .*Dora/);
    expect(core.asked).toEqual([]);
    await page.keyboard.press('Enter');
    await expect.poll(() => core.lastInput('call.start')).toEqual({ target: 'sip:1003@sotto.localhost', accountId: 'account-1' }); // prettier-ignore
  });

  it('Enter on a name that nobody has calls nobody', async () => {
    const { core, page } = await harness.open(SCENES.recent);
    await page.keyboard.type('nobody at all');
    await page.keyboard.press('Enter');
    await page.getByText('Nobody by this name yet.').waitFor();
    expect(core.asked).toEqual([]);
  });

  it('the dial pad is one key away', async () => {
    const { page } = await harness.open();
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('Dial pad');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: '9 WXYZ' }).press('Enter');
    expect(await page.getByRole('textbox').inputValue()).toBe('9');
  });

  it('Escape leaves a call on the screen as a bar and empties the field', async () => {
    const { page } = await harness.open(SCENES.connected);
    await page.getByRole('heading', { name: 'Bob Baker' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('textbox').waitFor();
    await page.keyboard.type('abc');
    await page.keyboard.press('Escape');
    expect(await page.getByRole('textbox').inputValue()).toBe('');
  });

  it('every stop shows that it has the focus', async () => {
    const { page } = await harness.open(SCENES.recent);
    for (let stop = 0; stop < 8; stop++) {
      await page.keyboard.press('Tab');
      const outlined = await page.evaluate(() => {
        const element = document.activeElement;
        const drawn = element?.matches('.dial-input, .text-box input') ? element.parentElement : element;
        return drawn === null ? '' : getComputedStyle(drawn).outlineStyle;
      });
      expect(outlined).not.toBe('none');
    }
  });
});

describe('an account', () => {
  it('is added with three fields', async () => {
    const { core, page } = await harness.open({ firstRun: true });
    core.scripts['account.add'] = () => {
      core.change({ firstRun: false, accounts: [account({ id: 'own', displayName: 'Alice', registration: 'registering', builtIn: false })], defaultAccountId: 'own' }); // prettier-ignore
      return Promise.resolve({ accountId: 'own' });
    };
    await page.getByRole('button', { name: 'Use my server' }).press('Enter');
    await page.keyboard.type('alice@example.com');
    await page.keyboard.press('Tab');
    await page.keyboard.type('s3cret');
    await tabTo(page, '');
    await page.getByLabel('Your name').fill('Alice');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Accounts: Alice Registering…' }).waitFor();
    expect(core.lastInput('account.add')).toEqual({
      address: 'alice@example.com',
      password: 's3cret',
      displayName: 'Alice',
      server: '',
      transport: 'tls',
      srtp: 'mandatory',
      trust: '',
      verify: true,
    });
    core.change({ accounts: [account({ id: 'own', displayName: 'Alice', builtIn: false })] });
    await page.getByRole('button', { name: 'Accounts: Alice Registered' }).waitFor();
  });

  it('opens Advanced by itself where a pasted address differs from the safe choices', async () => {
    const { page } = await harness.open({ firstRun: true });
    await page.getByRole('button', { name: 'Use my server' }).click();
    expect(await page.getByRole('radiogroup').count()).toBe(0);
    await page.getByLabel('Address').fill('sip:alice@pbx.example.com:5080;transport=tcp');
    expect(await page.getByLabel('Address').inputValue()).toBe('alice@pbx.example.com');
    expect(await page.getByLabel('Server', { exact: true }).inputValue()).toBe('pbx.example.com:5080');
    expect(await page.getByRole('radio', { name: 'TCP' }).getAttribute('aria-checked')).toBe('true');
    await page.getByText('Over TCP anyone on the way can read').waitFor();
  });

  it('goes to the field that is wrong and sends nothing', async () => {
    const { core, page } = await harness.open({ firstRun: true });
    await page.getByRole('button', { name: 'Use my server' }).click();
    await page.getByRole('button', { name: 'Add and register' }).click();
    await page.getByText('An address looks like alice@example.com.').waitFor();
    expect(await page.evaluate(() => document.activeElement?.getAttribute('name'))).toBe('address');
    expect(await page.getByLabel('Address').getAttribute('aria-invalid')).toBe('true');
    expect(core.asked).toEqual([]);
  });

  it('that is refused says why in the form and keeps what was typed', async () => {
    const { core, page } = await harness.open({ firstRun: true });
    core.scripts['account.add'] = () =>
      Promise.reject(
        new Refusal({
          code: 'config.conflict',
          side: 'here',
          summary: 'There is one already.',
          cure: 'Look.',
          evidence: {},
        }),
      );
    await page.getByRole('button', { name: 'Use my server' }).click();
    await page.getByLabel('Address').fill('alice@example.com');
    await page.getByRole('button', { name: 'Add and register' }).click();
    await page.getByRole('alert').filter({ hasText: 'There is one already.' }).waitFor();
    expect(await page.getByLabel('Address').inputValue()).toBe('alice@example.com');
  });

  it('shows its status and is tested, chosen and removed behind the chip', async () => {
    const second = account({
      id: 'account-2',
      displayName: 'Office',
      address: 'sip:alice@pbx.example.com',
      builtIn: false,
    });
    const { core, page } = await harness.open({ accounts: [account(), second] });
    await page.getByRole('button', { name: 'Accounts: Alice Adler Registered' }).click();
    const dialog = page.getByRole('dialog', { name: 'Accounts' });
    await dialog.getByRole('button', { name: /^Office/ }).click();
    await dialog.getByRole('button', { name: 'Test', exact: true }).click();
    await dialog.getByRole('button', { name: 'Use for calls' }).click();
    await dialog.getByRole('button', { name: 'Remove' }).click();
    expect(core.lastInput('account.remove')).toBeUndefined();
    await dialog.getByRole('button', { name: 'Remove account' }).click();
    await expect
      .poll(() => core.asked)
      .toEqual(
        ['account.test', 'account.setDefault', 'account.remove'].map((request) => ({
          request,
          input: { accountId: 'account-2' },
        })),
      );
  });

  it('goes with Escape, also on a machine so busy that the end of its appearing went unheard', async () => {
    const { page } = await harness.open(SCENES.idle);
    await page.evaluate(() => {
      for (const name of ['animationstart', 'animationend'])
        addEventListener(name, (event) => {
          event.stopImmediatePropagation();
        }, true); // prettier-ignore
    });
    await page.locator('.account-chip').click();
    await page.getByRole('button', { name: 'Add account' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached', timeout: 5000 });
  });

  it('the devices for sound are chosen behind the headset', async () => {
    const { core, page } = await harness.open();
    await page.getByRole('button', { name: 'Sound: ready' }).click();
    await page.getByLabel('Microphone').selectOption('USB Headset');
    await expect.poll(() => core.lastInput('audio.route')).toEqual({ input: 'headset', output: null });
  });
});

describe('in German', () => {
  it('every sentence of the main screens is German, and the core’s own words are marked as English', async () => {
    const { core, page } = await harness.open({ firstRun: true }, { locale: 'de-DE' });
    await page.getByRole('button', { name: 'Ausprobieren' }).waitFor();
    expect(await page.evaluate(() => document.documentElement.lang)).toBe('de');
    core.change({ firstRun: false, ...SCENES.incoming });
    await page.getByRole('button', { name: 'Annehmen' }).waitFor();
    await page.getByRole('button', { name: 'Schutz: Verschlüsselt bis zum Server. Einzelheiten zeigen' }).waitFor();
    core.change({ ...SCENES['account-failed'], calls: [] });
    await page.getByText('Das Zertifikat gilt für einen anderen Namen').waitFor();
    await page.getByText('Einzelheiten', { exact: true }).click();
    expect(await page.locator('q').getAttribute('lang')).toBe('en');
  });
});
