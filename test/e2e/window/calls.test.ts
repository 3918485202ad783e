import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Refusal } from '../../../core/api/refusal.ts';
import { CHECKING, ENCRYPTED, NAME_MISMATCH, OPEN, SIGNALLING, account, call } from '../../support/snapshots.ts';
import { WindowHarness, type OpenWindow } from '../../support/window-harness.ts';
import { SCENES } from '../../support/window-scenes.ts';

let harness: WindowHarness;
beforeAll(async () => {
  harness = await WindowHarness.start();
});
afterEach(async () => {
  expect(await harness.closeWindows()).toEqual([]);
});
afterAll(() => harness.stop());

const ringing = call({
  state: 'ringing',
  connectedAt: null,
  security: SIGNALLING,
  quality: null,
  startedAt: Date.now(),
});
const incoming = call({ direction: 'incoming', state: 'incoming', connectedAt: null, quality: null });

/** What a screen reader was told last, urgently. */
const urgent = ({ page }: OpenWindow): Promise<string | null> => page.getByTestId('urgent').textContent();

describe('first run', () => {
  it('Try it calls the echo test without typing and shows ringing, then the call with its protection', async () => {
    const window = await harness.open({ firstRun: true });
    const { core, page } = window;
    await page.getByRole('heading', { name: 'Calls that keep to themselves' }).waitFor();
    core.scripts['call.start'] = ({ target }) => {
      const echo = call({ state: 'calling', connectedAt: null, remoteName: 'Echo', remoteAddress: `sip:${target}@sotto.localhost`, security: CHECKING, quality: null }); // prettier-ignore
      core.change({ firstRun: false, calls: [echo] });
      return Promise.resolve({ callId: echo.id });
    };
    await page.getByRole('button', { name: 'Try it' }).click();
    await page.getByRole('heading', { name: 'Echo' }).waitFor();
    expect(core.lastInput('call.start')).toEqual({ target: '9196', accountId: 'account-1' });
    await page.getByText('Checking').waitFor();

    core.changeCall('call-1', { state: 'ringing' });
    await page.locator('.call-state', { hasText: 'Ringing…' }).waitFor();

    core.changeCall('call-1', { state: 'connected', connectedAt: Date.now(), security: ENCRYPTED });
    await page.getByRole('button', { name: 'Protection: Encrypted to your server. Show details' }).waitFor();
    await page.getByRole('timer').waitFor();
    expect(await urgent(window)).toBe('Connected with Echo, Encrypted to your server');
  });

  it('waits for the test switch and says so', async () => {
    const { core, page } = await harness.open(SCENES['first-run-preparing']);
    await page.getByText('Preparing the test switch…').waitFor();
    const button = page.getByRole('button', { name: 'Try it' });
    expect(await button.getAttribute('aria-disabled')).toBe('true');
    await button.dispatchEvent('click');
    core.change({ accounts: [account()] });
    await page.getByText('Calls the echo test, 9196').waitFor();
    expect(core.asked).toEqual([]);
    expect(await button.getAttribute('aria-disabled')).toBeNull();
  });
});

describe('the voicemail lamp', () => {
  it('says how many messages are new, and calls the mailbox of that account', async () => {
    const { core, page } = await harness.open(SCENES.voicemail);
    const lamp = page.getByRole('region', { name: '2 new voice messages' });
    await lamp.getByRole('button', { name: 'Listen' }).click();
    await expect.poll(() => core.lastInput('call.start')).toEqual({ target: '*98', accountId: 'account-1' });
    await page.keyboard.press('Escape');
    core.change({ accounts: [account({ mailbox: { fresh: 0, old: 7, listen: '*98' } })] });
    await lamp.waitFor({ state: 'detached' });
    await page.locator('.account-chip').click();
    await page.getByText('0 new, 7 heard').waitFor();
  });
});

