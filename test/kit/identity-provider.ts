import type { Server } from 'node:http';
import Provider from 'oidc-provider';

export interface KnownPerson {
  readonly name: string;
  readonly roles: readonly string[];
}

/** A real OpenID provider on the loopback; whoever signs in there types the id of a person it knows, with any password. */
export class IdentityProvider {
  readonly #port: number;
  readonly #people: Readonly<Record<string, KnownPerson>>;
  #server: Server | undefined;

  constructor(options: { port: number; people: Readonly<Record<string, KnownPerson>> }) {
    this.#port = options.port;
    this.#people = options.people;
  }

  get issuer(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async start(client: { id: string; secret: string; redirectUrl: string }): Promise<void> {
    const provider = new Provider(this.issuer, {
      clients: [
        {
          client_id: client.id,
          client_secret: client.secret,
          redirect_uris: [client.redirectUrl],
          token_endpoint_auth_method: 'client_secret_post',
        },
      ],
      claims: { openid: ['sub'], profile: ['preferred_username', 'roles'] },
      pkce: { required: () => true },
      cookies: { keys: ['for tests only'] },
      findAccount: (_context, id) => ({
        accountId: id,
        claims: async () => ({
          sub: id,
          preferred_username: this.#people[id]?.name ?? id,
          roles: [...(this.#people[id]?.roles ?? [])],
        }),
      }),
    });
    await new Promise<void>((resolve) => {
      this.#server = provider.listen(this.#port, '127.0.0.1', resolve);
    });
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((resolve) => this.#server?.close(resolve) ?? resolve(undefined));
    this.#server = undefined;
  }
}
