// A process that takes the lock of each folder `<base>/<round>` at the moment given, together with others, and says whether it has it.
import { lockFolder } from '#edge/buffer/folder-lock';

const [base, rounds, firstAt, everyMs] = process.argv.slice(2);
const sleeper = new Int32Array(new SharedArrayBuffer(4));
for (let round = 0; round < Number(rounds); round += 1) {
  const at = Number(firstAt) + round * Number(everyMs);
  Atomics.wait(sleeper, 0, 0, Math.max(0, at - Date.now() - 1));
  // The last millisecond awake: all of them at once.
  while (Date.now() < at);
  try {
    lockFolder(`${base}/${round}`);
    process.stdout.write(`${round} got\n`);
  } catch (error) {
    process.stdout.write(`${round} ${(error as { code?: string }).code}\n`);
  }
}
process.stdin.resume().once('end', () => process.exit(0));
