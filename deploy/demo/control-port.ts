import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Part } from '@gongfu/shared/base/lifecycle';
import type { PlantRun } from './simulation/plant-run.ts';
import type { PlantTime } from './simulation/plant-time.ts';

const bodyBytesMax = 10_000;

export interface ControlPortOptions {
  readonly port: number;
  readonly time: PlantTime;
  readonly run: PlantRun;
  /** Every value as it is at `plantMs`; 64-bit integers as strings. */
  readonly values: (plantMs: number) => Readonly<Record<string, number | boolean | string>>;
  /** What more there is to tell of the plant, as its fault. */
  readonly more?: () => object;
  /** Sets a fault; false when the body is none this plant knows. */
  readonly setFault: (body: unknown) => Promise<boolean>;
}

interface Answer {
  readonly status: number;
  readonly body: object;
}

/** Control of one simulated plant over HTTP, on the loopback only: time, faults, and the truth. */
export class ControlPort implements Part {
  readonly #options: ControlPortOptions;
  #server: Server | undefined;

  constructor(options: ControlPortOptions) {
    this.#options = options;
  }

  get port(): number {
    const address = this.#server?.address();
    return typeof address === 'object' && address !== null ? address.port : this.#options.port;
  }

  async start(): Promise<void> {
    const server = createServer((request, response) => void this.#meet(request, response));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#options.port, '127.0.0.1', resolve);
    });
    this.#server = server;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  async #meet(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, body } = await this.#answer(request).catch((error: unknown) => ({
      status: 500,
      body: { detail: String(error) },
    }));
    response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    const { run, setFault } = this.#options;
    switch (`${request.method} ${request.url}`) {
      case 'GET /health':
        return { status: 200, body: { status: 'ok' } };
      case 'GET /state':
        return { status: 200, body: this.#state() };
      case 'POST /run':
        run.run();
        return { status: 200, body: this.#state() };
      case 'POST /freeze':
        run.freeze();
        return { status: 200, body: this.#state() };
      case 'POST /fault': {
        const known = await setFault(await bodyOf(request));
        if (known) return { status: 200, body: this.#state() };
        return { status: 400, body: { detail: 'This plant knows no such fault; deploy/demo/README.md lists them.' } };
      }
      default:
        return { status: 404, body: { detail: 'There are GET /health, GET /state, POST /run, /freeze and /fault.' } };
    }
  }

  #state(): object {
    const { time, run, values, more } = this.#options;
    const plantMs = run.advance();
    return {
      running: time.running,
      speed: time.speed,
      plantMs,
      wallMs: time.wallOf(plantMs),
      ...more?.(),
      values: values(plantMs),
    };
  }
}

/** The request's JSON; undefined when it is none, or too long. */
async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) {
    text += String(chunk);
    if (text.length > bodyBytesMax) return undefined;
  }
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
