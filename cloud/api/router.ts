import { pipeline } from 'node:stream/promises';
import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf, Problem } from '@gongfu/shared/base/problem';
import express, { type NextFunction, type Request, type Response, type Router } from 'express';
import type { z } from 'zod';
import { type AuditEntry, type AuditTrail, stranger } from '../access/audit-trail.ts';
import type { Authenticator, Principal } from '../access/principal.ts';
import { invalidRequest, methodNotAllowed, notFound, sendProblem } from './problem-response.ts';
import { bodyReader } from './request-body.ts';
import type { FileReply, ForeignManners, Route, RouteRequest } from './route.ts';

/** Mounts the declared routes: permission first, then validation, then the handler; every failure leaves as a problem. */
export function createRouter(options: {
  routes: readonly Route[];
  authenticator: Authenticator;
  audit: AuditTrail;
  /** Whose audit names what strangers send. */
  homeTenantId: string;
  log: Logger;
}): Router {
  const { routes, authenticator, audit, homeTenantId, log } = options;
  const router = express.Router({ caseSensitive: true });
  router.use('/api', (_request, response, next) => {
    response.setHeader('Cache-Control', 'no-store');
    next();
  });
  const [readKnown, readStrange] = [bodyReader(), bodyReader({ ofStrangers: true })];
  for (const route of routes) {
    const path = route.path.replace(/\{(\w+)\}/g, ':$1');
    const readBody = route.permission === 'public' ? readStrange : readKnown;
    router[route.method](path, async (request: Request, response: Response) => {
      try {
        const principal = await admit(route, request, authenticator, audit);
        if (route.body !== undefined) {
          const who = principal === undefined ? stranger(request.ip, homeTenantId) : whoAsks(principal);
          const entry = { ...who, action: actionOf(route), object: '', address: request.ip ?? '' };
          await watchedBody(audit, entry, () => readBody(request, response));
        }
        await answer({ route, request, response, principal, audit });
      } catch (error) {
        fail(error, request, response, log, foreignOf(route));
      }
    });
  }
  refuseOtherMethods(router, routes, log);
  router.use('/api', (request, response) => {
    fail(notFound(`${request.method} ${request.baseUrl}${request.path}`), request, response, log);
  });
  return router;
}

/** After all routes: the address is known, so what is wrong is the method (RFC 9110: 405 with Allow). */
function refuseOtherMethods(router: Router, routes: readonly Route[], log: Logger): void {
  for (const path of new Set(routes.map((route) => route.path))) {
    const methods = routes.filter((route) => route.path === path).map(({ method }) => method.toUpperCase());
    const allowed = methods.includes('GET') ? [...methods, 'HEAD'] : methods;
    router.all(path.replace(/\{(\w+)\}/g, ':$1'), (request, response) => {
      response.setHeader('Allow', allowed.join(', '));
      fail(methodNotAllowed(request.method, request.path, allowed), request, response, log);
    });
  }
}

/** Undefined only for a public route. */
async function admit(
  route: Route,
  request: Request,
  authenticator: Authenticator,
  audit: AuditTrail,
): Promise<Principal | undefined> {
  if (route.permission === 'public') return undefined;
  const token = tokenOf(route, request);
  const principal = token === undefined ? undefined : await authenticator.authenticate(token, request.ip);
  if (principal === undefined) {
    throw new Problem({
      code: 'not-signed-in',
      detail: token === undefined ? 'the request carries no bearer token' : 'the token is unknown, expired or revoked',
      advice: 'Sign in with POST /api/v1/sessions and send the token as `Authorization: Bearer`.',
      reaction: 'drop',
      status: 401,
    });
  }
  if (!principal.permissions.has(route.permission)) {
    const problem = denial(route.permission, principal);
    await audit.refuse({
      ...auditEntry(route, principal, request),
      detail: `${problem.code} ${route.permission}`,
    });
    throw problem;
  }
  return principal;
}

function foreignOf(route: Route): ForeignManners | undefined {
  return route.permission === 'public' ? undefined : route.foreign;
}

