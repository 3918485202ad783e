import { readFileSync, writeFileSync } from 'node:fs';

/** Where a window stands, in the pixels of the desktop. */
export interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** How much of a window must be on a screen for somebody to get hold of it. */
const LEAST_SEEN = 100;

/**
 * A remembered place as it may be used: only where enough of the window, its upper edge with it, is on a screen that is there
 * now. `undefined` leaves it to the system.
 */
export function fitPlace(place: Place | undefined, screens: readonly Place[]): Place | undefined {
  if (place === undefined) return undefined;
  const { x, y, width, height } = place;
  const isSeen = screens.some((screen) => {
    const across = Math.min(x + width, screen.x + screen.width) - Math.max(x, screen.x);
    return across >= LEAST_SEEN && y >= screen.y && y <= screen.y + screen.height - LEAST_SEEN;
  });
  return isSeen ? { x, y, width, height } : undefined;
}

/** The place of the last time; `undefined` where there is none that can be read. */
export function readPlace(file: string): Place | undefined {
  try {
    const read = JSON.parse(readFileSync(file, 'utf8')) as Partial<Record<keyof Place, unknown>>;
    const { x, y, width, height } = read;
    const numbers = [x, y, width, height].every(
      (value) => Number.isInteger(value) && Math.abs(Number(value)) < 100_000,
    );
    return numbers && Number(width) > 0 && Number(height) > 0 ? (read as Place) : undefined;
  } catch {
    return undefined;
  }
}

/** Remembers a place. A disk that does not want it is no reason to bother anybody. */
export function keepPlace(file: string, { x, y, width, height }: Place): void {
  try {
    writeFileSync(file, JSON.stringify({ x, y, width, height }), { mode: 0o600 });
  } catch {
    // The window opens where the system puts it.
  }
}
