import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { build } from '../../../build/build.ts';
import { killLeftovers } from '../../support/cli-run.ts';
import { PhonePage } from '../../support/phone-page.ts';

const WAIT = { timeout: 20_000 };

let phone: PhonePage;

type Locator = ReturnType<PhonePage['page']['getByRole']>;

const view = (): Locator => phone.page.getByRole('region', { name: 'Test switch', exact: true });
const button = (name: string | RegExp): Locator => phone.page.getByRole('button', { name });

async function tab(name: string): Promise<void> {
  await view().getByRole('tab', { name }).click(WAIT);
}

async function openSwitch(): Promise<void> {
  await phone.page.getByRole('navigation', { name: 'Views' }).getByRole('button', { name: 'Settings' }).click(WAIT);
  await button('Look into the switch').click(WAIT);
}

beforeAll(async () => {
  expect(await build()).toBe(true);
  phone = await PhonePage.open();
  await button('Try it').click(WAIT);
  await phone.page.getByText('Encrypted to your server').first().waitFor(WAIT);
  await phone.page.setViewportSize({ width: 900, height: 640 });
}, 120_000);

afterEach(() => {
  expect(phone.complaints).toEqual([]);
});

afterAll(async () => {
  expect(await phone.close()).toBe(0);
  expect(await killLeftovers()).toEqual([]);
});

describe('the switch view', () => {
  it('shows the call that goes on, each leg with its protection', async () => {
    await button('Hang up').waitFor(WAIT);
    await phone.page.locator('.call-back').click(WAIT);
    await openSwitch();
    await tab('Calls');
    const call = view().getByRole('region', { name: '1000 to 9196' });
    await call.getByText(/^Encrypted · TLS · AE/).waitFor(WAIT);
    await button('Hang up').first().click(WAIT);
    await view().getByText('No call at the moment.').waitFor(WAIT);
  });

  it('shows where it listens, and its certificate as people read it', async () => {
    await tab('Overview');
    await view()
      .getByText(/^127\.0\.0\.1:\d+$/)
      .first()
      .waitFor(WAIT);
    const certificate = view().getByRole('region', { name: 'Certificate of internal' });
    await certificate.getByText('CN=sotto.localhost', { exact: false }).first().waitFor(WAIT);
    await certificate.getByText('DNS:sotto.localhost').waitFor(WAIT);
  });

  it('shows who is registered from where, and gives another phone its settings', async () => {
    await tab('Users');
    const own = view().getByRole('region', { name: 'User 1000' });
    await own.getByText(/^TLS · 127\.0\.0\.1:\d+$/).waitFor(WAIT);
    const other = view().getByRole('region', { name: 'User 1001' });
    await other.getByText('No phone is registered.').waitFor(WAIT);
    await other.getByLabel('Settings for').selectOption('baresip');
    await other.getByText(/<sip:1001@sotto\.localhost/).waitFor(WAIT);
    expect(await other.getByRole('button', { name: /^Save / }).count()).toBeGreaterThan(1);
    await other.evaluate((element) => {
      element.scrollIntoView({ block: 'start' });
    });
    await phone.picture('switch-users');
  });

  it('has the console of FreeSWITCH, with history and completion', async () => {
    await tab('Console');
    const field = view().getByLabel('Command');
    await field.pressSequentially('sofia status pro');
    await view().getByRole('status').getByText('sofia status profile').waitFor(WAIT);
    await field.press('Tab');
    await expect.poll(() => field.inputValue()).toBe('sofia status profile ');
    await view().getByRole('status').getByText('sofia status profile internal').waitFor(WAIT);
    await field.press('Tab');
    await field.press('Enter');
    await view()
      .getByText(/AUTH-CALLS\s+true/)
      .waitFor(WAIT);
    await field.fill('nonsense');
    await field.press('Enter');
    await view().getByText('-ERR nonsense Command not found!').waitFor(WAIT);
    await field.press('ArrowUp');
    await field.press('ArrowUp');
    expect(await field.inputValue()).toBe('sofia status profile internal');
    await field.fill('');
    // Nothing to complete: the key does what it does everywhere.
    await field.press('Tab');
    expect(await field.evaluate((element) => element === document.activeElement)).toBe(false);
  });

  it('shows a fault on demand, and whether both sides said of it what they must', async () => {
    await tab('Faults');
    await view().getByLabel('Search faults').fill('tls.expired');
    await view().getByText('tls.expired', { exact: true }).click(WAIT);
    await view().getByRole('button', { name: 'Show', exact: true }).click();
    const shown = view().getByRole('region', { name: 'On show' });
    await shown.getByRole('button', { name: 'Test with this phone' }).click(WAIT);
    // What a phone must say it says in the test; the switch notices that somebody went away in the handshake.
    await expect.poll(() => shown.getByText('said', { exact: true }).count(), WAIT).toBe(2);
    await shown.getByText('cert.expired').first().waitFor(WAIT);
    await shown.evaluate((element) => {
      element.scrollIntoView({ block: 'start' });
    });
    await phone.picture('switch-faults');
    await shown.getByRole('button', { name: 'End' }).click();
    await expect.poll(() => shown.count()).toBe(0);
  });

  it('says what is wrong with a value, and shows nothing then', async () => {
    await view().getByLabel('Search faults').fill('tls.alert');
    await view().getByText('tls.alert', { exact: true }).click(WAIT);
    await view().getByRole('textbox').last().fill('many');
    await view().getByRole('button', { name: 'Show', exact: true }).click();
    await phone.page.getByRole('alert').getByText(/must be a number from/).first().waitFor(WAIT); // prettier-ignore
    await phone.page.getByRole('alert').getByRole('button', { name: 'Dismiss' }).click();
    expect(await view().getByRole('region', { name: 'On show' }).count()).toBe(0);
  });

  it('goes off with its account, and comes back', async () => {
    const power = phone.page.getByRole('switch', { name: 'Runs on this computer' });
    await power.click();
    await view().getByText('It is off.').first().waitFor(WAIT);
    await expect.poll(() => phone.page.getByRole('button', { name: /No account/ }).count(), WAIT).toBe(1);
    await tab('Console');
    await view().getByLabel('Command').fill('sofia status');
    await view().getByLabel('Command').press('Enter');
    await power.click();
    await view()
      .getByText(/Runs for sotto\.localhost: 1 phone, 0 calls/)
      .waitFor(WAIT);
  });
});
