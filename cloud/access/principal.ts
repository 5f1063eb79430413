/** What a role may do. Every route and every socket event names exactly one, or `public`. */
export const permissions = [
  'gateways:read',
  'gateways:enrol',
  'gateways:configure',
  'assets:read',
  'assets:write',
  'tags:read',
  'samples:read',
  'samples:export',
  'samples:write',
  'alarms:read',
  'commands:read',
  'commands:request',
  'commands:approve',
  'kpis:read',
  'live:follow',
  'portal:read',
  'portal:configure',
  'session:own',
  'users:manage',
  'api-keys:manage',
  'audit:read',
  'tenants:manage',
] as const;
export type Permission = (typeof permissions)[number];

/** Asset ids whose subtrees are seen; null: the whole tenant. */
export type Scope = readonly string[] | null;

/** Who asks. Made only by access; everything it sees or touches is of its tenant, and within its scope. */
export interface Principal {
  readonly kind: 'user' | 'api-key';
  /** Id of the user, or of the key. */
  readonly userId: string;
  readonly userName: string;
  readonly tenantId: string;
  /** Of a key the user who made it. */
  readonly makerId?: string;
  /** '' for a key: it has permissions of its own. */
  readonly role: string;
  /** What ends when this principal is signed out or revoked: the session, or the key. */
  readonly sessionId: string;
  readonly permissions: ReadonlySet<Permission>;
  readonly scope: Scope;
  /** The password was given by somebody else: until it is changed all permissions but `session:own` are withheld. */
  readonly passwordChangeDue?: boolean;
}

export interface Authenticator {
  /** The principal behind a bearer token that came from a network address, undefined when it is unknown, expired or revoked. */
  authenticate(token: string, address?: string): Promise<Principal | undefined>;
  /** The principal as it is now, by its `sessionId`: a socket outlives the token it was opened with. */
  current(sessionId: string): Promise<Principal | undefined>;
}
