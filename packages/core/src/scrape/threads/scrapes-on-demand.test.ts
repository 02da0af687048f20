import { expect, test } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.js';
import type { ToShard } from '../messages.js';
import { noAnswer } from '../schedule/scrape-now.js';
import { ScrapesOnDemand } from './scrapes-on-demand.js';

function scene() {
  const clock = new ManualClock(0);
  const posted: ToShard[] = [];
  const scrapes = new ScrapesOnDemand(clock, (_slot, message) => posted.push(message) > 0);
  const answer = (id: number) => scrapes.answered(id, { ...noAnswer(undefined), bodyBytes: id });
  return { clock, posted, scrapes, answer };
}

test('who asks for a target that is being scraped has the same answer', async () => {
  const { posted, scrapes, answer, clock } = scene();
  const asked = [scrapes.run(0, 'a'), scrapes.run(0, 'a'), scrapes.run(0, 'b')];
  await clock.advance(5000);
  asked.push(scrapes.run(0, 'a'));
  answer(1);
  answer(2);
  expect((await Promise.all(asked)).map(({ bodyBytes }) => bodyBytes)).toEqual([1, 1, 2, 1]);
  expect(posted).toHaveLength(2);
});

test('a target is asked once a second at most, and then again', async () => {
  const { posted, scrapes, answer, clock } = scene();
  const first = scrapes.run(0, 'a');
  answer(1);
  await clock.advance(999);
  expect(await scrapes.run(0, 'a')).toBe(await first);
  expect(posted).toHaveLength(1);
  await clock.advance(1);
  const second = scrapes.run(0, 'a');
  answer(2);
  expect((await second).bodyBytes).toBe(2);
});
