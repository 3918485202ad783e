import { readFile } from 'node:fs/promises';
import { extname, isAbsolute, join, normalize, relative } from 'node:path';

/** The scheme and host that the window is loaded from. */
export const APP_SCHEME = 'app';
const APP_HOST = 'sotto';

/** The page of the window. */
export const APP_PAGE = `${APP_SCHEME}://${APP_HOST}/index.html`;

/**
 * What the page may do: run its own scripts, nothing inline, and reach nothing but its own files. It talks to the core
 * through the preload only.
 */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "media-src 'self' blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wav': 'audio/wav',
};

/** Whether an address belongs to our own page. */
export function isAppUrl(url: string): boolean {
  // Node's URL gives no origin for a scheme that it does not know.
  const parsed = URL.parse(url);
  return parsed?.protocol === `${APP_SCHEME}:` && parsed.host === APP_HOST;
}

/** Answers a request for a file below `folder`; whatever is asked for, nothing outside of it is read. */
export async function respondFromFolder(folder: string, request: Request): Promise<Response> {
  if (request.method !== 'GET') return refuse(405);
  const path = isAppUrl(request.url) ? pathWithin(folder, new URL(request.url).pathname) : undefined;
  const type = path === undefined ? undefined : CONTENT_TYPES[extname(path)];
  if (path === undefined || type === undefined) return refuse(404);
  try {
    return new Response(await readFile(path), { headers: { ...HEADERS, 'Content-Type': type } });
  } catch {
    return refuse(404);
  }
}

const HEADERS = {
  'Content-Security-Policy': CONTENT_SECURITY_POLICY,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
} as const;

function refuse(status: 404 | 405): Response {
  return new Response(null, { status, headers: HEADERS });
}

/** The file that a path names; `undefined` where it leads out of the folder, also by `%2e%2e%2f`, or is not a path. */
function pathWithin(folder: string, encoded: string): string | undefined {
  try {
    const path = normalize(join(folder, decodeURIComponent(encoded)));
    const inside = relative(folder, path);
    return inside === '' || inside.startsWith('..') || isAbsolute(inside) || inside.includes('\0') ? undefined : path;
  } catch {
    return undefined;
  }
}
