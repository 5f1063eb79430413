import { type Clock, sleep } from '@gongfu/shared/base/clock';
import { messageOf, Problem } from '@gongfu/shared/base/problem';

const pollMs = 150;
const requestTimeoutMs = 10_000;

export interface SignIn {
  readonly user: string;
  readonly password: string;
}

/** The few questions the demonstration asks the cloud, over the same outward interface as everybody. */
export class CloudClient {
  readonly #url: string;
  readonly #clock: Clock;

  constructor(options: { url: string; clock: Clock }) {
    this.#url = options.url;
    this.#clock = options.clock;
  }

  /** Until `/readyz` says 200. @throws Problem after `withinMs`. */
  async untilReady(withinMs: number): Promise<void> {
    await this.#until('the cloud is ready', withinMs, async () => {
      const response = await this.#fetch('/readyz');
      return response.ok ? undefined : await response.text();
    });
  }

  /** Until a gateway is online and more samples of this start are stored than the `past` it brings along. */
  async untilSamplesArrive(past: number, withinMs: number): Promise<void> {
    await this.#until('the samples of the plant arrive in the cloud', withinMs, async () => {
      const figures = await (await this.#fetch('/metrics')).text();
      const online = figureOf(figures, 'gongfu_cloud_gateways_online');
      const samples = figureOf(figures, 'gongfu_cloud_samples_total');
      return online > 0 && samples > past ? undefined : `${online} gateways online, ${samples} samples stored`;
    });
  }

  /** A one-time code for a gateway of this name. */
  async enrolmentCode(signIn: SignIn, gatewayName: string): Promise<string> {
    const { token } = await this.#post('/api/v1/sessions', signIn, {});
    const authorization = { authorization: `Bearer ${token}` };
    const { code } = await this.#post('/api/v1/gateways', { name: gatewayName }, authorization);
    // The session was for this one question.
    await this.#fetch('/api/v1/sessions/current', { method: 'DELETE', headers: authorization });
    return String(code);
  }

  async #post(path: string, body: object, headers: Record<string, string>): Promise<Record<string, unknown>> {
    const response = await this.#fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (response.ok) return JSON.parse(text) as Record<string, unknown>;
    throw new Problem({
      code: 'cloud-refused',
      detail: `The cloud answered ${response.status} to POST ${path}: ${text}`,
      advice: 'This belongs to the first start; begin anew with an empty DATA_DIR, or report it.',
      reaction: 'stop',
    });
  }

  #fetch(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(`${this.#url}${path}`, { ...init, signal: AbortSignal.timeout(requestTimeoutMs) });
  }

  /** Asks again and again; `missing` tells what is not there yet, undefined when all is. */
  async #until(what: string, withinMs: number, missing: () => Promise<string | undefined>): Promise<void> {
    const endMs = this.#clock.monotonicMs() + withinMs;
    for (;;) {
      const lacks = await missing().catch((error: unknown) => messageOf(error));
      if (lacks === undefined) return;
      if (this.#clock.monotonicMs() > endMs) {
        throw new Problem({
          code: 'start-slow',
          detail: `Waited ${withinMs / 1_000} s until ${what}, in vain: ${lacks}`,
          advice: 'Look into the logs folder of DATA_DIR, cloud.log and edge.log first.',
          reaction: 'stop',
        });
      }
      await sleep(this.#clock, pollMs);
    }
  }
}

/** A figure of a Prometheus text; 0 when it is not there. */
function figureOf(text: string, name: string): number {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `));
  return line === undefined ? 0 : Number(line.slice(name.length + 1));
}
