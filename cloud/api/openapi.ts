import { OpenAPIRegistry, OpenApiGeneratorV31, type RouteConfig } from '@asteasolutions/zod-to-openapi';
import type { ZodObject } from 'zod';
import { problemSchema } from './problem-response.ts';
import type { Route } from './route.ts';

/** OpenAPI 3.1 made from the very schemas that validate. */
export function openApiDocument(routes: readonly Route[], version: string): object {
  const registry = new OpenAPIRegistry();
  registry.registerComponent('securitySchemes', 'session', {
    type: 'http',
    scheme: 'bearer',
  });
  for (const route of routes) registry.registerPath(describe(route));
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: {
      title: 'Gongfu 工赋 API',
      version,
      description:
        'Times are ISO 8601 UTC with milliseconds; 64-bit integers are strings. Errors are RFC 9457 problems.',
    },
  });
}

function describe(route: Route): RouteConfig {
  const isPublic = route.permission === 'public';
  const problem = {
    description: 'Problem',
    content: { 'application/problem+json': { schema: problemSchema } },
  };
  return {
    method: route.method,
    path: route.path,
    summary: route.summary,
    description: isPublic ? 'Public.' : `Needs the permission \`${route.permission}\`.`,
    security: isPublic ? [] : [{ session: [] }],
    request: {
      ...(route.params === undefined ? {} : { params: route.params as ZodObject }),
      ...(route.query === undefined ? {} : { query: route.query as ZodObject }),
      ...(route.body === undefined
        ? {}
        : {
            body: { content: { 'application/json': { schema: route.body } } },
          }),
    },
    responses: { [route.status]: success(route), default: problem },
  };
}

const binary = { type: 'string', format: 'binary' };

function success(route: Route): {
  description: string;
  content?: Record<string, { schema: never }>;
} {
  if (route.reply === null) return { description: 'Done' };
  if (route.reply === 'file') {
    return { description: 'A file', content: { 'application/octet-stream': { schema: binary as never } } };
  }
  if (typeof route.reply === 'string')
    return {
      description: 'Done',
      content: { [route.reply]: { schema: {} as never } },
    };
  return {
    description: 'Done',
    content: { 'application/json': { schema: route.reply as never } },
  };
}
