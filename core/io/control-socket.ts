import { createHash } from 'node:crypto';
import { mkdir, unlink } from 'node:fs/promises';
import { createConnection, createServer, type Server } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Diagnosis } from '../base/diagnosis.ts';
import { err, ok, type Result } from '../base/result.ts';
import { diagnoseFileError } from './file-diagnosis.ts';

/** Longest line that is taken as a command. */
const MAX_COMMAND = 4096;
const MAX_CLIENTS = 16;
/** The system's limit for the path of a socket, its end included (unix(7)). */
const MAX_PATH = 107;

/** A place where a running program takes commands. */
export interface ControlSocket {
  readonly path: string;
  readonly close: () => Promise<void>;
}

/** Where the switch of a data folder takes commands; `name` tells a second one of the same folder apart. */
export function controlPath(dataFolder: string, name = 'control'): string {
  const token = createHash('sha256').update(dataFolder).digest('hex').slice(0, 16);
  if (process.platform === 'win32') return `\\\\.\\pipe\\sotto-${token}-${name}`;
  const path = join(dataFolder, `${name}.sock`);
  return path.length <= MAX_PATH ? path : join(tmpdir(), `sotto-${userInfo().uid}-${token}`, `${name}.sock`);
}

/**
 * Takes commands, one a line, each answered by one line: a JSON string. Only the owner of the socket may connect. A socket that
 * a dead program left behind is replaced, one that answers is not.
 */
export async function listenForCommands(
  path: string,
  execute: (command: string) => Promise<string>,
): Promise<Result<ControlSocket, Diagnosis>> {
  const isFile = process.platform !== 'win32';
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    const lines = createInterface({ input: socket, crlfDelay: Infinity });
    let queue = Promise.resolve();
    lines.on('line', (line) => {
      if (line.length > MAX_COMMAND) socket.destroy();
      else queue = queue.then(() => execute(line)).then((answer) => void socket.write(`${JSON.stringify(answer)}\n`));
    });
  });
  server.maxConnections = MAX_CLIENTS;
  try {
    if (isFile) await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    let failure = await listen(server, path);
    if (failure?.code === 'EADDRINUSE' && isFile && !(await isAnswered(path))) {
      await unlink(path);
      failure = await listen(server, path);
    }
    if (failure?.code === 'EADDRINUSE') return err(inUse(path));
    if (failure !== undefined) return err(diagnoseFileError(path, failure));
  } catch (error) {
    return err(diagnoseFileError(path, error));
  }
  return ok({
    path,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        // Consoles that are open do not keep a program that ends.
        setImmediate(resolve);
      }),
  });
}

function listen(server: Server, path: string): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    server.once('error', resolve);
    // The socket is its owner's alone from the first moment on; it is made before `listen` returns.
    const before = process.umask(0o177);
    server.listen(path, () => {
      server.removeListener('error', resolve);
      server.unref();
      resolve(undefined);
    });
    process.umask(before);
  });
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}

function inUse(path: string): Diagnosis {
  return {
    code: 'port.in-use',
    side: 'here',
    summary: 'Another switch takes its commands at the same place.',
    cure: 'Give this one a data folder of its own with --data.',
    evidence: { path },
  };
}

/** The other end of a {@link ControlSocket}. */
export interface ControlClient {
  /** The answer, or `undefined` where the program went away. */
  readonly ask: (command: string) => Promise<string | undefined>;
  readonly close: () => void;
}

/** Connects to a program that takes commands. */
export function connectControl(path: string): Promise<Result<ControlClient, Diagnosis>> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    const waiting: ((answer: string | undefined) => void)[] = [];
    const giveUp = (): void => {
      for (const answer of waiting.splice(0)) answer(undefined);
    };
    socket.once('error', (error) => {
      giveUp();
      resolve(err(notRunning(path, error)));
    });
    socket.once('close', giveUp);
    socket.once('connect', () => {
      createInterface({ input: socket }).on('line', (line) => {
        const answer: unknown = JSON.parse(line);
        waiting.shift()?.(typeof answer === 'string' ? answer : '');
      });
      resolve(
        ok({
          ask: (command) =>
            new Promise((answered) => {
              if (socket.destroyed) {
                answered(undefined);
                return;
              }
              waiting.push(answered);
              socket.write(`${command.replaceAll(/[\r\n]+/g, ' ')}\n`);
            }),
          close: () => socket.destroy(),
        }),
      );
    });
  });
}

function notRunning(path: string, error: unknown): Diagnosis {
  const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  return {
    code: reason === 'EACCES' ? 'file.unreadable' : 'file.missing',
    side: 'here',
    summary: 'No switch takes commands there.',
    cure:
      reason === 'EACCES'
        ? 'Run the console as the user that the switch runs as.'
        : 'Start it with "sotto pbx"; its first line names the place as "control", for --control.',
    evidence: { path, reason },
  };
}
