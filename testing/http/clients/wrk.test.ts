import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requireServer } from '../../servers/require-server.js';
import { runCommand } from '../../servers/run-command.js';
import { type TempFolder, tempFolder } from '../../servers/temp-folder.js';
import { requests } from '../matrix/counted.js';
import { driven, servers } from './drive.js';

const connections = 8;

/** Four requests at once on each connection. */
const pipelined = `
init = function()
  local one = {}
  for i = 1, 4 do one[i] = wrk.format("GET", "/users/" .. i) end
  all = table.concat(one)
end
request = function() return all end
`;

const oneByOne = `
local i = 0
request = function()
  i = i + 1
  return wrk.format("GET", i % 2 == 0 and "/users/" .. i or "/orgs/7/members/" .. i)
end
`;

describe.skipIf(requireServer('wrk'))('what wrk has sent is counted', () => {
  let folder: TempFolder;
  beforeAll(async () => {
    folder = await tempFolder('wrk');
    await writeFile(join(folder.path, 'one-by-one.lua'), oneByOne);
    await writeFile(join(folder.path, 'pipelined.lua'), pipelined);
  });
  afterAll(() => folder.remove());

  describe.each(servers)('by %s', (_, start) => {
    it.each([
      ['one-by-one', 1],
      ['pipelined', 4],
    ])('%s', async (script, atOnce) => {
      let sent = 0;
      const counts = await driven(start, async (url) => {
        const lua = join(folder.path, `${script}.lua`);
        const args = ['-t1', `-c${connections}`, '-d1s', '-s', lua, url];
        const { stdout } = await runCommand('wrk', args);
        expect(stdout).not.toMatch(/Socket errors|Non-2xx/);
        sent = Number(/(\d+) requests in/.exec(stdout)?.[1]);
      });
      // In the end it hangs up on what is not answered yet.
      const answered = requests(counts.filter((line) => line.includes(' 200 ')));
      const left = requests(counts.filter((line) => line.includes(' 499 ')));
      expect(sent).toBeGreaterThan(0);
      expect(answered).toBeGreaterThanOrEqual(sent);
      expect(answered + left).toBe(requests(counts));
      expect(answered + left).toBeLessThanOrEqual(sent + connections * atOnce);
    });
  });
});
