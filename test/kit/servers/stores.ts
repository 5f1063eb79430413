import { requireInflux } from './influx-server.ts';
import { requireMongo } from './mongo-server.ts';

/** Where the service keeps history and records while a suite runs over it. */
export interface Stores {
  /** For its environment. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

export interface StoreKind {
  readonly name: string;
  /** For a `before` hook: skips or fails as the servers' own do. */
  readonly open: (context: Mocha.Context) => Promise<Stores>;
}

/** The kinds a suite that shows the whole product runs over, each. */
export const storeKinds: readonly StoreKind[] = [
  { name: 'embedded stores', open: async () => ({ env: {}, stop: async () => {} }) },
  { name: 'InfluxDB and a MongoDB server', open: onServers },
];

let databases = 0;

async function onServers(context: Mocha.Context): Promise<Stores> {
  const influx = await requireInflux(context);
  const mongo = await requireMongo(context);
  const place = await influx.bucket();
  databases += 1;
  return {
    env: {
      INFLUX_URL: place.url,
      INFLUX_TOKEN: place.token,
      INFLUX_ORG: place.org,
      INFLUX_BUCKET: place.bucket,
      MONGODB_URI: mongo.uri(`gongfu-stores-${process.pid}-${databases}`),
    },
    async stop() {
      await influx.remove(place);
      await influx.stop();
      await mongo.stop();
    },
  };
}
