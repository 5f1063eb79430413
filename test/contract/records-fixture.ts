import { type Connection, type Model, Schema, type Types } from 'mongoose';

/** One store with its data; `open` may be called again after `close` of the connection and finds the same data. */
export interface StoreUnderTest {
  open(): Promise<Connection>;
  remove(): Promise<void>;
}

interface Item {
  sku: string;
  price: number;
  on?: boolean;
}
export interface Order {
  _id: Types.ObjectId;
  number: number;
  customer: string;
  note?: string | null;
  placedAt?: Date;
  seal?: Buffer;
  labels?: Map<string, string>;
  size?: bigint;
  address?: { city: string; street?: string };
  items: Item[];
  tags: string[];
  __v: number;
}
export interface Customer {
  _id: string;
  city: string;
}

const orderSchema = new Schema<Order>(
  {
    number: { type: Number, required: true },
    customer: { type: String, required: true },
    note: String,
    placedAt: Date,
    seal: Buffer,
    labels: { type: Map, of: String },
    size: BigInt,
    address: { type: new Schema({ city: String, street: String }, { _id: false }) },
    items: [new Schema<Item>({ sku: String, price: Number, on: Boolean }, { _id: false })],
    tags: [String],
  },
  { optimisticConcurrency: true },
);
orderSchema.index({ number: 1 }, { unique: true });
orderSchema.index({ customer: 1, note: 1 }, { unique: true, sparse: false });

const customerSchema = new Schema<Customer>({ _id: String, city: String });

/** The models over one store, and the calls the rules share. */
export class OpenStore {
  readonly #make: () => Promise<StoreUnderTest>;
  #store: StoreUnderTest | undefined;
  #connection: Connection | undefined;

  constructor(make: () => Promise<StoreUnderTest>) {
    this.#make = make;
  }

  get orders(): Model<Order> {
    return this.#open.model<Order>('Order');
  }

  get customers(): Model<Customer> {
    return this.#open.model<Customer>('Customer');
  }

  async start(): Promise<void> {
    this.#store ??= await this.#make();
    this.#connection = await this.#store.open();
    this.#connection.model<Customer>('Customer', customerSchema, 'customers');
    await this.#connection.model<Order>('Order', orderSchema, 'orders').createIndexes();
  }

  async reopen(): Promise<void> {
    await this.#open.close();
    await this.start();
  }

  async remove(): Promise<void> {
    await this.#connection?.close();
    await this.#store?.remove();
    this.#store = undefined;
  }

  add(number: number, more: Partial<Order> = {}) {
    return this.orders.create({ number, customer: `c${number}`, items: [], tags: [], ...more });
  }

  get #open(): Connection {
    if (this.#connection === undefined) throw new Error('not started');
    return this.#connection;
  }
}

/** The error of something that must fail. */
export async function failureOf(work: () => PromiseLike<unknown>): Promise<Record<string, unknown>> {
  try {
    await work();
  } catch (error) {
    return error as Record<string, unknown>;
  }
  throw new Error('expected a failure');
}
