import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { TextMessage } from '../../../core/api/messages.ts';
import { violations } from '../../support/axe.ts';
import { Refusal } from '../../../core/api/refusal.ts';
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

const REFUSED = { code: 'config.invalid', side: 'here', summary: 'This is no address.', cure: 'Enter another.', evidence: {} } as const; // prettier-ignore
const BOB = 'sip:1001@sotto.localhost';
let number = 0;

function message(over: Partial<TextMessage> = {}): TextMessage {
  return {
    id: `message-${++number}`,
    accountId: 'account-1',
    direction: 'incoming',
    address: BOB,
    name: 'Bob Baker',
    text: 'Are you there?',
    at: Date.now(),
    state: 'received',
    code: null,
    encrypted: true,
    ...over,
  };
}

describe('messages', () => {
  it('are counted on their tab, read in their conversation, and answered with Enter', async () => {
    const { core, page } = await harness.open(SCENES.idle);
    core.message(message(), message({ text: '<img src=x onerror=alert(1)>\u202e evil', address: 'sip:1002@sotto.localhost', name: '' })); // prettier-ignore
    const tab = page.getByRole('button', { name: /^Messages/ });
    await expect.poll(() => tab.textContent()).toContain('2');
    await tab.click();
    await page.getByRole('button', { name: /Bob Baker/ }).click();
    await page.getByText('Are you there?').waitFor();
    await page.getByText('Encrypted to your server, which can read it.').waitFor();
    await expect.poll(() => core.state.messages.unseen).toBe(1);
    // The window is at rest then, though another conversation has unseen ones.
    const { revision } = core.state;
    await page.waitForTimeout(300);
    expect(core.state.revision).toBe(revision);

    core.scripts['messages.send'] = ({ text }) => {
      core.message(message({ id: 'mine', direction: 'outgoing', text, state: 'sending', name: '' }));
      return Promise.resolve({ messageId: 'mine', accountId: 'account-1', address: BOB });
    };
    await page.keyboard.type('Yes');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('I am');
    await page.keyboard.press('Enter');
    await page.getByText('sending…').waitFor();
    expect(core.lastInput('messages.send')).toEqual({ accountId: 'account-1', target: BOB, text: 'Yes\nI am' });
    expect(await page.getByRole('textbox', { name: 'Message' }).inputValue()).toBe('');
    core.message(message({ id: 'mine', direction: 'outgoing', text: 'Yes\nI am', state: 'failed', code: 'sip.unavailable', name: '' })); // prettier-ignore
    await page.getByText('Not sent').waitFor();
    await page.getByRole('button', { name: 'Send again' }).click();
    await expect.poll(() => core.asked.filter(({ request }) => request === 'messages.send').length).toBe(2);
    expect(await violations(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await violations(page, ['color-contrast'])).toEqual([]);
  });

  it('to somebody new: a refusal is said, and what was written stays until it is sent', async () => {
    const { core, page } = await harness.open(SCENES.idle);
    await page.getByRole('button', { name: 'Messages' }).click();
    await page.getByText('No messages yet').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'New message' }).click();
    await page.getByRole('textbox', { name: 'To' }).fill('1001');
    await page.getByRole('textbox', { name: 'Message' }).fill('Hello');
    expect(await violations(page)).toEqual([]);
    core.scripts['messages.send'] = () => Promise.reject(new Refusal(REFUSED));
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByText('The message could not be sent').waitFor();
    expect(await page.getByRole('textbox', { name: 'Message' }).inputValue()).toBe('Hello');
    core.scripts['messages.send'] = ({ text }) => {
      core.message(message({ id: 'new', direction: 'outgoing', text, state: 'sent', name: '' }));
      return Promise.resolve({ messageId: 'new', accountId: 'account-1', address: BOB });
    };
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByRole('heading', { name: '1001' }).waitFor();
    await page.getByText('Hello').waitFor();
  });

  it('of a conversation are removed for good, after a question; in German and beside the phone, too', async () => {
    const { core, page } = await harness.open(SCENES.idle, { viewport: { width: 900, height: 640 }, locale: 'de-DE' });
    core.message(message({ encrypted: false }));
    await page.getByRole('button', { name: /^Nachrichten/ }).click();
    await page.getByRole('button', { name: /Bob Baker/ }).click();
    await page.getByText('Nicht verschlüsselt: Jeder auf dem Weg kann mitlesen.').waitFor();
    await page.getByRole('button', { name: 'Unterhaltung entfernen' }).click();
    await page.getByRole('alert').getByRole('button', { name: 'Unterhaltung entfernen' }).click();
    await page.getByText('Noch keine Nachrichten').waitFor();
    expect(core.lastInput('messages.remove')).toEqual({ accountId: 'account-1', address: BOB });
  });
});
