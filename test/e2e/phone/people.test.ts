import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { build } from '../../../build/build.ts';
import { CliProcess, killLeftovers, runCli } from '../../support/cli-run.ts';
import { PhonePage } from '../../support/phone-page.ts';

const WAIT = { timeout: 20_000 };

let phone: PhonePage;

const button = (name: string | RegExp): ReturnType<PhonePage['page']['getByRole']> =>
  phone.page.getByRole('button', { name });

const history = (): ReturnType<PhonePage['page']['locator']> => phone.page.getByRole('region', { name: 'History' });

async function tab(name: string): Promise<void> {
  await phone.page.getByRole('navigation', { name: 'Views' }).getByRole('button', { name }).click(WAIT);
}

/** A call of the second user to this phone. */
async function callFromOther(): Promise<CliProcess> {
  return new CliProcess(['call', '1000', ...(await phone.secondUser()), '--json']);
}

beforeAll(async () => {
  expect(await build()).toBe(true);
  phone = await PhonePage.open();
  await button('Try it').click(WAIT);
  await phone.page.getByText('Encrypted to your server').first().waitFor(WAIT);
  await button('Hang up').click();
  await button('Done').click(WAIT);
}, 120_000);

afterEach(() => {
  expect(phone.complaints).toEqual([]);
});

afterAll(async () => {
  expect(await phone.close()).toBe(0);
  expect(await killLeftovers()).toEqual([]);
});

describe('the history', () => {
  it('shows a call, what was true of it, and calls again with one click', async () => {
    await history().getByRole('heading', { name: 'Today' }).waitFor(WAIT);
    await history()
      .getByRole('button', { name: /^9196 Outgoing/ })
      .click(WAIT);
    await phone.page.getByRole('dialog', { name: '9196' }).getByText('Encrypted to your server').waitFor(WAIT);
    await phone.page.keyboard.press('Escape');
    await history().getByRole('button', { name: 'Call 9196' }).click();
    await button('Hang up').click(WAIT);
    await button('Done').click(WAIT);
    await expect.poll(() => history().getByRole('button', { name: 'Call 9196' }).count()).toBe(2);
  });

  it('counts a missed call until somebody looks', async () => {
    const other = await callFromOther();
    await button('Answer').waitFor(WAIT);
    other.signal('SIGINT');
    await other.finished;
    await button('Done').click(WAIT);
    await history()
      .getByRole('button', { name: /^Missed 1/ })
      .click(WAIT);
    await expect
      .poll(() =>
        history()
          .getByRole('button', { name: /^Call .*1001/ })
          .count(),
      )
      .toBe(1);
    await expect.poll(() => phone.page.locator('.badge').count()).toBe(0);
    await history().getByRole('button', { name: 'All', exact: true }).click();
  });

  it('brings back what was removed', async () => {
    await history().getByRole('button', { name: 'Remove all calls' }).click();
    await history().getByRole('button', { name: 'Remove all', exact: true }).click();
    await history().getByText('No calls yet').waitFor(WAIT);
    await history().getByRole('button', { name: 'Undo' }).click();
    await expect
      .poll(() =>
        history()
          .getByRole('button', { name: /^Call / })
          .count(),
      )
      .toBe(3);
    await phone.picture('history');
  });
});

describe('messages', () => {
  it('come from another phone, are answered, and say what protects them', async () => {
    const account = await phone.secondUser();
    const sent = await runCli(['message', '1000', 'Shall we speak at three?', ...account]);
    expect(sent.result).toMatchObject({ ok: true, status: 200 });
    await tab('Messages');
    await button(/Shall we speak at three/).click(WAIT);
    const other = new CliProcess(['answer', ...account, '--json']);
    await other.event('ready');
    await phone.page.getByRole('textbox', { name: 'Message' }).fill('Gladly. I will call you.');
    await phone.page.keyboard.press('Enter');
    expect(await other.event('message')).toMatchObject({ text: 'Gladly. I will call you.' });
    await expect.poll(() => phone.page.getByText('sending…').count()).toBe(0);
    await phone.page.getByText('Encrypted to your server, which can read it.').waitFor(WAIT);
    await phone.picture('messages');
    other.signal('SIGTERM');
    await other.finished;
    await button('Back').click();
    await tab('Phone');
  });
});

