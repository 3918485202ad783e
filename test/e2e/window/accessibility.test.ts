import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { violations } from '../../support/axe.ts';
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

const openEnded = async (page: Page): Promise<void> => {
  await page.locator('.entry-main').first().click();
  await page.getByRole('dialog').getByRole('button', { name: 'Details' }).click();
};
const openForm = async (page: Page): Promise<void> => {
  await page.locator('.account-chip').click();
  await page.locator('.account-add').click();
};

/** States that a click opens: the scene, its name, and how to get there. */
const OPENED: readonly (readonly [scene: string, name: string, open: (page: Page) => Promise<void>])[] = [
  ['idle', 'dial pad', (page) => page.getByRole('button', { name: 'Dial pad' }).click()],
  ['idle', 'accounts', (page) => page.locator('.account-chip').click()],
  ['account-failed', 'accounts', (page) => page.locator('.account-chip').click()],
  ['account-tested', 'accounts', (page) => page.locator('.account-chip').click()],
  ['idle', 'sound', (page) => page.getByRole('button', { name: /^Sound/ }).click()],
  ['no-audio', 'sound', (page) => page.getByRole('button', { name: /^Sound/ }).click()],
  ['idle', 'account form', openForm],
  [
    'idle',
    'account form, wrong',
    async (page) => {
      await openForm(page);
      await page.getByRole('button', { name: 'Advanced' }).click();
      await page.getByRole('switch').click();
      await page.getByRole('radio', { name: 'UDP' }).click();
      await page.getByRole('button', { name: 'Add and register' }).click();
    },
  ],
  ['idle', 'contacts', (page) => page.getByRole('button', { name: 'Contacts' }).click()],
  ['idle', 'settings', (page) => page.getByRole('button', { name: 'Settings' }).click()],
  ['recent', 'hits', (page) => page.getByRole('textbox').fill('do')],
  ['connected', 'protection', (page) => page.locator('.chip').click()],
  ['connected-open', 'protection', (page) => page.locator('.chip').click()],
  ['connected', 'keypad', (page) => page.getByRole('button', { name: 'Keypad' }).click()],
  ['connected', 'bar', (page) => page.getByRole('button', { name: 'Back to the dial field' }).click()],
  ['ended', 'summary', openEnded],
  [
    'failed',
    'error card with details',
    async (page) => {
      await openEnded(page);
      await page.getByText('Details', { exact: true }).click();
    },
  ],
];

const nothing = async (): Promise<void> => undefined;
const STATES = [...Object.keys(SCENES).map((scene) => [scene, 'as it is', nothing] as const), ...OPENED];

/** The states whose second column is another. */
const WIDE = STATES.filter(([scene, name]) => /^(no-account|recent|connected-open|several|conference|failed)$/.test(scene) && !/hits|protection|details/.test(name)); // prettier-ignore

describe.each([
  ['the compact window', { width: 340, height: 560 }, STATES],
  ['the wide window', { width: 900, height: 640 }, WIDE],
])('in %s', (_window, viewport, states) => {
  it.each(states)('%s, %s: axe finds nothing, light or dark', async (scene, _name, open) => {
    const { page } = await harness.open(SCENES[scene], { viewport, reducedMotion: 'reduce', colorScheme: 'light' });
    await open(page);
    expect(await violations(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await violations(page, ['color-contrast'])).toEqual([]);
  });
});

it('nothing is cut off sideways at 300 pixels, in German, with text at 200 %', async () => {
  for (const scene of ['first-run', 'account-failed', 'connected-open', 'several', 'conference', 'failed']) {
    const { page } = await harness.open(SCENES[scene], { viewport: { width: 300, height: 560 }, locale: 'de-DE' });
    await page.evaluate(() => {
      document.documentElement.style.fontSize = '200%';
    });
    const wider = await page.evaluate(() =>
      [...document.querySelectorAll('body *')]
        .filter(
          (element) => element.getBoundingClientRect().right > innerWidth + 1 && !element.closest('.visually-hidden'),
        )
        .map((element) => element.getAttribute('class')),
    );
    expect(wider, scene).toEqual([]);
  }
});
