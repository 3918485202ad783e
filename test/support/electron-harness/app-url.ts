/**
 * Chromium outside of Electron knows no scheme of ours, so `app://sotto/x` is `https://sotto.app.invalid/x` to it: an
 * origin of its own, secure, and nowhere on any network.
 */
export function toBrowserUrl(url: string): string {
  return url.replace(/^app:\/\/([a-z]+)/, 'https://$1.app.invalid');
}

/** The other way round. */
export function toAppUrl(url: string): string {
  return url.replace(/^https:\/\/([a-z]+)\.app\.invalid/, 'app://$1');
}
