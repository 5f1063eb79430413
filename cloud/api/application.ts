import type { Clock } from '@gongfu/shared/base/clock';
import type { Logger } from '@gongfu/shared/base/logger';
import express, { type Express } from 'express';
import helmet from 'helmet';
import type { AuditTrail } from '../access/audit-trail.ts';
import type { Authenticator } from '../access/principal.ts';
import { pageFiles } from './page-files.ts';
import { notFound, sendProblem } from './problem-response.ts';
import { refusalPace } from './refusal-pace.ts';
import type { Route } from './route.ts';
import { createRouter, failureHandler } from './router.ts';
import type { Turns } from './turns.ts';
import { unreadBodyCut } from './unread-body.ts';

/** The HTTP face: security headers, declared routes, then the web page for every other address. */
export function createApplication(options: {
  routes: readonly Route[];
  authenticator: Authenticator;
  audit: AuditTrail;
  /** Whose audit names what strangers send. */
  homeTenantId: string;
  webFolder: string;
  trustedProxies?: readonly string[];
  /** Shared with what refuses before there is a request. */
  refusals: Turns;
  /** The port speaks TLS. */
  isSecure?: boolean;
  clock: Clock;
  log: Logger;
}): Express {
  const { routes, authenticator, audit, homeTenantId, webFolder, log } = options;
  const application = express();
  application.disable('x-powered-by');
  application.set('query parser', 'simple');
  application.set('trust proxy', [...(options.trustedProxies ?? [])]);
  application.use(unreadBodyCut(options.clock));
  application.use(
    helmet({
      contentSecurityPolicy: {
        useDefaults: false,
        directives: {
          defaultSrc: ["'self'"],
          scriptSrc: ["'self'"],
          // antd writes its styles at run time.
          styleSrc: ["'self'", "'unsafe-inline'"],
          imgSrc: ["'self'", 'data:'],
          // The socket of the page is of the same origin; anything wider would let a planted script send things away.
          connectSrc: ["'self'"],
          objectSrc: ["'none'"],
          baseUri: ["'self'"],
          formAction: ["'self'"],
          frameAncestors: ["'none'"],
        },
      },
      xFrameOptions: { action: 'deny' },
      // Plain HTTP inside a plant is allowed; a proxy that terminates TLS sets it by itself.
      strictTransportSecurity: options.isSecure === true && { maxAge: 31_536_000, includeSubDomains: false },
    }),
  );
  application.use(refusalPace(options));
  application.use(createRouter({ routes, authenticator, audit, homeTenantId, log }));
  application.use(pageFiles(webFolder));
  application.use((request, response) => sendProblem(response, notFound(`${request.method} ${request.path}`)));
  application.use(failureHandler(log));
  return application;
}
