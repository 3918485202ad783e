/** Records a tone to the file named by the first argument until it is killed; prints a line when a second is recorded. */
import { WavFileWriter } from '../../../../core/io/wav-file.ts';
import { tone } from '../../../support/tone.ts';

const writer = await WavFileWriter.open(process.argv[2] ?? '', (diagnosis) => {
  throw new Error(diagnosis.summary);
});
if (!writer.ok) throw new Error(writer.error.summary);
const frame = tone(1000, 48_000, 480);
let frames = 0;
setInterval(() => {
  writer.value.write(frame);
  if (++frames === 120) console.log('recorded');
}, 10);
