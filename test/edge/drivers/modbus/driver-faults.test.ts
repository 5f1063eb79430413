import type { Socket } from 'node:net';
import { sleep, systemClock } from '@gongfu/shared/base/clock';
import { StatusCode } from '@gongfu/shared/model/quality';
import { expect } from 'chai';
import { DriverBench, requireTruth, tags, timeoutMs } from './driver-bench.ts';
import {
  type Answer,
  answerTruth,
  exceptionOf,
  frameOf,
  RawServer,
  truthOf,
  type Wire,
  type WireRequest,
} from './raw-server.ts';

const wrongData = Buffer.alloc(20, 0x5a);
const inPieces =
  (pieces: readonly Buffer[], pauseMs: number): Answer =>
  async (_, socket) => {
    for (const piece of pieces) {
      if (socket.destroyed) return;
      socket.write(piece);
      await sleep(systemClock, pauseMs);
    }
  };
const write =
  (bytesOf: (request: WireRequest) => Buffer): Answer =>
  (request, socket) =>
    void socket.write(bytesOf(request));

/** Lies that only the header of Modbus TCP can tell. */
const hostileHeaders: Record<string, Answer> = {
  'transaction of the next request': write((r) => frameOf(r, wrongData, { transaction: r.transaction + 1 })),
  'transaction of an earlier request': write((r) => frameOf(r, wrongData, { transaction: r.transaction - 1 })),
  // Without transaction numbers it could not be told from the answer to the next request.
  'the answer twice, a moment apart': (r, socket) => inPieces([truthOf(r), frameOf(r, wrongData)], 30)(r, socket),
  'protocol id 7': write((r) => frameOf(r, wrongData, { protocol: 7 })),
  'length 0': write((r) => frameOf(r, wrongData, { length: 0 })),
  'length 2': write((r) => frameOf(r, wrongData, { length: 2 })),
  'length 255': write((r) => frameOf(r, wrongData, { length: 255 })),
  'length 4000': write((r) => frameOf(r, wrongData, { length: 4000 })),
  'length 65535': write((r) => frameOf(r, wrongData, { length: 65535 })),
};

/** Lies that only a checksum can tell. */
const hostileChecks: Record<string, Answer> = {
  'one bit of the checksum wrong': write((r) => frameOf(r, wrongData, { check: 1 })),
  'the checksum turned over': write((r) => frameOf(r, wrongData, { check: 0xff })),
};

const hostile: Record<string, Answer> = {
  'wrong unit': write((r) => frameOf(r, wrongData, { unitId: 9 })),
  'wrong function': write((r) => frameOf(r, wrongData, { functionCode: 4 })),
  'exception of another function': write((r) => exceptionOf({ ...r, functionCode: 4 }, 2)),
  'byte count 0, empty': write((r) => frameOf(r, Buffer.alloc(0))),
  'byte count 0, data there': write((r) => frameOf(r, wrongData, { byteCount: 0 })),
  'byte count 200': write((r) => frameOf(r, wrongData, { byteCount: 200 })),
  'one register too few': write((r) => frameOf(r, wrongData.subarray(2))),
  'one register too many': write((r) => frameOf(r, Buffer.alloc(22, 0x5a))),
  'odd data': write((r) => frameOf(r, wrongData.subarray(1))),
  'half a frame, then silence': write((r) => truthOf(r).subarray(0, 15)),
  'one byte in 20 ms': (r, socket) =>
    inPieces(
      Array.from(truthOf(r), (byte) => Buffer.from([byte])),
      20,
    )(r, socket),
  'two frames in one segment': write((r) => Buffer.concat([truthOf(r), frameOf(r, wrongData)])),
  'answer after the deadline': (r, socket) =>
    void systemClock.after(timeoutMs * 1.5, () => socket.writable && socket.write(frameOf(r, wrongData))),
  reset: (_, socket) => void socket.resetAndDestroy(),
  'end in the middle of a frame': (r, socket) => void socket.end(truthOf(r).subarray(0, 12)),
  'never an answer': () => {},
  'noise of 100 kB': write(() => Buffer.alloc(100_000, 0xa5)),
};

const wires = {
  tcp: { ...hostileHeaders, ...hostile },
  rtu: { ...hostileChecks, ...hostile },
  ascii: { ...hostileChecks, ...hostile },
};

for (const [wire, lies] of Object.entries(wires) as [Wire, Record<string, Answer>][]) {
  describe(`Modbus driver in framing ${wire} against a server that lies:`, function () {
    this.timeout(60_000);

    for (const [name, lie] of Object.entries(lies)) {
      it(`${name} – never a wrong value, good again within two polls`, async () => {
        const server = new RawServer(wire);
        const bench = new DriverBench(await server.start(), tags, { framing: wire });
        try {
          await bench.driver.start();
          requireTruth(await bench.poll());
          server.answer = lie;
          requireTruth(await bench.poll());
          requireTruth(await bench.poll());
          server.answer = answerTruth;
          expect(await bench.pollsUntilGood()).to.be.at.most(2);
        } finally {
          await bench.driver.stop();
          await server.stop();
        }
      });
    }
  });
}

