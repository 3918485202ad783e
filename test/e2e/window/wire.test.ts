import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { violations } from '../../support/axe.ts';
import { WindowHarness } from '../../support/window-harness.ts';
import { SCENES } from '../../support/window-scenes.ts';

/** An encrypted call of a phone to its switch, then a dial of a server whose authority nobody knows. */
const SAVED = fileURLToPath(
  new URL('../../vectors/trace/encrypted-call-then-unknown-authority.ndjson', import.meta.url),
);

let harness: WindowHarness;
beforeAll(async () => {
  harness = await WindowHarness.start();
});
afterEach(async () => {
  expect(await harness.closeWindows()).toEqual([]);
});
afterAll(() => harness.stop());

/** A wide window with the saved trace open in it. */
async function openSaved(): Promise<Page> {
  const { page } = await harness.open(SCENES.idle, { viewport: { width: 1000, height: 640 }, reducedMotion: 'reduce' });
  await page.getByRole('button', { name: 'What goes over the wire' }).click();
  await page.getByText('No messages yet').waitFor();
  await page.getByRole('button', { name: 'Save, open, capture' }).click();
  const [chooser] = await Promise.all([
    page.waitForEvent('filechooser'),
    page.getByRole('menuitem', { name: 'Open a saved trace…' }).click(),
  ]);
  await chooser.setFiles(SAVED);
  await page.getByText(/^encrypted-call-then-unknown-authority\.ndjson, \d+ events$/).waitFor();
  return page;
}

const tab = (page: Page, name: string): Promise<void> => page.getByRole('tab', { name }).click();

describe('the wire view of a saved trace', () => {
  it('is a ladder by parties; the keyboard chooses a message, which shows its description and text without keys', async () => {
    const page = await openSaved();
    const list = page.getByRole('listbox', { name: 'Messages' });
    expect(await page.locator('.ladder-party').allTextContents()).toEqual(['phone', 'internal', 'switch']);
    const invite = page.getByRole('option', { name: /INVITE sip:9196@sotto\.localhost \+ SDP/ }).last();
    await invite.click();
    const details = page.locator('.event-details');
    await details.getByText('opus/48000/2, G722/8000').waitFor();
    await details.getByText('AES_CM_128_HMAC_SHA1_80').first().waitFor();
    expect(await details.locator('.message').textContent()).toContain('inline:[secret]');
    await list.press('ArrowDown');
    await details.getByRole('heading', { name: /^sip\.|^call\.state|^srtp/ }).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await violations(page, ['color-contrast'])).toEqual([]);
  });

  it('shows why a connection failed, its chain, and side by side where it differs from one that worked', async () => {
    const page = await openSaved();
    await tab(page, 'Connections');
    // What failed comes first.
    await page.getByText('Why it failed').waitFor();
    await page.locator('.timeline').getByText('cert.unknown-ca').first().waitFor({ state: 'attached' });
    await page.locator('.certificate-card').getByText('CN=Authority of sotto.localhost, O=sotto.localhost').waitFor();
    expect(await page.locator('.name-expected').textContent()).toContain('127.0.0.1');
    await page.getByLabel('Compare with').selectOption({ label: 'phone-tls-1 127.0.0.1:41531 (closed)' });
    expect(await page.locator('.timeline').count()).toBe(2);
    const differing = page.locator('.timeline').first().locator('[data-differs] strong');
    expect(await differing.allTextContents()).toContain('Failed');
    expect(await violations(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await violations(page, ['color-contrast'])).toEqual([]);
  });

  it('searches its events, says where nothing matches, and goes back to what happens now', async () => {
    const page = await openSaved();
    await tab(page, 'Events');
    await page.getByRole('searchbox', { name: 'Search' }).fill('unknown-ca');
    await page.getByRole('listbox').getByRole('option').first().waitFor();
    const kinds = await page.locator('.event-kind').allTextContents();
    expect(new Set(kinds)).toEqual(new Set(['tls.rejected', 'diagnosis', 'registration.state']));
    await page.getByRole('searchbox').fill('no such thing');
    await page.getByText('Nothing matches').waitFor();
    await page.getByRole('button', { name: 'Back to live' }).click();
    await page.getByRole('searchbox').fill('');
    await page.getByText('Nothing has happened yet').waitFor();
    expect(await violations(page)).toEqual([]);
  });

  it('is saved for Wireshark, and as it was', async () => {
    const page = await openSaved();
    const save = async (item: string): Promise<Buffer> => {
      await page.getByRole('button', { name: 'Save, open, capture' }).click();
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('menuitem', { name: item, exact: true }).click(),
      ]);
      return readFile(await download.path());
    };
    // The section header of pcapng.
    expect((await save('Save for Wireshark')).subarray(0, 4).toString('hex')).toBe('0a0d0d0a');
    expect(await save('Save as a trace')).toEqual(await readFile(SAVED));
  });

  it('scrolls through a hundred thousand events, of which only those seen exist', async () => {
    const page = await openSaved();
    const [line = ''] = (await readFile(SAVED, 'utf8')).split('\n');
    const many = Array.from({ length: 100_000 }, (_, n) => JSON.stringify({ ...JSON.parse(line), seq: n + 1, mark: `event-${n + 1}` })).join('\n'); // prettier-ignore
    await page.getByRole('button', { name: 'Save, open, capture' }).click();
    const [chooser] = await Promise.all([
      page.waitForEvent('filechooser'),
      page.getByRole('menuitem', { name: 'Open a saved trace…' }).click(),
    ]);
    const folder = await mkdtemp(join(tmpdir(), 'sotto-trace-'));
    await writeFile(join(folder, 'many.ndjson'), many);
    await chooser.setFiles(join(folder, 'many.ndjson'));
    await page.getByText('many.ndjson, 100000 events').waitFor();
    await tab(page, 'Events');
    await page.getByRole('listbox', { name: 'Events' }).press('End');
    await page.getByRole('option', { name: /event-100000\b/ }).waitFor();
    expect(await page.getByRole('listbox').getByRole('option').count()).toBeLessThan(200);
    await page.getByRole('listbox', { name: 'Events' }).press('Home');
    await page.getByRole('option', { name: /event-1\b/ }).waitFor();
    await rm(folder, { recursive: true });
  });
});

it('a compact window shows the wire view in the place of the phone, in German, too', async () => {
  const { page } = await harness.open(SCENES.connected, { locale: 'de-DE', reducedMotion: 'reduce' });
  await page.locator('.chip').click();
  await page.getByRole('button', { name: 'Leitung ansehen' }).click();
  await page.getByText(/^Vom Gespräch mit /).waitFor();
  await page.getByRole('tab', { name: 'Verbindungen' }).waitFor();
  expect(await violations(page)).toEqual([]);
  await page.getByRole('button', { name: 'Schließen' }).click();
  await page.locator('.chip').waitFor();
});
