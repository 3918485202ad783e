import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { WindowHarness } from '../support/window-harness.ts';
import { SCENES } from '../support/window-scenes.ts';
import type { BenchRow } from './bench-row.ts';

/** The name on the command line. */
export const name = 'ui';

const ROUNDS = 5;

/** The window in Chromium: first paint, dial field ready for keys, and the size of what is loaded; beside an empty page. */
export async function run(): Promise<BenchRow[]> {
  const harness = await WindowHarness.start();
  try {
    const paints: number[] = [];
    const ready: number[] = [];
    const empty: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const { page } = await harness.open(SCENES.recent);
      await page.getByRole('textbox').waitFor();
      paints.push(await firstPaint(page));
      ready.push(await page.evaluate(() => performance.now()));
      await page.goto('data:text/html,<p>nothing</p>');
      empty.push(await firstPaint(page));
      await harness.closeWindows();
    }
    const { octets } = await bundle(harness.folder);
    const least = Math.min(...empty);
    const reference = { name: 'empty page', version: harness.browserVersion, value: Math.round(least) };
    const row = (label: string, values: readonly number[]): BenchRow => {
      const best = Math.min(...values);
      return { bench: name, case: label, value: Math.round(best), unit: 'ms', higherIsBetter: false, reference, ratio: Number((least / best).toFixed(2)) }; // prettier-ignore
    };
    return [
      row('first paint', paints),
      row('dial field ready', ready),
      { bench: name, case: 'scripts and styles', value: Math.round(octets / 1024), unit: 'KiB', higherIsBetter: false },
    ];
  } finally {
    await harness.stop();
  }
}

/** Milliseconds from the start of loading to the first content that is painted. */
function firstPaint(page: Page): Promise<number> {
  return page.evaluate(async () => {
    for (;;) {
      const [paint] = performance.getEntriesByName('first-contentful-paint');
      if (paint !== undefined) return paint.startTime;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  });
}

async function bundle(folder: string): Promise<{ readonly octets: number }> {
  const names = await readdir(folder, { recursive: true });
  const sizes = await Promise.all(names.filter((file) => /\.(?:js|css)$/.test(file)).map(async (file) => (await stat(join(folder, file))).size)); // prettier-ignore
  return { octets: sizes.reduce((sum, size) => sum + size, 0) };
}
