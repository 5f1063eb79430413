import { Problem } from '@gongfu/shared/base/problem';
import mongoose, { type Schema } from 'mongoose';

const { MongoBulkWriteError, MongoNetworkError, MongoServerSelectionError } = mongoose.mongo;

/** How the driver says that a server is gone; not every class of it can be had by another way than its name. */
const names = ['MongoNotConnectedError', 'MongoTopologyClosedError', 'MongoWaitQueueTimeoutError'];

const operations = [
  'aggregate',
  'bulkWrite',
  'countDocuments',
  'deleteMany',
  'deleteOne',
  'distinct',
  'estimatedDocumentCount',
  'find',
  'findOne',
  'findOneAndDelete',
  'findOneAndReplace',
  'findOneAndUpdate',
  'insertMany',
  'replaceOne',
  'save',
  'updateMany',
  'updateOne',
] as const;

/** A mongoose plugin: whatever is asked of the records while their server is away fails with the one problem of that. */
export function tellsOutage(schema: Schema): void {
  for (const operation of operations) {
    schema.post(operation as 'find', (error: unknown, _result: unknown, next: (error?: Error) => void) => {
      next(isOutage(error) ? recordsUnreachable(error) : (error as Error));
    });
  }
}

function isOutage(error: unknown): boolean {
  // A bulk write wraps what has stopped it.
  const cause: unknown = error instanceof MongoBulkWriteError ? error.errorResponse : error;
  if (cause instanceof MongoNetworkError || cause instanceof MongoServerSelectionError) return true;
  // A write into a socket that has just been reset fails with the error of the system.
  return cause instanceof Error && (names.includes(cause.name) || 'syscall' in cause);
}

export function recordsUnreachable(cause: unknown): Problem {
  return new Problem({
    code: 'records-unreachable',
    detail: 'The MongoDB server for the records does not answer.',
    advice: 'Check MONGODB_URI, the server and the network between. Telemetry is taken and stored all the while.',
    reaction: 'retry',
    status: 503,
    retryAfterMs: 2_000,
    cause,
  });
}
