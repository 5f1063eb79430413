import mongoose from 'mongoose';
import { EmbeddedConnection } from './connection.ts';

/** mongoose's own collection wrapper forwards each call to `db.collection(name)`, whichever database that is. */
const { Collection } = mongoose;

export const embeddedDriver = { Connection: EmbeddedConnection, Collection };