describe('an incoming call', () => {
  it('says who, for which account and how protected, and is answered with a click', async () => {
    const window = await harness.open();
    const { core, page } = window;
    core.change({ calls: [incoming] });
    await page.getByRole('heading', { name: 'Bob Baker' }).waitFor();
    await page.getByText('for 1000@sotto.localhost').waitFor();
    expect(await urgent(window)).toBe('Incoming call from Bob Baker, Encrypted to your server');
    await page.getByRole('button', { name: 'Answer' }).click();
    await expect.poll(() => core.lastInput('call.answer')).toEqual({ callId: 'call-1' });
    core.changeCall('call-1', { state: 'connected', connectedAt: Date.now() });
    await page.getByRole('button', { name: 'Mute' }).waitFor();
  });

  it('is neither answered nor declined by Space or Enter while no button has the focus', async () => {
    const { core, page } = await harness.open();
    core.change({ calls: [incoming] });
    await page.getByRole('button', { name: 'Answer' }).waitFor();
    for (const key of ['Space', 'Enter', '1']) await page.keyboard.press(key);
    expect(core.asked).toEqual([]);
    await page.getByRole('button', { name: 'Decline' }).focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => core.asked).toEqual([{ request: 'call.decline', input: { callId: 'call-1' } }]);
  });

  it('does not take the field from somebody who is typing: it comes as a bar', async () => {
    const { core, page } = await harness.open();
    await page.keyboard.type('10');
    core.change({ calls: [incoming] });
    await page.getByRole('button', { name: 'Answer Bob Baker' }).waitFor();
    await page.keyboard.type('01');
    expect(await page.getByRole('textbox').inputValue()).toBe('1001');
  });
});

