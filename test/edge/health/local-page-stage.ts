import { randomBytes } from 'node:crypto';
import { type IncomingHttpHeaders, request } from 'node:http';
import { silentLogger } from '@gongfu/shared/base/logger';
import type { Health } from '#edge/health/health';
import { LocalPassword } from '#edge/health/local-password';
import { localStatus } from '#edge/health/local-status';
import { LogMemory } from '#edge/health/log-memory';
import type { LocalPage } from '#edge/health/pages/page';
import type { StatusServer } from '#edge/health/status-server';
import { FakeClock } from '#test/kit/fake-clock';
import { stagedHealth } from './health-stage.ts';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface Asking {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly form?: Readonly<Record<string, string>>;
  /** Of the loopback, where the request comes from. */
  readonly from?: string;
}

/** The local page behind a port of the loopback, with the real parts. */
export class LocalPageStage {
  readonly clock = new FakeClock();
  readonly log = new LogMemory();
  readonly health: Health;
  readonly password: LocalPassword;
  readonly server: StatusServer;

  constructor(options: { folder: string; health?: Health; host?: string; port?: number; more?: readonly LocalPage[] }) {
    const { folder, host = '127.0.0.1', port = 0, more = [] } = options;
    const health = options.health ?? stagedHealth(this.clock);
    this.health = health;
    this.password = new LocalPassword({ folder, cost: { N: 1024, r: 8, p: 1 } });
    this.server = localStatus({
      host,
      port,
      password: this.password,
      health,
      logMemory: this.log,
      pages: more,
      clock: this.clock,
      log: silentLogger,
      random: randomBytes,
    });
  }

  /** Without following where it sends one on. */
  ask(path: string, asking: Asking = {}): Promise<Answer> {
    const { form, headers = {}, from = '127.0.0.1' } = asking;
    const { host, port, origin } = new URL(this.server.url!);
    const body = form === undefined ? undefined : new URLSearchParams(form).toString();
    const sent = form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded', origin };
    return new Promise((resolve, reject) => {
      const asked = request(
        {
          host: '127.0.0.1',
          port,
          path,
          method: asking.method ?? (form === undefined ? 'GET' : 'POST'),
          localAddress: from,
          headers: { host, ...sent, ...headers },
        },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (part: string) => {
            text += part;
          });
          response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, text }));
        },
      );
      asked.on('error', reject).end(body);
    });
  }

  /** The cookie of a new session. */
  async signIn(password: string): Promise<string> {
    const { headers } = await this.ask('/sign-in', { form: { password } });
    return headers['set-cookie']?.[0]?.split(';')[0] ?? '';
  }
}