function tokenOf(route: Route, request: Request): string | undefined {
  const foreign = foreignOf(route);
  if (foreign === undefined) return /^Bearer ([\w.~+/-]+=*)$/i.exec(request.headers.authorization ?? '')?.[1];
  const { headers, query } = request;
  return foreign.token({ headers, query, params: request.params as Record<string, string> }) || undefined;
}

function denial(permission: string, principal: Principal): Problem {
  if (principal.passwordChangeDue === true) {
    return new Problem({
      code: 'password-change-due',
      detail: 'the password was given by an administrator and must be changed first',
      advice: 'Change it with POST /api/v1/sessions/current/password.',
      reaction: 'drop',
      status: 403,
    });
  }
  return new Problem({
    code: 'not-permitted',
    detail: `${principal.kind === 'user' ? `role ${principal.role}` : `the key ${principal.userName}`} lacks the permission ${permission}${principal.scope === null ? '' : ' within its scope'}`,
    advice: 'Ask an administrator of your tenant for a role, or a key, that has it.',
    reaction: 'drop',
    status: 403,
  });
}

/** A body that cannot be read was hardly written in good faith: too large, packed to be, of another type, too deep. */
async function watchedBody(
  audit: AuditTrail,
  entry: Omit<AuditEntry, 'outcome' | 'detail'>,
  read: () => Promise<void>,
) {
  try {
    await read();
  } catch (error) {
    // Not waited for: what still comes of the body is read until there is an answer.
    if (error instanceof Problem) void audit.refuse({ ...entry, detail: error.code });
    throw error;
  }
}

function isQuestion(route: Route): boolean {
  return route.method === 'get' || (route.permission !== 'public' && route.changesNothing === true);
}

function actionOf(route: Route): string {
  const action = route.permission === 'public' ? undefined : route.action;
  return action ?? `${route.method} ${route.path}`;
}

function whoAsks({ kind, tenantId, userId, userName }: Principal): Pick<AuditEntry, 'tenantId' | 'actor'> {
  return { tenantId, actor: { kind, id: userId, name: userName } };
}

/** Who asked for what; the object is what the path names, the `name` a body gives, or what a question is about. */
function auditEntry(route: Route, principal: Principal, request: Request): Omit<AuditEntry, 'outcome' | 'detail'> {
  const body = request.body as Record<string, unknown> | undefined;
  const { asset, tags, gateway } = isQuestion(route) ? { ...request.query, ...body } : request.query;
  // Of a foreign program the path may name its token.
  const named =
    foreignOf(route) !== undefined ? '' : (Object.values(request.params)[0] ?? body?.name ?? asset ?? tags ?? gateway);
  return {
    ...whoAsks(principal),
    action: actionOf(route),
    object: typeof named === 'string' || Array.isArray(named) ? String(named).slice(0, 200) : '',
    address: request.ip ?? '',
  };
}

/** A change is told to the audit before it is made and again with how it ended: what cannot be told is not done. */
async function audited<T>(audit: AuditTrail, entry: Omit<AuditEntry, 'outcome'>, work: () => Promise<T>) {
  await audit.record({ ...entry, outcome: 'begun' });
  try {
    const reply = await work();
    await audit.note({ ...entry, outcome: 'done' });
    return reply;
  } catch (error) {
    const refused = error instanceof Problem && error.status < 500;
    const detail = error instanceof Problem ? error.code : 'internal';
    await audit.note({ ...entry, outcome: refused ? 'refused' : 'failed', detail });
    throw error;
  }
}

/** A read of what is not there for this principal: a wrong id looks the same as one of another tenant, or out of scope. */
async function watched<T>(audit: AuditTrail, entry: Omit<AuditEntry, 'outcome' | 'detail'>, work: () => Promise<T>) {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Problem && (error.status === 403 || error.status === 404)) {
      await audit.refuse({ ...entry, detail: error.code });
    }
    throw error;
  }
}

