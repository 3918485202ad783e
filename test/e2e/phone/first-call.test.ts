import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { build } from '../../../build/build.ts';
import { CliProcess, killLeftovers } from '../../support/cli-run.ts';
import { PhonePage } from '../../support/phone-page.ts';

const WAIT = { timeout: 20_000 };

let phone: PhonePage;

const button = (name: string | RegExp): ReturnType<PhonePage['page']['getByRole']> =>
  phone.page.getByRole('button', { name });

async function hangUp(): Promise<void> {
  await button('Hang up').click();
  await button('Done').click(WAIT);
}

async function dial(target: string): Promise<void> {
  const field = phone.page.getByRole('textbox', { name: 'Name, number or address' });
  await field.fill(target, WAIT);
  await field.press('Enter');
}

beforeAll(async () => {
  expect(await build()).toBe(true);
  phone = await PhonePage.open();
}, 120_000);

afterEach(() => {
  expect(phone.complaints).toEqual([]);
});

afterAll(async () => {
  expect(await phone.close()).toBe(0);
  expect(await killLeftovers()).toEqual([]);
});

describe('the phone on its first start', () => {
  it('gets from "Try it" to an encrypted echo call with one click', async () => {
    await button('Try it').waitFor(WAIT);
    await phone.picture('first-run');
    await button('Try it').click(WAIT);
    await phone.page.getByText('Encrypted to your server').first().waitFor(WAIT);
    await phone.page
      .getByText(/^0:0[1-9]$/)
      .first()
      .waitFor(WAIT);
    await phone.picture('in-call');
    await hangUp();
  });

  it('says what is known of the way, and that the rest is unknown', async () => {
    await dial('9197');
    await button(/Encrypted to your server/).click(WAIT);
    await phone.page.getByText('AES_CM_128_HMAC_SHA1_80').first().waitFor(WAIT);
    await phone.page
      .getByText(/TLS ?v?1\.3/)
      .first()
      .waitFor(WAIT);
    await phone.picture('security');
    await phone.page.keyboard.press('Escape');
    await hangUp();
    await phone.picture('idle');
  });

  it('shows what the call sends and receives as it happens, and how its connection came about', async () => {
    await phone.page.setViewportSize({ width: 1000, height: 640 });
    await dial('9197');
    await button('Inspect the wire').click(WAIT);
    await phone.page
      .getByRole('option', { name: /from phone to internal: ?INVITE sip:9197@/ })
      .first()
      .waitFor(WAIT);
    await phone.page.getByRole('option', { name: /from internal to phone: ?200 OK to INVITE \+ SDP/ }).click(WAIT);
    await phone.page.locator('.sdp-card').getByText('AES_CM_128_HMAC_SHA1_80').waitFor(WAIT);
    await phone.picture('wire-ladder');
    await phone.page.locator('.event-details').getByRole('button', { name: 'Close' }).click();
    await phone.page.getByRole('tab', { name: 'Connections' }).click();
    await phone.page.locator('.steps').getByText('Identity verified').waitFor(WAIT);
    await phone.picture('wire-connections');
    await phone.page.getByRole('region', { name: 'Wire' }).getByRole('button', { name: 'Close' }).first().click();
    await phone.page.setViewportSize({ width: 340, height: 560 });
    await hangUp();
  });

  it('shows a call to an unknown number as a card with cause and cure', async () => {
    await dial('5555');
    await phone.page
      .getByText('sip.not-found')
      .or(phone.page.getByText(/does not know/))
      .first()
      .waitFor(WAIT);
    await phone.picture('error');
    await button('Done').click();
  });

  it('rings at another phone, and is answered', async () => {
    const other = new CliProcess(['answer', ...(await phone.secondUser()), '--delay', '3', '--echo', '--json']);
    await other.event('ready');
    await dial('1001');
    await phone.page
      .getByText(/Ringing/)
      .first()
      .waitFor(WAIT);
    await phone.picture('ringing');
    await phone.page.getByText('Encrypted to your server').first().waitFor(WAIT);
    await button('Hold').click(WAIT);
    await phone.page.locator('.call-hold', { hasText: 'On hold' }).waitFor(WAIT);
    await other.event('held', ({ by }) => by === 'there');
    await phone.picture('held');
    await button('Resume').click(WAIT);
    await other.event('held', ({ by }) => by === 'nobody');
    await button('Transfer').click(WAIT);
    await phone.page.getByRole('textbox', { name: 'Transfer to' }).fill('1002');
    await phone.picture('transfer');
    await button('Send now').click();
    await phone.page.getByText('The call was not transferred to 1002').first().waitFor(WAIT);
    await hangUp();
    const end = await other.finished;
    expect(end.result).toMatchObject({ ok: true, calls: 1, security: 'encrypted' });
    expect((end.result?.media as { packetsReceived: number }).packetsReceived).toBeGreaterThan(0);
  });

  it('rings for a call that comes in, and answers when told to', async () => {
    const other = new CliProcess(['call', '1000', ...(await phone.secondUser()), '--seconds', '4', '--json']);
    await button('Answer').waitFor(WAIT);
    await phone.picture('incoming');
    await phone.page.keyboard.press('Space');
    await phone.page.keyboard.press('Enter');
    expect(await button('Answer').isVisible()).toBe(true);
    await button('Answer').click();
    await phone.page.getByText('Encrypted to your server').first().waitFor(WAIT);
    const end = await other.finished;
    expect(end.result).toMatchObject({ ok: true, security: 'encrypted' });
    await button('Done').click(WAIT);
  });

  it('joins two calls into one conversation, and takes one out again', async () => {
    const other = new CliProcess(['answer', ...(await phone.secondUser()), '--echo', '--json']);
    await other.event('ready');
    const answered = button('Keypad').and(phone.page.locator(':not([aria-disabled])'));
    await dial('9196');
    await answered.waitFor(WAIT);
    await phone.page.locator('.call-back').click();
    await dial('1001');
    await answered.waitFor(WAIT);
    await button('Join the 2 calls').click(WAIT);
    const conference = phone.page.getByRole('region', { name: 'Conference' });
    await conference.getByText('9196').waitFor(WAIT);
    await conference.getByText('1001').waitFor(WAIT);
    await phone.picture('conference');
    await conference.getByRole('button', { name: 'Take 9196 out, on hold' }).click();
    await conference.waitFor({ state: 'detached', ...WAIT });
    await button('Hang up, 9196').click(WAIT);
    await button('Hang up, 9196').waitFor({ state: 'detached', ...WAIT });
    await hangUp();
    other.signal('SIGTERM');
    await other.finished;
  });

  it('records a call, and plays, saves and removes what was recorded', async () => {
    await dial('9196');
    await button('Record').click(WAIT);
    await phone.page.getByText(/The other side hears a tone/).waitFor(WAIT);
    await phone.page.getByText(/^0:0[3-9]$/).first().waitFor(WAIT); // prettier-ignore
    await button('End recording').click();
    await hangUp();
    const history = phone.page.getByRole('region', { name: 'History' });
    await history.getByRole('button', { name: 'Recorded' }).click();
    await history.getByRole('button', { name: 'Listen to 9196' }).click(WAIT);
    await expect
      .poll(() => history.locator('audio').evaluate((audio: HTMLAudioElement) => audio.duration), WAIT)
      .toBeGreaterThan(1);
    await phone.picture('recordings');
    const [download] = await Promise.all([
      phone.page.waitForEvent('download'),
      history.getByRole('button', { name: 'Save 9196' }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/^\d{4}-\d\d-\d\d 9196\.wav$/);
    await history.getByRole('button', { name: 'Remove 9196' }).click();
    await history.getByRole('button', { name: 'Really remove 9196' }).click();
    await history.getByText('No recordings').waitFor(WAIT);
    await history.getByRole('button', { name: 'All', exact: true }).click();
  });

  it('declines with 603', async () => {
    const other = new CliProcess(['call', '1000', ...(await phone.secondUser()), '--json']);
    await button('Decline').click(WAIT);
    const end = await other.finished;
    expect(end.codes).toEqual(['sip.declined']);
    expect(end.code).toBe(1);
  });

  it('tests the server of an account step by step, and of one that is not added yet', async () => {
    await phone.page.locator('.account-chip').click();
    const test = phone.page.getByRole('button', { name: 'Test', exact: true });
    await test.click();
    await phone.page.getByText(/^(Everything works|It works; )/).waitFor(WAIT);
    await phone.page.getByText('the server answers keep-alives').waitFor(WAIT);
    await phone.picture('server-test');
    await phone.page.locator('.server-test').getByText('Dismiss').click();
    await phone.page.locator('.account-add').click();
    await phone.page.getByRole('textbox', { name: 'Address' }).fill('alice@localhost');
    await test.click();
    await phone.page.getByText(/^It does not work: /).waitFor(WAIT);
    await button('Cancel').click();
  });

  it('mends an account whose password was wrong, and keeps the rest of it', async () => {
    const options = await phone.secondUser();
    const option = (name: string): string => options[options.indexOf(name) + 1] ?? '';
    await phone.page.locator('.account-chip').click();
    await phone.page.locator('.account-add').click();
    await phone.page.getByRole('textbox', { name: 'Address' }).fill('1001@sotto.localhost');
    await phone.page.getByRole('textbox', { name: 'Password' }).fill('wrong');
    await button(/^Advanced/).click();
    await phone.page.getByRole('textbox', { name: 'Server', exact: true }).fill(option('--server'));
    await phone.page.locator('textarea[name="trust"]').fill(await readFile(option('--ca'), 'utf8'));
    await button('Add and register').click();
    await button(/1001@sotto\.localhost Not registered/).click(WAIT);
    const change = phone.page.getByRole('dialog', { name: 'Accounts' }).getByRole('button', { name: 'Change' });
    await change.click(WAIT);
    await phone.page.getByRole('heading', { name: 'Change account' }).waitFor();
    await expect
      .poll(() => phone.page.getByRole('textbox', { name: 'Server', exact: true }).inputValue(), WAIT)
      .toBe(option('--server'));
    // The page never gets the password back; and to another domain it does not go.
    expect(await phone.page.getByRole('textbox', { name: 'Password' }).inputValue()).toBe('');
    await phone.page.getByRole('textbox', { name: 'Address' }).fill('1001@elsewhere.example');
    await button('Save and register').click();
    await phone.page.getByText('The password belongs to the other domain.').waitFor(WAIT);
    await phone.page.getByRole('textbox', { name: 'Address' }).fill('1001@sotto.localhost');
    await phone.page.getByRole('textbox', { name: 'Password' }).fill(option('--password'));
    await button('Save and register').click();
    await button(/1001@sotto\.localhost Registered/).waitFor(WAIT);
  });

  it('takes over the accounts of another phone, and says what is missing', async () => {
    const options = await phone.secondUser();
    const option = (name: string): string => options[options.indexOf(name) + 1] ?? '';
    const text = [
      '[sip]',
      'media_encryption=srtp',
      '[auth_info_0]',
      'username=1001',
      `passwd=${option('--password')}`,
      'realm=localhost',
      '[proxy_0]',
      `reg_proxy=<sip:${option('--server')};transport=tls>`,
      'reg_identity="Linphone" <sip:1001@localhost>',
      '[proxy_1]',
      'reg_proxy=<sip:127.0.0.1:9>',
      'reg_identity=sip:dave@nowhere.example',
    ].join('\n');
    await phone.page.locator('.account-chip').click();
    const dialog = phone.page.getByRole('dialog', { name: 'Accounts' });
    const file = { name: 'linphonerc', mimeType: 'text/plain', buffer: Buffer.from(text) };
    await dialog.locator('input[type="file"]').setInputFiles(file);
    const report = dialog.getByRole('status').filter({ hasText: 'dave@nowhere.example' });
    await report.getByText('1001@localhost was added.').waitFor(WAIT);
    await report.getByText(/The file holds no password that can be read/).waitFor();
    await report.getByText(/It goes over UDP/).waitFor();
    await dialog.locator('input[type="file"]').setInputFiles(file);
    await report.getByText('1001@localhost is there already.').waitFor(WAIT);
    await dialog.locator('input[type="file"]').setInputFiles({ ...file, buffer: Buffer.from('hello') });
    await dialog
      .getByRole('alert')
      .getByText(/No accounts can be read from this file/)
      .waitFor(WAIT);
  });
});
