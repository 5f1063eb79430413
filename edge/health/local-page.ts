import { createHash } from 'node:crypto';
import type { Clock } from '@gongfu/shared/base/clock';
import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf } from '@gongfu/shared/base/problem';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import helmet from 'helmet';
import { liveInPage } from './browser/live-in-page.ts';
import { type Door, isOwnForm } from './door.ts';
import type { Health } from './health.ts';
import { Metrics } from './metrics.ts';
import { type FrameOptions, frame } from './pages/frame.ts';
import { type Html, html } from './pages/html.ts';
import type { LocalDocument, LocalPage, ProgramRoute, View } from './pages/page.ts';
import { closedNotice, type SignInTrouble, signInForm } from './pages/sign-in-page.ts';
import { icon, style } from './pages/style.ts';
import { type Language, languageOf, textsOf } from './pages/texts.ts';
import { programRoutes } from './program-routes.ts';

export interface LocalPageOptions {
  readonly health: Health;
  readonly door: Door;
  /** In the order of the menu. */
  readonly pages: readonly LocalPage[];
  /** For programs. */
  readonly programs: readonly ProgramRoute[];
  readonly clock: Clock;
  readonly log: Logger;
}

const languageCookie = 'gongfu-edge-language';
const assets: Readonly<Record<string, { type: string; text: string }>> = {
  'page.css': { type: 'text/css; charset=utf-8', text: style },
  'live.js': { type: 'text/javascript; charset=utf-8', text: `(${liveInPage})();\n` },
  'icon.svg': { type: 'image/svg+xml', text: icon },
};
const assetsVersion = hashOf(
  Object.values(assets)
    .map(({ text }) => text)
    .join(''),
).slice(0, 12);
const readForm = express.text({ type: 'application/x-www-form-urlencoded', limit: '64kb' });

/** What the status server answers: `/healthz` and `/metrics` for machines, the pages for people, who sign in first. */
export function localPage(options: LocalPageOptions): Express {
  const { pages, programs, door, log } = options;
  const faces = new Faces(options);
  const application = express();
  application.disable('x-powered-by');
  application.set('etag', false);
  application.set('query parser', false);
  application.use(securityHeaders());
  application.use((_request, response, next) => {
    response.set('cache-control', 'no-store');
    next();
  });
  application.get('/healthz', (request, response) => faces.healthz(request, response));
  application.get('/metrics', (request, response) => faces.metrics(request, response));
  application.get('/assets/:name', sendAsset);
  application.use(programRoutes({ programs, door, log }));
  application.use(keepLanguage);
  application.get('/sign-in', (request, response) => faces.signInPage(request, response));
  application.post('/sign-in', ownFormsOnly, readForm, (request, response) => faces.signIn(request, response));
  application.post('/sign-out', ownFormsOnly, (request, response) => faces.signOut(request, response));
  application.use((request, response, next) => faces.guard(request, response, next));
  for (const page of pages) {
    application.get(page.path, (request, response) => faces.show(page, request, response));
    if (page.submit !== undefined) {
      application.post(page.path, ownFormsOnly, readForm, (request, response) => faces.submit(page, request, response));
    }
    application.all(page.path, (_request, response) => {
      response
        .status(405)
        .set('allow', page.submit === undefined ? 'GET, HEAD' : 'GET, HEAD, POST')
        .end();
    });
  }
  for (const file of pages.flatMap(({ documents = [] }) => documents)) {
    application.get(file.path, (request, response) => faces.send(file, request, response));
  }
  application.use((request, response) => faces.tell(request, response, 404, 'notFound'));
  application.use((error: unknown, request: Request, response: Response, next: NextFunction) => {
    if (response.headersSent) return next(error);
    const { status = 500 } = error as { status?: number };
    if (status >= 500) log.error({ reason: messageOf(error), path: request.path }, 'the local page failed');
    faces.tell(request, response, status, status >= 500 ? 'failed' : 'tooLong');
  });
  return application;
}