describe('contacts', () => {
  it('come from a file, with a report, and from a call of the history', async () => {
    await tab('Contacts');
    await phone.page.getByText('No contacts yet').waitFor(WAIT);
    await button('Import and export').click();
    const cards = [
      'Zoë Müller\nTEL;TYPE=WORK:+49 30 901820\nTEL;TYPE=CELL:0171 1234567',
      'Adam Appel\nTEL:9197',
      'Nobody',
    ];
    const text = cards.map((card) => `BEGIN:VCARD\nVERSION:3.0\nFN:${card}\nEND:VCARD\n`).join('');
    await phone.page
      .locator('input[type=file]')
      .setInputFiles({ name: 'people.vcf', mimeType: 'text/vcard', buffer: Buffer.from(text) });
    await phone.page.getByText('2 contacts added').waitFor(WAIT);
    await phone.page.getByText('Line 12: no number').waitFor(WAIT);
    await phone.page.keyboard.press('Escape');
    await tab('Phone');
    await history()
      .getByRole('button', { name: /1001 Missed/ })
      .click();
    await button('Add to contacts').click();
    await phone.page.getByRole('textbox', { name: 'Name', exact: true }).fill('Bob Baker');
    await phone.page.getByRole('switch', { name: 'Favourite' }).click();
    await button('Save').click();
    await expect.poll(() => phone.page.getByRole('button', { name: /^Call / }).allInnerTexts()).toHaveLength(3);
    await phone.picture('contacts');
  });

  it('are found as one types, and what will be dialled is said', async () => {
    await tab('Phone');
    const field = phone.page.getByRole('textbox', { name: 'Name, number or address' });
    await field.fill('mull');
    await button(/Zoë Müller/)
      .first()
      .waitFor(WAIT);
    await field.fill('call me: +49 (0)30 901-820');
    await phone.page.getByText('Calls +4930901820@sotto.localhost').waitFor(WAIT);
    await field.fill('');
  });

  it('give a caller the name', async () => {
    const other = await callFromOther();
    await phone.page.getByRole('heading', { name: 'Bob Baker' }).waitFor(WAIT);
    await button('Decline').click();
    await other.finished;
    await button('Done').click(WAIT);
    await history()
      .getByRole('button', { name: /^Bob Baker Declined/ })
      .waitFor(WAIT);
  });
});

describe('the settings', () => {
  it('are found by their words, and in force at once', async () => {
    await tab('Settings');
    await phone.page.getByRole('searchbox', { name: 'Search settings' }).fill('dark');
    await phone.page.getByRole('radio', { name: 'Dark' }).click();
    await expect.poll(() => phone.page.evaluate(() => document.documentElement.style.colorScheme)).toBe('dark');
    await phone.page.getByRole('searchbox', { name: 'Search settings' }).fill('deutsch');
    await phone.page.getByRole('radio', { name: 'Deutsch' }).click();
    await phone.page.getByRole('heading', { name: 'Einstellungen' }).waitFor(WAIT);
    await phone.page.getByRole('radio', { name: 'English' }).click();
    await phone.page.getByRole('searchbox', { name: 'Search settings' }).fill('');
  });

  it('do not disturb: 480, and the call is in the history as missed', async () => {
    await phone.page.getByRole('switch', { name: 'Do not disturb' }).click();
    await phone.page.getByRole('combobox', { name: 'How long' }).selectOption({ label: '30 minutes' });
    await phone.page.getByText('Do not disturb, 30 minutes left').waitFor(WAIT);
    await phone.picture('do-not-disturb');
    const end = await (await callFromOther()).finished;
    expect(end.codes).toEqual(['sip.unavailable']);
    await button('End').click();
    await tab('Phone');
    await history()
      .getByRole('button', { name: /^Bob Baker Missed/ })
      .first()
      .waitFor(WAIT);
    await phone.page.setViewportSize({ width: 1000, height: 640 });
    await history().getByRole('heading', { name: 'Today' }).waitFor(WAIT);
  });
});
