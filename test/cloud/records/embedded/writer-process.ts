import { silentLogger } from '@gongfu/shared/base/logger';
import { connectRecords } from '#cloud/records/connect';
import { nextNumber } from '#cloud/records/counter';

/** Writes to the records in the folder given and says each write that was acknowledged, until it is killed. */
const folder = process.argv[2] ?? '';
const records = await connectRecords({ folder, log: silentLogger }).catch(
  (error: { code?: string; message: string }) => {
    process.send?.({ refused: error.code, detail: error.message });
    process.exit(3);
  },
);
process.send?.({ open: true });
process.on('disconnect', () => process.exit(0));

try {
  for (;;) {
    const first = await nextNumber(records, 'written', 3);
    const tenants = [0, 1, 2].map((offset) => ({ _id: `t${first + offset}`, name: { zh: '', en: String(first) } }));
    // Checked by the schema only when asked to: a test document needs no Chinese name.
    await records.tenants.collection.insertMany(tenants as never);
    process.send?.({ written: first });
  }
} catch (error) {
  const code = (cause: unknown) => (cause as { code?: string }).code;
  const readAfter = await records.tenants
    .findById('t1')
    .lean()
    .then(() => 'answered', code);
  process.send?.({ failed: code(error), ready: records.ready(), readAfter });
  await records.close();
  process.disconnect();
}