async function answer(options: {
  route: Route;
  request: Request;
  response: Response;
  principal: Principal | undefined;
  audit: AuditTrail;
}): Promise<void> {
  const { route, request, response, principal, audit } = options;
  const input: RouteRequest<unknown, unknown, unknown> = {
    params: validated('path', route.params, request.params),
    query: validated('query', route.query, request.query),
    body: validated('body', route.body, request.body ?? {}),
    headers: request.headers,
    stream: request,
    address: request.ip ?? '',
  };
  const work = () =>
    route.permission === 'public' ? route.handle(input) : route.handle(input, principal as Principal);
  const reply = await toldToAudit({ route, request, principal, audit, input }, work);
  response.status(route.status);
  if (route.reply === null) response.end();
  else if (route.reply === 'file') await sendFile(response, reply as FileReply);
  else if (typeof route.reply === 'string') response.type(route.reply).send(reply as string);
  // Not by `send`, which makes a tag of all its bytes: nothing of the interface is kept by who asks.
  else response.type('application/json').end(JSON.stringify(reply));
}

/** As fast as the other side takes it. Once it flows a failure can only cut the connection, so that no half file passes for a whole one. */
async function sendFile(response: Response, { contentType, fileName, content }: FileReply): Promise<void> {
  response.type(contentType).setHeader('Content-Disposition', `attachment; filename="${fileName}"`);
  await pipeline(content, response);
}

/** Public changes (sign-in, enrolment) have no principal yet and are told where they happen. */
function toldToAudit(
  asked: {
    route: Route;
    request: Request;
    principal: Principal | undefined;
    audit: AuditTrail;
    input: RouteRequest<unknown, unknown, unknown>;
  },
  work: () => Promise<unknown>,
): Promise<unknown> {
  const { route, request, principal, audit, input } = asked;
  if (principal === undefined || route.permission === 'public') return work();
  const entry = auditEntry(route, principal, request);
  if (isQuestion(route) || route.foreign !== undefined) return watched(audit, entry, work);
  return audited(audit, { ...entry, detail: route.told?.(input).slice(0, 500) ?? '' }, work);
}

function validated<T>(
  part: 'path' | 'query' | 'body',
  schema: z.ZodType<T> | undefined,
  value: unknown,
): T | undefined {
  if (schema === undefined) return undefined;
  const parsed = schema.safeParse(value, { reportInput: true });
  if (!parsed.success) throw invalidRequest(part, parsed.error.issues);
  return parsed.data;
}

/** Express' last resort: never a stack to the outside. */
export function failureHandler(log: Logger) {
  return (error: unknown, request: Request, response: Response, _next: NextFunction): void => {
    fail(error, request, response, log);
  };
}

function fail(error: unknown, request: Request, response: Response, log: Logger, manners?: ForeignManners): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  if (error instanceof Problem) {
    if (error.status >= 500)
      log.warn({ code: error.code, path: request.route?.path, detail: error.message }, 'request failed');
    sendProblem(response, error, manners?.problemText);
    return;
  }
  const status = Number((error as { status?: number }).status);
  if (status === 404) {
    // Its own words would name the folder on this machine.
    sendProblem(response, notFound(`${request.method} ${request.baseUrl}${request.path}`));
    return;
  }
  if (status >= 400 && status < 500) {
    sendProblem(
      response,
      new Problem({
        code: 'request-invalid',
        detail: `the request cannot be understood: ${messageOf(error)}`,
        advice: 'Correct the address or the headers.',
        reaction: 'drop',
        status: 400,
      }),
    );
    return;
  }
  log.error(
    {
      path: request.route?.path ?? request.path,
      error: messageOf(error),
      stack: (error as Error).stack,
    },
    'unexpected failure',
  );
  sendProblem(
    response,
    new Problem({
      code: 'internal',
      detail: 'the service failed unexpectedly; the cause is in its log',
      advice: 'Try again; when it repeats, report it with the time of the request.',
      reaction: 'retry',
      status: 500,
    }),
    manners?.problemText,
  );
}
