const KEY = 'sotto.token';

/**
 * The token that lets this window talk to the core. It comes once in the address; from then on it is kept for this tab
 * only, and the address bar and the history do not show it.
 */
export function takeSessionToken(): string {
  const url = new URL(location.href);
  const given = url.searchParams.get('token');
  if (given === null) return sessionStorage.getItem(KEY) ?? '';
  sessionStorage.setItem(KEY, given);
  url.searchParams.delete('token');
  history.replaceState(null, '', url);
  return given;
}
