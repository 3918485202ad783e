import { readFile } from 'node:fs/promises';
import { extname, join, normalize, sep } from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
  '.wav': 'audio/wav',
};

/** The file of the window that a URL path names; `undefined` where there is none, or it would lie outside `folder`. */
export async function staticFile(
  folder: string,
  urlPath: string,
): Promise<{ readonly content: Uint8Array; readonly type: string } | undefined> {
  let path: string;
  try {
    path = normalize(decodeURIComponent(urlPath === '/' ? '/index.html' : urlPath));
  } catch {
    return undefined;
  }
  const file = join(folder, path);
  const type = TYPES[extname(file)];
  if (type === undefined || path.includes('\0') || !file.startsWith(folder + sep)) return undefined;
  try {
    return { content: await readFile(file), type };
  } catch {
    return undefined;
  }
}

/** What a window may load and do: its own files, and a connection to where it came from. */
export function securityHeaders(socketOrigin: string): Readonly<Record<string, string>> {
  return {
    'Content-Security-Policy':
      `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; media-src 'self' blob:; ` +
      `connect-src 'self' ${socketOrigin}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-store',
  };
}
