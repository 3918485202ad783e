import { DOMParser, type Element, type Node } from '@xmldom/xmldom';
import { err, ok, type Result } from '../../base/result.ts';

/** A named value, such as `<param name= value=/>`. */
export interface NamedValue {
  readonly name: string;
  readonly value: string;
}

/** A SIP profile of FreeSWITCH. */
export interface FreeswitchProfile {
  readonly name: string;
  readonly params: readonly NamedValue[];
  readonly gateways: readonly { readonly name: string; readonly params: readonly NamedValue[] }[];
}

/** A user of its directory. */
export interface FreeswitchUser {
  readonly id: string;
  readonly params: readonly NamedValue[];
  readonly variables: readonly NamedValue[];
}

/** A domain of its directory. */
export interface FreeswitchDomain {
  readonly name: string;
  readonly params: readonly NamedValue[];
  readonly variables: readonly NamedValue[];
  readonly users: readonly FreeswitchUser[];
  readonly groups: ReadonlyMap<string, readonly string[]>;
}

/** What of a FreeSWITCH configuration means something to us. */
export interface FreeswitchDocument {
  readonly profiles: readonly FreeswitchProfile[];
  readonly domains: readonly FreeswitchDomain[];
  /** Settings of `switch.conf`. */
  readonly switchSettings: readonly NamedValue[];
  /** Names of the extensions of its dial plan, by context. */
  readonly extensions: ReadonlyMap<string, readonly string[]>;
}

/** Reads the document that the preprocessor made. The error is a sentence. */
export function readFreeswitchDocument(text: string): Result<FreeswitchDocument, string> {
  let problem: string | undefined;
  const parser = new DOMParser({
    onError: (level, message) => {
      if (level !== 'warning') problem ??= message;
    },
  });
  let root: Element | null;
  try {
    root = parser.parseFromString(text, 'text/xml').documentElement;
  } catch (error) {
    return err(problem ?? (error instanceof Error ? error.message : String(error)));
  }
  if (root === null) return err(problem ?? 'the document is empty');
  const section = (name: string): readonly Element[] =>
    below(root, 'section').filter((element) => element.getAttribute('name') === name);
  const configuration = (name: string): readonly Element[] =>
    section('configuration')
      .flatMap((element) => below(element, 'configuration'))
      .filter((element) => element.getAttribute('name') === name);
  return ok({
    profiles: configuration('sofia.conf')
      .flatMap((element) => below(element, 'profile'))
      .map((profile) => ({
        name: profile.getAttribute('name') ?? '',
        params: below(profile, 'settings').flatMap((settings) => named(settings, 'param')),
        gateways: below(profile, 'gateway').map((gateway) => ({
          name: gateway.getAttribute('name') ?? '',
          params: named(gateway, 'param'),
        })),
      })),
    domains: section('directory').flatMap((element) => below(element, 'domain')).map(domain), // prettier-ignore
    switchSettings: configuration('switch.conf').flatMap((element) => below(element, 'settings').flatMap((settings) => named(settings, 'param'))), // prettier-ignore
    extensions: extensionsOf(section('dialplan').flatMap((element) => below(element, 'context'))),
  });
}

function extensionsOf(contexts: readonly Element[]): ReadonlyMap<string, readonly string[]> {
  return new Map(
    contexts.map((context) => [
      context.getAttribute('name') ?? '',
      below(context, 'extension').map((extension) => extension.getAttribute('name') ?? ''),
    ]),
  );
}

function domain(element: Element): FreeswitchDomain {
  const all = below(element, 'user');
  const pointers = all.filter((user) => user.getAttribute('type') === 'pointer');
  const own = (name: string, child: string): readonly NamedValue[] =>
    children(element, name).flatMap((list) => named(list, child));
  const groups = below(element, 'group').map((group) => {
    const members = pointers.filter((user) => isWithin(user, group)).map((user) => user.getAttribute('id') ?? '');
    return [group.getAttribute('name') ?? '', members] as const;
  });
  return {
    name: element.getAttribute('name') ?? '',
    params: own('params', 'param'),
    variables: own('variables', 'variable'),
    users: all
      .filter((user) => !pointers.includes(user))
      .map((user) => ({
        id: user.getAttribute('id') ?? '',
        params: children(user, 'params').flatMap((list) => named(list, 'param')),
        variables: children(user, 'variables').flatMap((list) => named(list, 'variable')),
      })),
    groups: new Map(groups.filter(([, members]) => members.length > 0)),
  };
}

function isWithin(element: Element, ancestor: Element): boolean {
  for (let node: Node | null = element; node !== null; node = node.parentNode) if (node === ancestor) return true;
  return false;
}

function below(element: Element, tag: string): readonly Element[] {
  return [...element.getElementsByTagName(tag)];
}

function children(element: Element, tag: string): readonly Element[] {
  return below(element, tag).filter(({ parentNode }) => parentNode === element);
}

function named(list: Element, tag: string): readonly NamedValue[] {
  return below(list, tag).map((element) => ({
    name: element.getAttribute('name') ?? '',
    value: element.getAttribute('value') ?? '',
  }));
}
