import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { http2Scenes } from '../matrix/http2-scenes.js';
import { scenes } from '../matrix/scenes.js';
import { type Cell, countScene } from './count-scene.js';
import { versionOf } from './peer-packages.js';
import { type Peer, peers } from './peers.js';

const page = fileURLToPath(new URL('../../../docs/reference/http-matrix.md', import.meta.url));
const names = [...new Set(peers.map(({ name }) => name))];
const tables = new Map<string, string>();

async function cellsOf(peer: Peer): Promise<Cell[]> {
  const cells: Cell[] = [];
  for (const scene of peer.server.includes('HTTP/2') ? http2Scenes : scenes) {
    cells.push(await countScene(peer, scene));
  }
  return cells;
}

const isRight = ({ right, found }: Cell): boolean => right.join() === found.join();

const listed = (lines: readonly string[]): string =>
  lines.length === 0
    ? 'nothing'
    : lines.map((line) => `\`${line.replace(/ - /, ' no route ')}\``).join(', ');

/** The wrong cells; servers on which they are the same share a row. */
function table(name: string, counted: readonly (readonly [server: string, Cell[]])[]): string {
  const score = counted.map(
    ([server, cells]) => `${cells.filter(isRight).length} of ${cells.length} right on ${server}`,
  );
  const rows = new Map<string, string[]>();
  for (const [server, cells] of counted) {
    if (cells.every(({ found }) => found.length === 0)) {
      rows.set('any | as it is | nothing', [server]);
      continue;
    }
    for (const cell of cells.filter((candidate) => !isRight(candidate))) {
      const row = `${cell.scene} | ${listed(cell.right)} | ${listed(cell.found)}`;
      rows.set(row, [...(rows.get(row) ?? []), server]);
    }
  }
  return [
    `${name} ${versionOf(name)}: ${score.join(', ')}.`,
    '',
    '| request | right | counted | on |',
    '|---|---|---|---|',
    ...[...rows].map(([row, servers]) => `| ${row} | ${servers.join(', ')} |`),
  ].join('\n');
}

// `npm run vitest -- -u testing/http/peers` writes the page.
// Later versions of Node.js close responses that wait in a pipeline.
describe.skipIf(!process.version.startsWith('v20.'))('docs/reference/http-matrix.md', () => {
  it.each(names)('what %s counts', async (name) => {
    const counted: [server: string, Cell[]][] = [];
    for (const peer of peers) {
      if (peer.name === name) counted.push([peer.server, await cellsOf(peer)]);
    }
    tables.set(name, table(name, counted));
  });

  it('shows it', async () => {
    const text = readFileSync(page, 'utf8');
    const rendered = text.replace(
      /<!-- counted: (\S*) -->\n.*?<!-- end -->/gs,
      (_, name: string) => `<!-- counted: ${name} -->\n\n${tables.get(name)}\n\n<!-- end -->`,
    );
    await expect(rendered).toMatchFileSnapshot(page);
  });

  it('has a place for each', () => {
    const places = readFileSync(page, 'utf8').matchAll(/<!-- counted: (\S*) -->/g);
    expect(Array.from(places, ([, name]) => name)).toEqual(names);
  });
});
