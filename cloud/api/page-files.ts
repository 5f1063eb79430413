import { existsSync } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import express, { type NextFunction, type Request, type Response, Router } from 'express';
import staticGzip from 'express-static-gzip';
import { notFound, sendProblem } from './problem-response.ts';

/**
 * The built web page. What is under `/assets` carries a hash of its content in its name, stays for ever and is sent as it was
 * compressed by the build; every other address is the page itself, asked for again at each visit and told apart by its tag.
 * Routes nothing where the page has not been built.
 */
export function pageFiles(folder: string): Router {
  const router = Router();
  const page = join(folder, 'index.html');
  if (!existsSync(page)) return router;
  const assets = staticGzip(join(folder, 'assets'), {
    enableBrotli: true,
    orderPreference: ['br', 'gzip'],
    index: false,
    serveStatic: { immutable: true, maxAge: '1y', redirect: false },
  });
  router.use('/assets', fileOf(join(folder, 'assets')), assets, absent);
  router.use(express.static(folder, { index: false, maxAge: 0, redirect: false }));
  router.get('/{*path}', (_request, response) => {
    response.setHeader('Cache-Control', 'no-cache');
    response.sendFile(page);
  });
  return router;
}

/** Only a plain file of that very folder: no way into another one, no link out of it, no broken escape. */
function fileOf(folder: string) {
  return async (request: Request, response: Response, next: NextFunction): Promise<void> => {
    const name = /^\/([\w-][\w.-]*)$/.exec(request.path)?.[1];
    const isFile = name !== undefined && (await lstat(join(folder, name)).catch(() => undefined))?.isFile();
    if (isFile) next();
    else absent(request, response);
  };
}

function absent(request: Request, response: Response): void {
  // Set already for a compressed file that has gone since the start.
  response.removeHeader('Content-Encoding');
  sendProblem(response, notFound(`${request.method} ${request.baseUrl}${request.path}`));
}
