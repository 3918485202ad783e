import { app } from './app.ts';

type Handler = (request: Request) => Response | Promise<Response>;

const handlers = new Map<string, Handler>();
const privileged = new Set<string>();

/** Electron's `protocol`. */
export const protocol = {
  registerSchemesAsPrivileged(schemes: readonly { readonly scheme: string }[]): void {
    if (app.isReady()) throw new Error('protocol.registerSchemesAsPrivileged should be called before app is ready');
    for (const { scheme } of schemes) privileged.add(scheme);
  },
  handle(scheme: string, handler: Handler): void {
    if (scheme !== 'app' || !privileged.has(scheme)) {
      throw new Error(`the harness serves the scheme app, once privileged, and not ${scheme}`);
    }
    handlers.set(scheme, handler);
  },
};

/**
 * The answer to a request of the page, as `Fetch.fulfillRequest` takes it. What belongs to no handler would leave for the
 * network: it gets a page that a test can recognise, readable by anybody.
 */
export async function respond(url: string, method: string): Promise<Record<string, unknown>> {
  const handler = handlers.get(url.slice(0, url.indexOf(':')));
  const response = await (handler?.(new Request(url, { method })) ??
    new Response('outside', { headers: { 'Access-Control-Allow-Origin': '*', 'Content-Type': 'text/html' } }));
  return {
    responseCode: response.status,
    responseHeaders: [...response.headers].map(([name, value]) => ({ name, value })),
    body: Buffer.from(await response.arrayBuffer()).toString('base64'),
  };
}
