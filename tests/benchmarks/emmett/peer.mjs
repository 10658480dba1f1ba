// Run another event store on the PostgreSQL named in the first argument, one case a line of stdin.
//
// A line is {"case": …, "count": …}; the answer is {"events": n}. The caller takes the time: both
// sides then pay the same few microseconds for the pipe.
import { createInterface } from "node:readline";
import { dumbo } from "@event-driven-io/dumbo";
import { getPostgreSQLEventStore, readMessagesBatch } from "@event-driven-io/emmett-postgresql";

const WRITERS = 32;
const PAGE = 5_000;

const address = process.argv[2];
const store = getPostgreSQLEventStore(address, { schema: { autoMigration: "CreateOrUpdate" } });
await store.schema.migrate();
const pool = dumbo({ connectionString: address });

const event = (number) => ({
  type: "phase.progress_recorded.v1",
  data: {
    phase_id: `p${number % 50}`,
    remaining_min: 480 - (number % 480),
    percent_complete: number % 100,
    quantity_good: number % 1000,
    quantity_scrap: number % 7,
    work_done_min: number % 480,
    measured_at: "2026-03-02T06:00:00Z",
    reported_by: "mes-hall-1",
  },
});

let next = 0;

const cases = {
  // As many writers at once as Takt is measured with, one event each, one stream each.
  async writers(count) {
    const each = Math.floor(count / WRITERS);
    const write = async (writer) => {
      for (let place = 0; place < each; place += 1) {
        await store.appendToStream(`phase-PRJ-${writer}`, [event((next += 1))]);
      }
    };
    await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)));
    return each * WRITERS;
  },
  async hundreds(count) {
    for (let done = 0; done < count; done += 100) {
      const events = Array.from({ length: 100 }, () => event((next += 1)));
      await store.appendToStream(`batch-${next % 200}`, events);
    }
    return count;
  },
  async replay() {
    let after = 0n;
    let read = 0;
    for (;;) {
      const page = await readMessagesBatch(pool.execute, { after, batchSize: PAGE });
      read += page.messages.length;
      if (!page.areMessagesLeft || page.messages.length === 0) return read;
      after = page.currentGlobalPosition;
    }
  },
};

process.stdout.write(`${JSON.stringify({ ready: true })}\n`);
for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  process.stdout.write(`${JSON.stringify({ events: await cases[asked.case](asked.count) })}\n`);
}
await pool.close();
await store.close();
