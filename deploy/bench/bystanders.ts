import { get } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { LiveAnswer, LiveSample } from '@gongfu/shared/wire/live';
import { io, type Socket } from 'socket.io-client';
import { percentiles } from './process-meter.ts';
import type { Cloud } from './programs.ts';

/** Not the address abuse comes from: others sit at other machines. All of 127/8 is this one. */
const localAddress = '127.0.0.2';

type Percentiles = ReturnType<typeof percentiles>;

export interface Noticed {
  /** How fast the service says that it is well. */
  readonly healthMs: Percentiles;
  /** From the sending of a sample by its gateway to its arrival at a dashboard. */
  readonly ageMs: Percentiles;
  readonly dashboardsLeft: number;
}

/** Everybody else: dashboards that follow all there is, and somebody who asks every 50 ms whether the service is well. */
export class Bystanders {
  readonly #cloud: Pick<Cloud, 'url' | 'token'>;
  readonly #sockets: Socket[] = [];
  #agesMs: number[] = [];
  #healthMs: number[] = [];
  #asking = true;

  constructor(cloud: Pick<Cloud, 'url' | 'token'>) {
    this.#cloud = cloud;
  }

  /** The values of the samples must be the times they were sent at. */
  async start(count: number, tags: readonly string[]): Promise<void> {
    const { url, token } = this.#cloud;
    const options = { transports: ['websocket'], forceNew: true, reconnection: false, auth: { token }, localAddress };
    for (let n = 0; n < count; n += 1) {
      const socket = io(`${url}/live`, options);
      this.#sockets.push(socket);
      const answer: LiveAnswer = await socket.timeout(30_000).emitWithAck('subscribe', { tags });
      if (!answer.ok) throw new Error(JSON.stringify(answer));
      socket.on('samples', (samples: LiveSample[]) => {
        // One of each emission: what comes together is of one age.
        const last = samples.at(-1);
        if (last !== undefined) this.#agesMs.push(Date.now() - Number(last.value));
      });
    }
    void this.#ask();
  }

  /** What they noticed since they were asked last. */
  take(): Noticed {
    const noticed = {
      healthMs: percentiles(this.#healthMs),
      ageMs: percentiles(this.#agesMs),
      dashboardsLeft: this.#sockets.filter(({ connected }) => connected).length,
    };
    this.#agesMs = [];
    this.#healthMs = [];
    return noticed;
  }

  stop(): void {
    this.#asking = false;
    for (const socket of this.#sockets) socket.disconnect();
  }

  async #ask(): Promise<void> {
    while (this.#asking) {
      const start = performance.now();
      const status = await this.#health();
      if (status !== 200) throw new Error(`/healthz says ${status}`);
      this.#healthMs.push(performance.now() - start);
      await wait(50);
    }
  }

  #health(): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      const asked = get(`${this.#cloud.url}/healthz`, { localAddress }, (response) => {
        response.resume().on('end', () => resolve(response.statusCode));
      });
      // The service shuts idle connections after a while; one of them may have been asked just then, and asks anew.
      asked.on('error', (error: NodeJS.ErrnoException) => {
        if (asked.reusedSocket && error.code === 'ECONNRESET') resolve(this.#health());
        else reject(error);
      });
    });
  }
}
