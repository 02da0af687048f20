import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Express, NextFunction, Request, Response } from 'express';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import promAgent from './index.js';

type ExpressModule = typeof import('express');

async function load(name: string): Promise<ExpressModule | undefined> {
  try {
    const module: { default: ExpressModule } = await import(name);
    return module.default;
  } catch {
    return undefined;
  }
}

const versions: [name: string, express: ExpressModule | undefined][] = [
  ['express', await load('express')],
  ['express4', await load('express4')],
];

const answers = (_: Request, response: Response): void => {
  response.send('ok');
};

function routesOf(express: ExpressModule, app: Express): void {
  app.get('/', answers);
  app.get('/users/:id', answers);
  app.all('/all', answers);
  app.get(['/list-a', '/list-b/:x'], answers);
  app.get(/^\/regexp\/(.*)$/, answers);
  app.get('/falls-through', (__, ___, next) => next());
  app.get('/throws/:id', () => {
    throw new Error('thrown');
  });
  app.get('/rewritten', (request, response, next) => {
    request.url = '/users/9';
    app(request, response, next);
  });
  app.use('/middleware', answers);

  const members = express.Router();
  members.get('/', answers);
  members.get('/:name', answers);
  members.get('/:name/throws', (__, ___, next) => next(new Error('passed on')));
  const orgs = express.Router();
  orgs.use('/:oid/members', members);
  orgs.get('/:oid', answers);
  app.use('/orgs', orgs);
  app.use('/v1/:version/x', express.Router().get('/y/:version', answers));

  const shared = express.Router().get('/item/:id', answers);
  app.use('/first', shared);
  app.use('/second/:tenant', shared);

  const admin = express();
  admin.get('/users/:id', answers);
  admin.use('/deep/:d', express.Router().get('/end', answers));
  app.use('/admin/:area', admin);

  app.use((error: Error, __: Request, response: Response, ___: NextFunction) => {
    response.status(500).send(error.message);
  });
}

interface Asked {
  express: ExpressModule;
  routes: (app: Express) => void;
  paths: string[];
}

/** What is counted when an app with the agent is asked for some paths. */
async function counted({ express, routes, paths }: Asked): Promise<string[]> {
  const registry = new Registry();
  const agent = promAgent({ registry, agent: { threads: 0 } });
  const app = express();
  app.set('env', 'test');
  app.use(agent);
  routes(app);
  const server = app.listen(0, '127.0.0.1');
  try {
    await agent.ready();
    const { port } = server.address() as AddressInfo;
    for (const path of paths) await (await fetch(`http://127.0.0.1:${port}${path}`)).text();
    return await countsOf(registry, paths.length);
  } finally {
    server.close();
    await agent.close();
  }
}

describe.each(versions)('the route of a request to %s', (_, express) => {
  it.skipIf(express === undefined).each<[string, string]>([
    ['/', 'GET / 200'],
    ['/users/7?x=1', 'GET /users/:id 200'],
    ['/all', 'GET /all 200'],
    ['/list-b/7', 'GET /list-a,/list-b/:x 200'],
    ['/regexp/any/thing', 'GET /^\\\\/regexp\\\\/(.*)$/ 200'],
    ['/orgs/7', 'GET /orgs/:oid 200'],
    ['/orgs/7/members', 'GET /orgs/:oid/members 200'],
    ['/orgs/7/members/', 'GET /orgs/:oid/members 200'],
    ['/orgs/orgs/members/7', 'GET /orgs/:oid/members/:name 200'],
    ['/orgs/a%20b/members/c%2Fd', 'GET /orgs/:oid/members/:name 200'],
    ['/orgs/7/members/8/throws', 'GET /orgs/:oid/members/:name/throws 500'],
    ['/throws/7', 'GET /throws/:id 500'],
    // The value of a parameter is also a part of the static path.
    ['/v1/1/x/y/2', 'GET /v1/:version/x/y/:version 200'],
    ['/v1/v1/x/y/x', 'GET /v1/:version/x/y/:version 200'],
    ['/first/item/7', 'GET /first/item/:id 200'],
    ['/second/8/item/7', 'GET /second/:tenant/item/:id 200'],
    ['/admin/eu/users/7', 'GET /admin/:area/users/:id 200'],
    ['/admin/eu/deep/5/end', 'GET /admin/:area/deep/:d/end 200'],
    ['/falls-through', 'GET /falls-through 404'],
    // Answered by no route, or by one that the path does not lead to: never the path itself.
    ['/middleware/7', 'GET __unknown__ 200'],
    ['/nothing/7', 'GET __unknown__ 404'],
    ['/admin/eu/nothing', 'GET __unknown__ 404'],
    ['/%zz', 'GET __unknown__ 404'],
  ])('%s is %s', async (path, expected) => {
    // Twice, for what is found out at first is kept; and another path on the same route.
    const paths = [path, path, path.replace('7', '8')];
    const routes = (app: Express): void => routesOf(express as ExpressModule, app);
    const counts = await counted({ express: express as ExpressModule, routes, paths });
    expect(counts).toEqual([`${expected} 3`]);
  });
});

