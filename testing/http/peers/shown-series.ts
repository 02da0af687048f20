/**
 * The series of a text exposition without their values, sorted: those of HTTP metrics with all labels,
 * of all others the names of the metrics alone, for some come and go with what the process does. What
 * an agent says of itself is left out.
 */
export function shownSeries(text: string): string[] {
  const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name);
  const others = names.filter((name) => !isHttp(name) && !name.startsWith('prom_agent_'));
  const series = [...text.matchAll(/^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? \S+$/gm)]
    .filter(([, name = '']) => isHttp(name))
    .map(([, name, labels = '']) => `${name}{${sortedLabels(labels)}}`);
  return [...others, ...series].sort();
}

const isHttp = (name: string): boolean => /(^|_)http_request|(^|_)http_response/.test(name);

function sortedLabels(labels: string): string {
  return [...labels.matchAll(/\w+="(?:[^"\\]|\\.)*"/g)]
    .map(([label]) => label)
    .sort()
    .join();
}
