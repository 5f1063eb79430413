import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { problemsPage } from './problems-page.ts';

/** `npm run docs`: writes the pages that are made from code. */
const docs = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'docs');
writeFileSync(join(docs, 'problems.md'), problemsPage());
