/** What a role may do. Every route and every socket event names exactly one, or `public`. */
export const permissions = [
  'gateways:read',
  'gateways:enrol',
  'assets:read',
  'tags:read',
  'samples:read',
  'kpis:read',
  'session:own',
  'users:manage',
  'audit:read',
] as const;
export type Permission = (typeof permissions)[number];

/** Who asks. Made only by access; everything it sees or touches is of its tenant. */
export interface Principal {
  readonly kind: 'user';
  readonly userId: string;
  readonly userName: string;
  readonly tenantId: string;
  readonly role: string;
  readonly sessionId: string;
  readonly permissions: ReadonlySet<Permission>;
  /** The password was given by somebody else: until it is changed all permissions but `session:own` are withheld. */
  readonly passwordChangeDue?: boolean;
}

export interface Authenticator {
  /** The principal behind a bearer token, undefined when it is unknown, expired or revoked. */
  authenticate(token: string): Promise<Principal | undefined>;
}