class Faces {
  readonly #options: LocalPageOptions;
  readonly #metrics: Metrics;

  constructor(options: LocalPageOptions) {
    this.#options = options;
    this.#metrics = new Metrics({ health: options.health });
  }

  /** Whoever may not have the figures hears only whether all is well. */
  async healthz(request: Request, response: Response): Promise<void> {
    const { door, health } = this.#options;
    const report = health.report();
    const status = report.ok ? 'ok' : 'degraded';
    response.json((await door.mayHaveFigures(request)) ? { status, ...report } : { status });
  }

  async metrics(request: Request, response: Response): Promise<void> {
    if (await this.#options.door.mayHaveFigures(request)) {
      response.type(this.#metrics.contentType).send(await this.#metrics.text());
    } else {
      response.status(401).set('www-authenticate', 'Basic realm="gongfu-edge", charset="UTF-8"').end();
    }
  }

  signInPage(request: Request, response: Response): void {
    const standing = this.#options.door.standing(request);
    const next = nextOf(urlOf(request).searchParams.get('next'));
    if (standing === 'open' || standing === 'signed-in') response.redirect(303, next);
    else this.#askIn(request, response, { next, trouble: undefined, isClosed: standing === 'closed' });
  }

  async signIn(request: Request, response: Response): Promise<void> {
    const form = formOf(request);
    const next = nextOf(form.get('next'));
    const answer = await this.#options.door.signIn(request, form.get('password') ?? '');
    if (typeof answer === 'object' && 'cookie' in answer) {
      response.append('set-cookie', answer.cookie).redirect(303, next);
      return;
    }
    if (typeof answer === 'object') response.status(429).set('retry-after', String(answer.waitSeconds));
    else response.status(401);
    this.#askIn(request, response, { next, trouble: answer, isClosed: false });
  }

  signOut(request: Request, response: Response): void {
    response.append('set-cookie', this.#options.door.signOut(request)).redirect(303, '/sign-in');
  }

  /** Lets nobody by who may not see anything. */
  guard(request: Request, response: Response, next: NextFunction): void {
    const standing = this.#options.door.standing(request);
    if (standing === 'open' || standing === 'signed-in') {
      response.locals.signedIn = standing === 'signed-in';
      next();
    } else if (standing === 'closed') {
      this.#askIn(request, response.status(403), { next: '/', trouble: undefined, isClosed: true });
    } else if (request.method === 'GET' && request.get('x-live') === undefined) {
      response.redirect(303, `/sign-in?next=${encodeURIComponent(nextOf(request.originalUrl))}`);
    } else {
      response.status(401).end();
    }
  }

  async show(page: LocalPage, request: Request, response: Response): Promise<void> {
    this.#send(page, request, response, await page.show(this.#view(request, response)));
  }

  async submit(page: LocalPage, request: Request, response: Response): Promise<void> {
    const answer = await page.submit!(this.#view(request, response), formOf(request));
    if (typeof answer === 'string') response.redirect(303, answer);
    else this.#send(page, request, response, answer);
  }

  send(document: LocalDocument, request: Request, response: Response): void {
    const made = document.make(this.#view(request, response));
    if (made === undefined) {
      this.tell(request, response, 404, 'notFound');
      return;
    }
    const { type, text, style: own = '' } = made;
    const hash = createHash('sha256').update(own).digest('base64');
    response.set(
      'content-security-policy',
      `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    );
    response.type(type).send(text);
  }

  /** One sentence instead of a page. */
  tell(request: Request, response: Response, status: number, what: 'notFound' | 'failed' | 'tooLong'): void {
    const language = languageIn(request);
    const sentence = textsOf[language][what];
    const title = textsOf[language].product;
    const body = html`<p>${sentence}</p><p><a href="/">${textsOf[language].overview.title}</a></p>`;
    const document = frame({ language, title, body, address: '/', assetsVersion, inside: this.#inside(response, '') });
    response.status(status).type('html').send(document);
  }

  #send(page: LocalPage, request: Request, response: Response, body: Html): void {
    const language = languageIn(request);
    const document = frame({
      language,
      title: page.title[language],
      body,
      address: request.originalUrl,
      assetsVersion,
      inside: this.#inside(response, page.path),
    });
    const etag = `"${hashOf(document).slice(0, 27)}"`;
    response.set('etag', etag);
    if (request.get('if-none-match') === etag) response.status(304).end();
    else response.type('html').send(document);
  }

  /** The head of those who are in; nothing for strangers. */
  #inside({ locals }: Response, path: string): FrameOptions['inside'] {
    const { health, pages } = this.#options;
    if (locals.signedIn === undefined) return undefined;
    return { gateway: health.gatewayName, pages, path, signedIn: locals.signedIn === true };
  }

  #askIn(
    request: Request,
    response: Response,
    options: { next: string; trouble: SignInTrouble; isClosed: boolean },
  ): void {
    const { next, trouble, isClosed } = options;
    const language = languageIn(request);
    const texts = textsOf[language];
    const body = isClosed ? closedNotice(texts) : signInForm(texts, { next, trouble });
    const address = `/sign-in?next=${encodeURIComponent(next)}`;
    response.type('html').send(frame({ language, title: texts.signIn.title, body, address, assetsVersion }));
  }

  #view(request: Request, { locals }: Response): View {
    const language = languageIn(request);
    return {
      language,
      texts: textsOf[language],
      now: this.#options.clock.now(),
      query: urlOf(request).searchParams,
      from: request.socket.remoteAddress ?? '',
      isSignedIn: locals.signedIn === true,
    };
  }
}

function securityHeaders(): ReturnType<typeof helmet> {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'"],
        connectSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    xFrameOptions: { action: 'deny' },
    // With none at all a browser would hide where a form comes from.
    referrerPolicy: { policy: 'same-origin' },
    // Over plain HTTP browsers ignore these, and say so in the console.
    strictTransportSecurity: false,
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
  });
}

function sendAsset(request: Request, response: Response): void {
  const asset = Object.hasOwn(assets, String(request.params.name)) ? assets[String(request.params.name)] : undefined;
  if (asset === undefined) response.status(404).end();
  else response.set('cache-control', 'max-age=31536000, immutable').type(asset.type).send(asset.text);
}

/** `?lang=` chooses the language from then on. */
function keepLanguage(request: Request, response: Response, next: NextFunction): void {
  const url = urlOf(request);
  const chosen = url.searchParams.get('lang');
  if (request.method !== 'GET' || (chosen !== 'zh' && chosen !== 'en')) {
    next();
    return;
  }
  url.searchParams.delete('lang');
  response.append('set-cookie', `${languageCookie}=${chosen}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Strict`);
  response.redirect(303, nextOf(url.pathname + url.search));
}

function ownFormsOnly(request: Request, response: Response, next: NextFunction): void {
  if (isOwnForm(request)) next();
  else response.status(403).type('text').send(textsOf[languageIn(request)].foreignForm);
}

function languageIn(request: Request): Language {
  const kept = /(?:^|; *)gongfu-edge-language=(zh|en)(?:;|$)/.exec(request.get('cookie') ?? '')?.[1];
  return kept === 'zh' || kept === 'en' ? kept : languageOf(request.get('accept-language'));
}

function urlOf(request: Request): URL {
  const { originalUrl } = request;
  return URL.canParse(originalUrl, 'http://agent') ? new URL(originalUrl, 'http://agent') : new URL('http://agent/');
}

/** Only ever an address of this server. */
function nextOf(asked: string | null): string {
  return asked !== null && /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(asked) ? asked : '/';
}

function formOf({ body }: Request): URLSearchParams {
  return new URLSearchParams(typeof body === 'string' ? body : '');
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
