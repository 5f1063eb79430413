import { Problem } from '@gongfu/shared/base/problem';
import mongoose, { type Schema } from 'mongoose';

const { MongoBulkWriteError, MongoNetworkError, MongoServerError, MongoServerSelectionError } = mongoose.mongo;

/** How the driver says that a server is gone; not every class of it can be had by another way than its name. */
const names = [
  'MongoNotConnectedError',
  'MongoOperationTimeoutError',
  'MongoTopologyClosedError',
  'MongoWaitQueueTimeoutError',
];

/**
 * By which a server that answers says that it cannot just now: it is no primary, or none any more, is starting or stopping, its
 * members do not answer it in time, or what is asked collides with what is under way. Codes of MongoDB's list of errors; 50 is none of
 * them: a question that takes longer than the server allows takes as long the next time.
 */
const passingCodes: ReadonlySet<unknown> = new Set([
  6, 7, 24, 64, 89, 91, 112, 189, 262, 9001, 10058, 10107, 11600, 11602, 13435, 13436,
]);

/** A question took longer than the server allows. */
const timeExceeded = 50;

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
      next(isOutage(error) ? recordsUnreachable(error) : isTooSlow(error) ? tooSlow(error) : (error as Error));
    });
  }
}

/** Whether what failed with it may be asked again as it is, and hardly succeeds before. */
export function isOutage(error: unknown): boolean {
  if (error instanceof MongoServerError && (passingCodes.has(error.code) || error.hasErrorLabel('RetryableWriteError')))
    return true;
  // A bulk write wraps what has stopped it.
  const cause: unknown = error instanceof MongoBulkWriteError ? error.errorResponse : error;
  if (cause instanceof MongoNetworkError || cause instanceof MongoServerSelectionError) return true;
  // A write into a socket that has just been reset fails with the error of the system.
  return cause instanceof Error && (names.includes(cause.name) || 'syscall' in cause);
}

function isTooSlow(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === timeExceeded;
}

function tooSlow(cause: unknown): Problem {
  return new Problem({
    code: 'records-too-slow',
    detail: 'The MongoDB server for the records has ended a question that took longer than it allows.',
    advice:
      'Look for its indexes and its load, or allow more time there (defaultMaxTimeMS). The same again takes as long.',
    reaction: 'drop',
    status: 503,
    cause,
  });
}

export function recordsUnreachable(cause: unknown): Problem {
  return new Problem({
    code: 'records-unreachable',
    detail: 'The MongoDB server for the records does not answer, or cannot serve just now.',
    advice: 'Check MONGODB_URI, the server and the network between. Telemetry is taken and stored all the while.',
    reaction: 'retry',
    status: 503,
    retryAfterMs: 2_000,
    cause,
  });
}
