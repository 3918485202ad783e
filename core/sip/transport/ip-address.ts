/**
 * The address without the zone (`%eth0`) that tells on which link it is (RFC 4007 §11): sockets need it, and nobody else
 * understands it, so that it never goes into a message (RFC 6874 §1).
 */
export function withoutZone(address: string): string {
  const zone = address.indexOf('%');
  return zone < 0 ? address : address.slice(0, zone);
}

/** Whether two hosts are the same address; spellings of IPv6 count as one. */
export function sameHost(one: string, other: string): boolean {
  return one === other || (one.includes(':') && other.includes(':') && expandIPv6(one) === expandIPv6(other));
}

/** All eight groups of an IPv6 address, without leading zeros. */
export function expandIPv6(address: string): string {
  const [head = '', tail] = address.toLowerCase().split('::');
  const first = groups(head);
  const last = tail === undefined ? [] : groups(tail);
  const zeros = new Array<string>(Math.max(0, 8 - first.length - last.length)).fill('0');
  return [...first, ...(tail === undefined ? [] : zeros), ...last].join(':');
}

function groups(text: string): string[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [group.replace(/^0+(?=.)/, '')];
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
    return [((a << 8) | b).toString(16), ((c << 8) | d).toString(16)];
  });
}
