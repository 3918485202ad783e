import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { root } from '../paths.ts';

/**
 * Draws the icons of the three systems from the one of the window (`renderer/icon.svg`), in Chromium. What it makes is kept
 * with the sources.
 */
const SIZES = [16, 32, 48, 64, 128, 256, 512, 1024] as const;
/** Pictures in an ICO file say 0 for 256; larger ones it does not have. */
const ICO_SIZES = [16, 32, 48, 64, 128, 256];
/** The types of PNG pictures in an ICNS file. */
const ICNS_TYPES = new Map([[128, 'ic07'], [256, 'ic08'], [512, 'ic09'], [1024, 'ic10']]); // prettier-ignore

/** One picture of a size. */
interface Picture {
  readonly size: number;
  readonly png: Buffer;
}

async function draw(svg: string): Promise<readonly Picture[]> {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] }); // prettier-ignore
  const page = await browser.newPage();
  const pictures: Picture[] = [];
  for (const size of SIZES) {
    await page.setViewportSize({ width: size, height: size });
    await page.setContent(`<style>*{margin:0}svg{display:block;width:${size}px;height:${size}px}</style>${svg}`);
    pictures.push({ size, png: await page.screenshot({ omitBackground: true }) });
  }
  await browser.close();
  return pictures;
}

/** A Windows icon: a directory of 16 octets an entry, then PNG files. */
function ico(pictures: readonly Picture[]): Buffer {
  const header = Buffer.alloc(6 + 16 * pictures.length);
  header.writeUInt16LE(1, 2);
  header.writeUInt16LE(pictures.length, 4);
  let offset = header.length;
  for (const [index, { size, png }] of pictures.entries()) {
    const at = 6 + 16 * index;
    header.writeUInt8(size % 256, at);
    header.writeUInt8(size % 256, at + 1);
    header.writeUInt16LE(1, at + 4);
    header.writeUInt16LE(32, at + 6);
    header.writeUInt32LE(png.length, at + 8);
    header.writeUInt32LE(offset, at + 12);
    offset += png.length;
  }
  return Buffer.concat([header, ...pictures.map(({ png }) => png)]);
}

/** A macOS icon: `icns`, its length, then each picture with type and length. */
function icns(pictures: readonly Picture[]): Buffer {
  const block = (type: string, ...parts: readonly Buffer[]): Buffer => {
    const content = Buffer.concat(parts);
    const head = Buffer.alloc(8);
    head.write(type, 0, 'latin1');
    head.writeUInt32BE(content.length + 8, 4);
    return Buffer.concat([head, content]);
  };
  const entries = pictures.flatMap(({ size, png }) => {
    const type = ICNS_TYPES.get(size);
    return type === undefined ? [] : [block(type, png)];
  });
  return block('icns', ...entries);
}

const folder = join(root, 'resources', 'icons');
const pictures = await draw(readFileSync(join(root, 'renderer', 'icon.svg'), 'utf8'));
mkdirSync(join(folder, 'linux'), { recursive: true });
for (const { size, png } of pictures) writeFileSync(join(folder, 'linux', `${size}x${size}.png`), png);
writeFileSync(join(folder, 'sotto.ico'), ico(pictures.filter(({ size }) => ICO_SIZES.includes(size))));
writeFileSync(join(folder, 'sotto.icns'), icns(pictures));