describe('Modbus driver against a server that', function () {
  this.timeout(60_000);
  let server: RawServer;
  let bench: DriverBench;

  beforeEach(async () => {
    server = new RawServer();
    bench = new DriverBench(await server.start());
    await bench.driver.start();
  });

  afterEach(async () => {
    await bench.driver.stop();
    await server.stop();
  });

  it('tells the truth: every value right, one request, one connection', async () => {
    for (let i = 0; i < 300; i += 1) requireTruth(await bench.poll());
    expect(bench.driver.health()).to.deep.equal({ state: 'connected', detail: '' });
    expect([server.requests.length, server.connectionsTotal]).to.deep.equal([300, 1]);
  });

  it('lies once: the samples of that poll are bad, the next poll is good', async () => {
    await bench.poll();
    server.answer = (request, socket) => {
      server.answer = answerTruth;
      socket.write(frameOf(request, wrongData, { unitId: 2 }));
    };
    const samples = await bench.poll();
    expect(new Set(samples.map(({ status }) => status))).to.deep.equal(new Set([StatusCode.BadCommunicationError]));
    const next = await bench.poll();
    requireTruth(next);
    expect(next[0]!.status).to.equal(StatusCode.Good);
  });

  it('is replaced while a late answer is on its way: the old connection ends, the answer meets nobody', async () => {
    const late: (() => void)[] = [];
    server.answer = (request: WireRequest, socket: Socket) =>
      void late.push(() => socket.write(frameOf(request, wrongData)));
    expect((await bench.poll())[0]!.status).to.equal(StatusCode.BadTimeout);
    server.answer = (request, socket) => {
      for (const send of late.splice(0)) send();
      answerTruth(request, socket);
    };
    expect(await bench.pollsUntilGood()).to.be.at.most(2);
    expect(server.connectionsTotal).to.be.at.least(2);
  });

  it('sends an answer of an earlier connection again: no request ever has its number', async () => {
    const kept: Buffer[] = [];
    server.answer = (request, socket) => {
      kept.push(frameOf(request, wrongData));
      socket.destroy();
    };
    for (let i = 0; i < 5; i += 1) {
      requireTruth(await bench.poll());
      await sleep(systemClock, 60);
    }
    expect(kept.length).to.be.at.least(2);
    server.answer = (_, socket) => void socket.write(kept.shift() ?? Buffer.alloc(20));
    for (let i = 0; i < 5; i += 1) {
      requireTruth(await bench.poll());
      await sleep(systemClock, 60);
    }
    const numbers = server.requests.map(({ transaction }) => transaction);
    expect(new Set(numbers).size).to.equal(numbers.length);
  });

  it('answers a thousand requests: transaction numbers go on beyond 255', async () => {
    for (let i = 0; i < 1000; i += 1) await bench.poll();
    expect(new Set(server.requests.map(({ transaction }) => transaction)).size).to.equal(1000);
  });

  for (const [code, status] of [
    [1, StatusCode.BadNotSupported],
    [4, StatusCode.BadDeviceFailure],
    [6, StatusCode.BadResourceUnavailable],
    [11, StatusCode.BadNoCommunication],
    [12, StatusCode.BadUnexpectedError],
    [255, StatusCode.BadUnexpectedError],
  ] as const) {
    it(`answers exception ${code}: bad samples, and the connection is kept`, async () => {
      server.answer = (request, socket) => void socket.write(exceptionOf(request, code));
      const samples = await bench.poll();
      requireTruth(samples);
      expect(samples[0]!.status).to.equal(status);
      server.answer = answerTruth;
      expect(await bench.pollsUntilGood()).to.equal(1);
      expect(server.connectionsTotal).to.equal(1);
    });
  }

  it('does not have register 104: only that tag is bad, and the finer requests are remembered', async () => {
    server.answer = (request, socket) => {
      const { start, count } = request;
      const has = start > 104 || start + count <= 104;
      socket.write(has ? truthOf(request) : exceptionOf(request, 2));
    };
    for (let i = 0; i < 2; i += 1) {
      const samples = await bench.poll();
      requireTruth(samples);
      const bad = samples.filter(({ call }) => call === 'bad');
      expect(bad.map(({ tag, status }) => [tag, status])).to.deep.equal([[104, StatusCode.BadNotFound]]);
    }
    const before = server.requests.length;
    await bench.poll();
    const counts = server.requests.slice(before).map(({ count }) => count);
    expect(counts.length).to.be.at.most(5);
    expect(counts.reduce((sum, count) => sum + count, 0)).to.equal(10);
    expect(bench.driver.health().detail).to.match(/holding:104.*does not exist/);
    expect(bench.logs.lines.filter((line) => line.includes('refused'))).to.have.lengthOf(1);
  });

  it('goes away and comes back: bad at once, told once, found again', async () => {
    requireTruth(await bench.poll());
    const { port } = server;
    await server.stop();
    for (let i = 0; i < 5; i += 1) {
      const samples = await bench.poll();
      requireTruth(samples);
      expect(samples[0]!.call).to.equal('bad');
      await sleep(systemClock, 20);
    }
    expect(bench.driver.health()).to.include({ state: 'failing' });
    expect(bench.driver.health().detail).to.match(/ECONNREFUSED/);
    server = new RawServer();
    await server.start(port);
    expect(await bench.pollsUntilGood(40)).to.be.below(40);
    expect(bench.logs.lines.map((line) => line.split(':')[0])).to.deep.equal(['found', 'lost', 'found']);
  });
});