describe.each(versions)('the route of an error in %s', (_, express) => {
  const throws = (): void => {
    throw new Error('thrown');
  };

  /** With apps in apps; each answers under `/ok`. */
  function mountedIn(app: Express, mountLate: boolean): void {
    const deep = (express as ExpressModule)();
    deep.get('/ok', answers);
    deep.get('/throws', throws);
    deep.get('/later', (__, ___, next) => void setImmediate(() => next(new Error('passed on'))));
    const middle = (express as ExpressModule)();
    middle.use('/deep/:d', deep);
    middle.get('/throws', throws);
    const mount = (): void => void app.use('/middle/:m', middle);
    app.get('/mounts', (__, response) => {
      mount();
      app.use(shows);
      response.send('ok');
    });
    if (!mountLate) mount();
    app.get('/throws', throws);
    app.use('/router', (express as ExpressModule).Router().get('/throws', throws));
    app.use(shows);
  }

  const shows = (error: Error, __: Request, response: Response, ___: NextFunction): void => {
    response.status(500).send(error.message);
  };

  it.skipIf(express === undefined).each([
    ['/middle/1/throws', '/middle/:m/throws'],
    ['/middle/1/deep/2/throws', '/middle/:m/deep/:d/throws'],
    ['/middle/1/deep/2/later', '/middle/:m/deep/:d/later'],
    ['/throws', '/throws'],
    ['/router/throws', '/router/throws'],
  ])(
    '%s that has left an app which is mounted in another is known, also where that has never answered',
    async (path, template) => {
      const routes = (app: Express): void => mountedIn(app, false);
      const counts = await counted({ express: express as ExpressModule, routes, paths: [path] });
      expect(counts).toEqual([`GET ${template} 500 1`]);
    },
  );

  it.skipIf(express === undefined)(
    'is looked for in time where routers are mounted in each other, again and again',
    async () => {
      const routes = (app: Express): void => {
        const routers = Array.from({ length: 4 }, () => (express as ExpressModule).Router());
        for (const router of routers) for (const other of routers) router.use('/in', other);
        for (const router of routers) app.use('/rings', router);
        mountedIn(app, false);
      };
      const paths = ['/middle/1/throws'];
      expect(await counted({ express: express as ExpressModule, routes, paths })).toHaveLength(1);
    },
  );

  it.skipIf(express === undefined)(
    'in an app that is mounted after the first request is known from its second error on',
    async () => {
      const routes = (app: Express): void => mountedIn(app, true);
      const paths = ['/mounts', '/middle/1/throws', '/middle/2/throws', '/middle/1/deep/2/throws'];
      expect(await counted({ express: express as ExpressModule, routes, paths })).toEqual([
        'GET /middle/:m/deep/:d/throws 500 1',
        'GET /middle/:m/throws 500 1',
        'GET /mounts 200 1',
        'GET __unknown__ 500 1',
      ]);
    },
  );
});

it.skipIf(versions[1]?.[1] === undefined)(
  'what was mounted with several paths in Express 4 has the template of each, with an expression its spelling',
  async () => {
    const express = versions[1]?.[1] as ExpressModule;
    const routes = (app: Express): void => {
      app.use(['/v1', '/v2/:x'], express.Router().get('/y', answers));
      app.use(/^\/t\d+/, express.Router().get('/y', answers));
    };
    const paths = ['/v1/y', '/v2/3/y', '/v1/y', '/t1/y', '/t2/y'];
    expect(await counted({ express, routes, paths })).toEqual([
      'GET /^\\\\/t\\\\d+/y 200 2',
      'GET /v1/y 200 2',
      'GET /v2/:x/y 200 1',
    ]);
  },
);

