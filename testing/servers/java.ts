import { installedEnv } from './installed-env.js';

/** The jars of a Kafka, as a class path. */
export function kafkaLibs(version: '3.9' | '4.1'): string {
  return `${installedEnv()[`KAFKA_${version.replace('.', '_')}_LIBS`] ?? ''}/*`;
}

/** Of a program that lives for seconds: it is better off without the compiler for long runs. */
export function javaCommand(
  classPath: string,
  flags: readonly string[],
  main: string,
  args: readonly string[],
): { command: string; args: string[] } {
  const quick = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', ...flags];
  return {
    command: installedEnv()['JAVA'] ?? 'java',
    args: [...quick, '-cp', classPath, main, ...args],
  };
}
