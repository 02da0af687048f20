import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePort } from './free-port.js';
import { installedEnv } from './installed-env.js';
import { type RunningProcess, startProcess } from './start-process.js';
import { tempFolder } from './temp-folder.js';
import { ZooKeeperWriter } from './zookeeper-writer.js';

export interface ZooKeeperServer {
  /** `127.0.0.1:port` */
  readonly address: string;
  readonly process: RunningProcess;
  /** Who changes nodes; a new one after each start. */
  readonly writer: ZooKeeperWriter;
  /** Ends the process and keeps its data. */
  halt(): Promise<void>;
  /** Starts it again after {@link halt}. */
  resume(): Promise<void>;
  /** How many clients are connected, this question and the writer not counted. */
  clients(): Promise<number>;
  /** Ends the process and removes its folder. */
  stop(): Promise<void>;
}

/** A real ZooKeeper on 127.0.0.1, alone. Its sessions time out after 400 ms at least. */
export async function startZooKeeper(): Promise<ZooKeeperServer> {
  const folder = await tempFolder('zookeeper');
  const port = await freePort();
  const configFile = join(folder.path, 'zoo.cfg');
  await writeFile(
    configFile,
    `tickTime=200
dataDir=${folder.path}/data
maxSessionTimeout=600000
clientPort=${port}
clientPortAddress=127.0.0.1
admin.enableServer=false
4lw.commands.whitelist=srvr,cons
`,
  );
  const start = async (): Promise<[RunningProcess, ZooKeeperWriter]> => {
    const running = await startJava(configFile, folder.path, port);
    return [running, await ZooKeeperWriter.connect(port)];
  };
  let [running, writer] = await start().catch(async (error: unknown) => {
    await folder.remove();
    throw error;
  });
  const halt = async (): Promise<void> => {
    writer.close();
    running.signal('SIGCONT');
    await running.stop();
  };
  return {
    address: `127.0.0.1:${port}`,
    get process() {
      return running;
    },
    get writer() {
      return writer;
    },
    halt,
    async resume() {
      [running, writer] = await start();
    },
    async clients() {
      const lines = (await fourLetterWord(port, 'cons')).split('\n').filter((line) => line.trim());
      return lines.length - 2;
    },
    async stop() {
      await halt();
      await folder.remove();
    },
  };
}

function startJava(configFile: string, cwd: string, port: number): Promise<RunningProcess> {
  const { JAVA: command = 'java', ZOOKEEPER_CLASSPATH: classPath = '' } = installedEnv();
  const main = 'org.apache.zookeeper.server.quorum.QuorumPeerMain';
  return startProcess({
    command,
    args: [
      '-Xmx128m',
      '-XX:+UseSerialGC',
      '-XX:TieredStopAtLevel=1',
      // What a test writes need not survive the machine.
      '-Dzookeeper.forceSync=no',
      '-cp',
      classPath,
      main,
      configFile,
    ],
    cwd,
    ready: async () => (await fourLetterWord(port, 'srvr')).includes('Mode: '),
  });
}

async function fourLetterWord(port: number, word: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' }).setEncoding('utf8');
  let answer = '';
  socket.on('data', (text) => {
    answer += text;
  });
  socket.write(word);
  try {
    await once(socket, 'close', { signal: AbortSignal.timeout(2_000) });
    return answer;
  } finally {
    socket.destroy();
  }
}