describe('a call', () => {
  it('shows who could listen, the hops and what is unknown behind the chip', async () => {
    const { page } = await harness.open(SCENES.connected);
    await page.getByRole('button', { name: /^Protection:/ }).click();
    const dialog = page.getByRole('dialog', { name: 'Protection' });
    await dialog.getByText('Nobody between you and sotto.localhost.').waitFor();
    const hops = await dialog.getByRole('list', { name: 'The way of the call' }).getByRole('listitem').allInnerTexts();
    expect(hops.map((hop) => hop.replace(/\s+/g, ' '))).toEqual([
      'You',
      expect.stringMatching(/You to the server: .*Call details: protected Voice: encrypted/),
      'Server',
      expect.stringMatching(/The server to the other side: .*Call details: unknown Voice: unknown/),
      'Other side',
    ]);
    for (const fact of ['TLSv1.3', 'TLS_AES_256_GCM_SHA384', 'AES_CM_128_HMAC_SHA1_80', 'sotto.localhost, verified']) {
      await dialog.getByText(fact, { exact: true }).waitFor();
    }
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('heading', { name: 'Bob Baker' }).waitFor();
  });

  it.each([
    [CHECKING, 'Checking'],
    [OPEN, 'Not encrypted: anyone on the way can listen'],
    [SIGNALLING, 'Call details protected, voice not'],
    [ENCRYPTED, 'Encrypted to your server'],
  ])('names the protection $state in words', async (security, words) => {
    const { page } = await harness.open({ calls: [call({ security })] });
    expect((await page.locator('.chip').innerText()).trim()).toBe(words);
  });

  it('sends digits from the keyboard and from the keypad, also during early media', async () => {
    const { core, page } = await harness.open({ calls: [call({ state: 'early', connectedAt: null })] });
    await page.getByRole('heading', { name: 'Bob Baker' }).waitFor();
    await page.keyboard.press('4');
    await page.getByRole('button', { name: 'Keypad' }).click();
    await page.getByRole('button', { name: '2 ABC' }).click();
    await page.keyboard.press('#');
    await expect
      .poll(() => core.asked.map(({ input }) => (input as { digits: string }).digits))
      .toEqual(['4', '2', '#']);
    expect(await page.locator('.call-sent').innerText()).toBe('42#');
  });

  it('sends no digits while it only rings', async () => {
    const { core, page } = await harness.open({ calls: [ringing] });
    await page.getByRole('heading', { name: 'Bob Baker' }).waitFor();
    await page.keyboard.press('4');
    await page.getByRole('button', { name: 'Cancel call' }).click();
    await expect.poll(() => core.asked.map(({ request }) => request)).toEqual(['call.hangUp']);
  });

  it('is held and resumed by one button that says which', async () => {
    const { core, page } = await harness.open(SCENES.connected);
    await page.getByRole('button', { name: 'Hold', exact: true }).click();
    await expect.poll(() => core.lastInput('call.hold')).toEqual({ callId: 'call-1', held: true });
    core.changeCall('call-1', { hold: { here: true, there: false } });
    await page.locator('.call-hold', { hasText: 'On hold' }).waitFor();
    await page.getByRole('status').getByText('Bob Baker is on hold').waitFor({ state: 'attached' });
    await page.getByRole('button', { name: 'Resume' }).click();
    await expect.poll(() => core.lastInput('call.hold')).toEqual({ callId: 'call-1', held: false });
    core.changeCall('call-1', { hold: { here: false, there: true } });
    await page.locator('.call-hold', { hasText: 'The other side holds' }).waitFor();
  });

  it('is sent to somebody else from the keyboard, and digits of the new number reach nobody', async () => {
    const window = await harness.open(SCENES.connected);
    const { core, page } = window;
    const button = page.getByRole('button', { name: 'Transfer' });
    await button.focus();
    await page.keyboard.press('Enter');
    await page.keyboard.type('1002');
    await page.keyboard.press('Enter');
    await expect.poll(() => core.asked).toEqual([{ request: 'call.transfer', input: { callId: 'call-1', target: '1002' } }]); // prettier-ignore
    core.changeCall('call-1', { transfer: { state: 'ringing', target: '1002', diagnosis: null } });
    await page.getByText('Ringing at 1002…').waitFor();
    core.changeCall('call-1', { transfer: { state: 'failed', target: '1002', diagnosis: NAME_MISMATCH } });
    await page.getByText('The call was not transferred to 1002').first().waitFor();
    expect(await urgent(window)).toBe('Bob Baker was not transferred to 1002');
  });

  it('is transferred after speaking with the new one first', async () => {
    const { core, page } = await harness.open(SCENES.connected);
    await page.getByRole('button', { name: 'Transfer' }).click();
    await page.getByRole('textbox', { name: 'Transfer to' }).fill('1002');
    core.scripts['call.consult'] = ({ callId }) => {
      const second = call({ id: 'call-2', remoteName: 'Dora', consults: callId });
      core.change({ calls: [...core.state.calls, second] });
      return Promise.resolve({ callId: second.id });
    };
    await page.getByRole('button', { name: 'Talk first' }).click();
    await page.getByRole('heading', { name: 'Dora' }).waitFor();
    await page.getByRole('button', { name: 'Connect' }).click();
    await expect.poll(() => core.lastInput('call.connect')).toEqual({ callId: 'call-2' });
  });

  it('whose other side wants to transfer us asks first', async () => {
    const { core, page } = await harness.open(SCENES['transfer-asked']);
    await page.getByText('Bob Baker asks you to speak with 1002@sotto.localhost instead.').waitFor();
    await page.getByRole('button', { name: 'Stay here' }).click();
    await expect.poll(() => core.lastInput('call.answerTransfer')).toEqual({ callId: 'call-1', accept: false });
  });

  it('moves the meters with the levels', async () => {
    const { core, page } = await harness.open(SCENES.connected);
    const meter = page.getByRole('meter', { name: 'Level of your microphone' });
    await meter.waitFor();
    core.levels([{ callId: 'call-1', sent: 1, received: 0 }]);
    await expect.poll(() => meter.getAttribute('aria-valuenow')).toBe('100');
  });

  it('stays as a thin bar with time, mute and end while the dial field is open', async () => {
    const { core, page } = await harness.open(SCENES.connected);
    await page.getByRole('button', { name: 'Back to the dial field' }).click();
    const bar = page.getByRole('navigation', { name: 'Other calls' });
    await bar.getByRole('timer').waitFor();
    await bar.getByRole('button', { name: 'Mute, Bob Baker' }).click();
    await expect.poll(() => core.lastInput('call.mute')).toEqual({ callId: 'call-1', muted: true });
    await bar.getByRole('button', { name: 'Hang up, Bob Baker' }).click();
    await expect.poll(() => core.lastInput('call.hangUp')).toEqual({ callId: 'call-1' });
  });

  it('of several: one is shown, the others are bars that open with a click', async () => {
    const { page } = await harness.open(SCENES.several);
    await page.getByRole('heading', { name: 'Bob Baker' }).waitFor();
    const bars = page.getByRole('navigation', { name: 'Other calls' });
    expect(await bars.getByRole('listitem').count()).toBe(2);
    await bars.getByText('Dora Dietrich').click();
    await page.getByRole('heading', { name: 'Dora Dietrich' }).waitFor();
    await bars.getByText('Bob Baker').waitFor();
  });

  it('that ended is summed up and stays in the list until it is removed', async () => {
    const { core, page } = await harness.open(SCENES.connected);
    const endedAt = Date.now();
    core.changeCall('call-1', { state: 'ended', connectedAt: endedAt - 65_000, endedAt });
    await page.getByText('1:05', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Done' }).click();
    const entry = page.getByRole('button', { name: /^Bob Baker Outgoing/ });
    await entry.waitFor();
    await entry.click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await expect.poll(() => core.lastInput('history.remove')).toEqual({ callIds: ['call-1'] });
    await page.getByText('No calls yet').waitFor();
  });
});

describe('errors', () => {
  it('of a call are a card: what happened, why, what to do, details; with a way to try again', async () => {
    const { core, page } = await harness.open({ calls: [ringing] });
    await page.getByRole('heading', { name: 'Bob Baker' }).waitFor();
    core.changeCall('call-1', { state: 'ended', endedAt: Date.now(), diagnosis: NAME_MISMATCH });
    const card = page.getByRole('group', { name: 'The call did not come about' });
    await card.getByText('The certificate is for another name').waitFor();
    await card.getByText(NAME_MISMATCH.summary).waitFor();
    await card.getByText(NAME_MISMATCH.cure).waitFor();
    await card.getByText('Details').click();
    await card.getByText('cert.name-mismatch').waitFor();
    await card.getByText('sip.example.net, *.example.net').waitFor();
    await card.getByRole('button', { name: 'Call again' }).click();
    await expect.poll(() => core.lastInput('call.start')).toEqual({ target: 'sip:1001@sotto.localhost', accountId: 'account-1' }); // prettier-ignore
  });

  it('of a request come over the foot of the window, are said at once, and go when it works', async () => {
    const { core, page } = await harness.open();
    core.scripts['call.start'] = () =>
      Promise.reject(
        new Refusal({ code: 'sip.forbidden', side: 'there', summary: 'No.', cure: 'Ask.', evidence: { status: 403 } }),
      );
    await page.keyboard.type('1001');
    await page.keyboard.press('Enter');
    const alert = page.getByRole('alert').filter({ hasText: 'The call could not be started' });
    await alert.getByText('The server does not allow this').waitFor();
    core.scripts['call.start'] = () => {
      core.change({ calls: [ringing] });
      return Promise.resolve({ callId: 'call-1' });
    };
    await alert.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('heading', { name: 'Bob Baker' }).waitFor();
    expect(await alert.count()).toBe(0);
  });

  it('of the connection to the core: a banner, and back again by itself with the new state', async () => {
    const window = await harness.open(SCENES.connected);
    const { core, page } = window;
    await page.getByRole('heading', { name: 'Bob Baker' }).waitFor();
    await core.stop();
    await page.getByText('What you see may be old.').waitFor();
    expect(await urgent(window)).toContain('Connection to Sotto lost');
    core.change({ calls: [] });
    await core.start();
    await page
      .getByRole('button', { name: 'Try now' })
      .click({ timeout: 2_000 })
      .catch(() => undefined);
    await page.getByText('No calls yet').waitFor();
    expect(await page.getByText('What you see may be old.').count()).toBe(0);
    const refused = harness.problems.splice(0);
    expect(refused.filter((text) => !text.includes('ERR_CONNECTION_REFUSED'))).toEqual([]);
  });
});

describe('the bridge', () => {
  it('takes the token out of the address bar and keeps it for this tab only', async () => {
    const { page } = await harness.open();
    expect(page.url()).not.toContain('token');
    await page.reload();
    await page.getByText('Registered').waitFor();
    expect(await page.evaluate(() => [sessionStorage.length, localStorage.length])).toEqual([1, 0]);
  });

  it('prefers what a preload script offers', async () => {
    const { core, page } = await harness.open();
    await page.context().addInitScript((state) => {
      const listeners: ((text: string) => void)[] = [];
      Object.assign(window, {
        sotto: {
          send: (text: string) => {
            const { id } = JSON.parse(text) as { id: number };
            for (const listener of listeners) listener(JSON.stringify({ id, output: state }));
          },
          onMessage: (listener: (text: string) => void) => void listeners.push(listener),
        },
      });
    }, { ...core.state, accounts: [account({ displayName: 'Over IPC' })] }); // prettier-ignore
    await page.reload();
    await page.getByText('Over IPC').waitFor();
  });
});
