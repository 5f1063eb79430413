import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { removeStaleOutput } from './stale-output.ts';
import { buildWeb } from './web-build.ts';

/** The rest of `npm run build`, after the compiler. */
const checkout = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
removeStaleOutput(checkout, ['shared', 'edge', 'cloud', 'deploy', 'test']);
await buildWeb(checkout);
