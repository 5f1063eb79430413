import { messageOf, Problem } from '@gongfu/shared/base/problem';
import {
  AuthorizationResponseError,
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  type Configuration,
  calculatePKCECodeChallenge,
  discovery,
  fetchUserInfo,
  None,
} from 'openid-client';

export type Claims = Readonly<Record<string, unknown>> & { readonly iss: string; readonly sub: string };

/** What one attempt keeps to itself, to be checked when the answer comes. */
export interface AttemptSecrets {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

export interface OidcClientOptions {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  readonly redirectUrl: string;
  readonly scope: string;
}

const timeoutSeconds = 10;

/** One provider, asked by the authorization code flow with PKCE, state and nonce. Its metadata is read at the first use. */
export class OidcClient {
  readonly #options: OidcClientOptions;
  #configuration: Promise<Configuration> | undefined;

  constructor(options: OidcClientOptions) {
    this.#options = options;
  }

  /** Where the browser goes. @throws Problem `oidc-unreachable` */
  async address({ state, nonce, verifier }: AttemptSecrets): Promise<string> {
    const { redirectUrl, scope } = this.#options;
    const configuration = await this.#discovered();
    const url = buildAuthorizationUrl(configuration, {
      redirect_uri: redirectUrl,
      scope,
      state,
      nonce,
      code_challenge: await calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
    return url.href;
  }

  /**
   * Trades what the browser brought back for claims whose issuer, audience, nonce and times were checked. They come straight
   * from the provider over TLS, which stands for their signature (OpenID Connect Core 1.0, 3.1.3.7, 6).
   * @throws Problem `oidc-refused`, `oidc-answer-invalid`, `oidc-unreachable`
   */
  async claims(parameters: Readonly<Record<string, string>>, secrets: AttemptSecrets): Promise<Claims> {
    const configuration = await this.#discovered();
    const url = new URL(this.#options.redirectUrl);
    url.search = new URLSearchParams(parameters).toString();
    try {
      const tokens = await authorizationCodeGrant(configuration, url, {
        expectedState: secrets.state,
        expectedNonce: secrets.nonce,
        pkceCodeVerifier: secrets.verifier,
        idTokenExpected: true,
      });
      const claims = tokens.claims();
      if (claims === undefined) throw new Error('no ID token came');
      const more =
        configuration.serverMetadata().userinfo_endpoint === undefined
          ? {}
          : await fetchUserInfo(configuration, tokens.access_token, claims.sub);
      return { ...more, ...claims };
    } catch (error) {
      throw answerProblem(error);
    }
  }

  #discovered(): Promise<Configuration> {
    this.#configuration ??= this.#discover().catch((error: unknown) => {
      // The provider may be back a moment later: ask anew then.
      this.#configuration = undefined;
      throw unreachable(this.#options.issuer, error);
    });
    return this.#configuration;
  }

  #discover(): Promise<Configuration> {
    const { issuer, clientId, clientSecret } = this.#options;
    // Configuration lets plain HTTP through only for a provider on this machine.
    const execute = issuer.startsWith('http:') ? [allowInsecureRequests] : [];
    const options = { execute, timeout: timeoutSeconds };
    return clientSecret === undefined
      ? discovery(new URL(issuer), clientId, undefined, None(), options)
      : discovery(new URL(issuer), clientId, clientSecret, undefined, options);
  }
}

function unreachable(issuer: string, cause: unknown): Problem {
  return new Problem({
    code: 'oidc-unreachable',
    detail: `the identity provider ${issuer} does not answer as one: ${messageOf((cause as Error).cause ?? cause)}`,
    advice: 'Try again; if it goes on, the administrator checks signIn.oidc and the network. Passwords still work.',
    reaction: 'retry',
    status: 503,
    cause,
  });
}

function answerProblem(error: unknown): Problem {
  if (error instanceof AuthorizationResponseError) {
    return new Problem({
      code: 'oidc-refused',
      detail: `the identity provider refused the sign-in: ${error.error_description ?? error.error}`,
      advice: 'Try again, or ask whoever keeps the users of the provider.',
      reaction: 'drop',
      status: 401,
      cause: error,
    });
  }
  return new Problem({
    code: 'oidc-answer-invalid',
    detail: `what came from the identity provider does not hold: ${messageOf(error)}`,
    advice: 'Begin the sign-in again; if it goes on, the administrator checks signIn.oidc and the clocks.',
    reaction: 'drop',
    status: 401,
    cause: error,
  });
}
