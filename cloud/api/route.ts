import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { Problem } from '@gongfu/shared/base/problem';
import type { z } from 'zod';
import type { Permission, Principal } from '../access/principal.ts';

/** An answer that is sent as it comes; the reader takes its time. */
export interface FileReply {
  readonly contentType: string;
  readonly fileName: string;
  readonly content: Readable;
}

/** What a handler is given: everything validated, and who asks. */
export interface RouteRequest<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly headers: IncomingHttpHeaders;
  /** The body of a route that declares none, unread. */
  readonly stream: Readable;
  /** Address of the asking side, for rate limits and audit. */
  readonly address: string;
}

interface RouteShape<P, Q, B, R> {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** In OpenAPI form: `/api/v1/tags/{id}/samples`. */
  readonly path: string;
  readonly summary: string;
  readonly params?: z.ZodType<P>;
  readonly query?: z.ZodType<Q>;
  readonly body?: z.ZodType<B>;
  /** Status of success. */
  readonly status: 200 | 201 | 204;
  /** Schema of the answer; a string is the content type of an answer sent as it is, `file` a FileReply. */
  readonly reply: z.ZodType<R> | 'text/plain; version=0.0.4' | 'text/plain' | 'application/json' | 'file' | null;
}

/**
 * How programs ask that were written for another server, and how they are told of problems. What they send are samples:
 * like those of a gateway they stand in the history, not in the audit; what is refused stands there all the same.
 */
export interface ForeignManners {
  token(request: {
    readonly headers: IncomingHttpHeaders;
    readonly params: Readonly<Record<string, string | undefined>>;
    readonly query: Readonly<Record<string, unknown>>;
  }): string | undefined;
  /** JSON in the place of a problem. */
  readonly problemText?: (problem: Problem) => string;
}

export interface PublicRoute<P = unknown, Q = unknown, B = unknown, R = unknown> extends RouteShape<P, Q, B, R> {
  readonly permission: 'public';
  handle(request: RouteRequest<P, Q, B>): Promise<R>;
}

export interface GuardedRoute<P = unknown, Q = unknown, B = unknown, R = unknown> extends RouteShape<P, Q, B, R> {
  readonly permission: Permission;
  /** What the audit calls it, as `user-create`. Every route that changes something has one. */
  readonly action?: string;
  /** A question that is a POST only because no address has room for it: to the audit it is what a GET is. */
  readonly changesNothing?: true;
  /** What of a change the audit says besides the object, as the role that was given; never a secret. */
  readonly told?: (request: Pick<RouteRequest<P, Q, B>, 'params' | 'body'>) => string;
  readonly foreign?: ForeignManners;
  handle(request: RouteRequest<P, Q, B>, principal: Principal): Promise<R>;
}

/**
 * One declared route: the router, the OpenAPI document and the permission test are all made from it.
 * There is no other way to answer HTTP.
 */
export type Route = PublicRoute | GuardedRoute;

export function publicRoute<P, Q, B, R>(route: Omit<PublicRoute<P, Q, B, R>, 'permission'>): Route {
  return { ...route, permission: 'public' } as PublicRoute;
}

export function guardedRoute<P, Q, B, R>(route: GuardedRoute<P, Q, B, R>): Route {
  return route as unknown as GuardedRoute;
}