describe('the template of a mount that is a pattern', () => {
  const [[, express5], [, express4]] = versions as [
    [string, ExpressModule],
    [string, ExpressModule],
  ];

  it.skipIf(express4 === undefined).each([
    ['/:lang(en|de)', '/de/y', '/:lang/y'],
    ['/n/:n(\\d+)', '/n/5/y', '/n/:n/y'],
    ['/en/:lang(en|de)', '/en/en/y', '/en/:lang/y'],
    ['/:a-:b', '/1-2/y', '__unknown__'],
    ['/w/*/v', '/w/1/v/y', '/w/*/v/y'],
    [/^\/(?:x|z)-(\w+)/, '/z-7/y', '/^\\\\/(?:x|z)-(\\\\w+)/y'],
  ])('%s in Express 4', async (mount, path, expected) => {
    const routes = (app: Express): void => {
      app.use(mount, express4.Router().get('/y', answers));
    };
    const counts = await counted({ express: express4, routes, paths: [path] });
    expect(counts).toEqual([`GET ${expected} 200 1`]);
  });

  it.each<[string | RegExp | string[], string, string]>([
    [/^\/(?:x|z)-(\w+)/, '/z-7/y', '/^\\\\/(?:x|z)-(\\\\w+)/y'],
    [['/a/:x', '/b'], '/b/y', '/a/:x,/b/y'],
    ['/:a-:b', '/1-2/y', '/:a-:b/y'],
    ['/w/*rest', '/w/1/2/y', '__unknown__'],
  ])('%s in Express 5', async (mount, path, expected) => {
    const routes = (app: Express): void => {
      app.use(mount, express5.Router().get('/y', answers));
    };
    const counts = await counted({ express: express5, routes, paths: [path] });
    expect(counts.map((line) => line.split(' ')[1])).toEqual([expected]);
  });
});

/** Leaves in the layers of an app what routers before 2.3 keep there: not what they were mounted with. */
function forgetPaths(layers: readonly object[]): void {
  for (const layer of layers as { rawPath?: unknown; handle: { stack?: object[] } }[]) {
    expect(layer.rawPath).toBeDefined();
    delete layer.rawPath;
    forgetPaths(layer.handle.stack ?? []);
  }
}

it.each<[string, string | RegExp | string[], string[], string[]]>([
  ['a text', '/v1', ['/v1/y', '/v1/y'], ['/v1/y']],
  ['a parameter', '/v/:x', ['/v/1/y', '/v/2/y'], ['/v/:x/y']],
  ['an expression without groups', /^\/t\d+/, ['/t1/y', '/t2/y'], ['__unknown__']],
  ['an expression that ends', /^\/user-[a-z]+(?=\/)/, ['/user-bob/y'], ['__unknown__']],
  ['a list', ['/v1', '/v2', '/v/:x'], ['/v1/y', '/v2/y', '/v/3/y'], ['/v/:x/y', '/v1/y', '/v2/y']],
  [
    'a list with an expression',
    ['/v1', /^\/t\d/] as string[],
    ['/t1/y', '/v1/y'],
    ['/v1/y', '__unknown__'],
  ],
])(
  'a mount with %s in a router of Express 5 before 2.3 has no label that is a path of a request',
  async (_, mount, paths, expected) => {
    const express = versions[0]?.[1] as ExpressModule;
    const routes = (app: Express): void => {
      app.use(mount, express.Router().get('/y', answers));
      forgetPaths((app as unknown as { router: { stack: object[] } }).router.stack);
    };
    const counts = await counted({ express, routes, paths });
    expect(counts.map((line) => line.split(' ')[1])).toEqual(expected);
  },
);

/** `method route status count` of each series once there are so many requests. */
async function countsOf(registry: Registry, requests: number): Promise<string[]> {
  const pattern = /_count\{method="(.*)",route="(.*)",status_code="(.*)"\} (\d+)$/gm;
  for (;;) {
    const text = await registry.getSingleMetricAsString('http_request_duration_seconds');
    const found = [...text.matchAll(pattern)].map(([, ...parts]) => parts);
    const total = found.reduce((sum, parts) => sum + Number(parts.at(-1)), 0);
    if (total >= requests) return found.map((parts) => parts.join(' ')).sort();
    await sleep(5);
  }
}
