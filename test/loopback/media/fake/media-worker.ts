/** The media worker with a fault: it breaks when the digits `break` are to be sent. */
import { parentPort } from 'node:worker_threads';
import '../../../../core/io/media-worker.ts';
import type { MediaCommand } from '../../../../core/media/media-command.ts';

parentPort?.on('message', (command: MediaCommand) => {
  if (command.kind === 'dtmf' && command.digits === 'break') throw new Error('broken on purpose');
});
