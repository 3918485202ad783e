import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fitPlace, keepPlace, readPlace } from '../../../electron/window-place.ts';

const LEFT = { x: 0, y: 0, width: 1920, height: 1080 };
const RIGHT = { x: 1920, y: 0, width: 1280, height: 1024 };
const PLACE = { x: 2000, y: 100, width: 340, height: 560 };

describe('a window opens', () => {
  it('where it was, on whichever screen', () => {
    expect(fitPlace(PLACE, [LEFT, RIGHT])).toEqual(PLACE);
  });

  it.each([
    ['the screen was unplugged', PLACE],
    ['its upper edge is above the screen', { ...PLACE, x: 100, y: -50 }],
    ['it is below the screen', { ...PLACE, x: 100, y: 1070 }],
    ['all but a strip of it is beside the screen', { ...PLACE, x: -300 }],
  ])('where the system puts it, where %s', (_why, place) => {
    expect(fitPlace(place, [LEFT])).toBeUndefined();
  });
});

describe('its place', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sotto-place-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('is remembered', () => {
    const file = join(folder, 'window.json');
    keepPlace(file, PLACE);
    expect(readPlace(file)).toEqual(PLACE);
  });

  it.each(['', '{', 'null', '{"x":1}', '{"x":"1","y":0,"width":1,"height":1}', '{"x":1e9,"y":0,"width":1,"height":1}'])('is forgotten where the file says %j', (text) => {
    const file = join(folder, 'window.json');
    writeFileSync(file, text);
    expect(readPlace(file)).toBeUndefined();
  }); // prettier-ignore

  it('is not kept where the disk does not want it, and nobody is bothered', () => {
    expect(() => { keepPlace(join(folder, 'no', 'window.json'), PLACE); }).not.toThrow(); // prettier-ignore
    expect(readPlace(join(folder, 'no', 'window.json'))).toBeUndefined();
  });
});
