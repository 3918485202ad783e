/** One m-line of a session description, as far as a person wants to know it. */
export interface MediaFacts {
  /** Such as `audio 39088`. */
  readonly media: string;
  readonly profile: string;
  /** By order of preference, such as `opus/48000`. */
  readonly codecs: readonly string[];
  /** SRTP suites offered or chosen with SDES; their keys are masked in every trace. */
  readonly suites: readonly string[];
  readonly fingerprint: string | undefined;
  readonly direction: string;
  readonly address: string | undefined;
  readonly packetTime: string | undefined;
}

const STATIC: Readonly<Record<string, string>> = {
  0: 'PCMU/8000',
  3: 'GSM/8000',
  8: 'PCMA/8000',
  9: 'G722/8000',
  18: 'G729/8000',
};

/** The m-lines of the session description in a SIP message, or of a description alone; none where there is none. */
export function sdpFacts(text: string): readonly MediaFacts[] {
  const start = text.search(/^v=0\r?$/m);
  if (start < 0) return [];
  const [session = '', ...sections] = text.slice(start).split(/^(?=m=)/m);
  return sections.map((section) => {
    const [, kind = '', port = '', profile = '', payloads = ''] =
      /^m=(\S+) (\S+) (\S+) ?([^\r\n]*)/.exec(section) ?? [];
    const named = new Map(
      all(section, /^a=rtpmap:(\d+) ([^\r\n]+)/gm).map(([type = '', name = '']) => [type, name.replace(/\/1$/, '')]),
    );
    return {
      media: `${kind} ${port}`,
      profile,
      codecs: payloads
        .split(' ')
        .filter(Boolean)
        .map((type) => named.get(type) ?? STATIC[type] ?? type),
      suites: all(section, /^a=crypto:\d+ (\S+)/gm).flat(),
      fingerprint: one(section, session, /^a=fingerprint:([^\r\n]+)/m),
      direction: one(section, session, /^a=(sendrecv|sendonly|recvonly|inactive)\r?$/m) ?? 'sendrecv',
      address: one(section, session, /^c=IN IP[46] ([^\r\n]+)/m),
      packetTime: one(section, session, /^a=ptime:(\d+)/m),
    };
  });
}

function all(text: string, pattern: RegExp): string[][] {
  return [...text.matchAll(pattern)].map(([, ...groups]) => groups);
}

function one(section: string, session: string, pattern: RegExp): string | undefined {
  return (pattern.exec(section) ?? pattern.exec(session))?.[1];
}
