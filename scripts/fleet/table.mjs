/** What runs where, with the URLs to open. */
export function formatTable(members, { exporters, prometheus }, intervalSeconds) {
  const rows = members.flatMap(({ name, url, what }) => [
    [name, `${url}/`, what],
    ['', `${url}/metrics`, 'its own metrics'],
    ['', `${url}/federate?match[]=up`, 'the last samples of the targets it scrapes'],
  ]);
  for (const exporter of exporters) rows.push(exporterRow(exporter));
  if (prometheus === undefined) {
    rows.push(['prometheus', 'not on PATH', 'nothing is delivered: samples stay in /federate']);
  } else {
    rows.push([
      'prometheus',
      `${prometheus.url}/`,
      'gets all samples by remote_write; try the query up',
    ]);
  }
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column].length)));
  const lines = rows.map(([name, where, what]) => {
    return `  ${name.padEnd(widths[0])}  ${where.padEnd(widths[1])}  ${what}`;
  });
  return [
    '',
    `Three agents share the targets below and scrape them every ${intervalSeconds} s:`,
    '',
    ...lines,
    '',
    'Ctrl-C stops all of it.',
    '',
  ].join('\n');
}

function exporterRow({ name, address, origin }) {
  if (address === undefined) return [name, 'not installed', 'left out'];
  const what = origin === 'found' ? 'was running, scraped' : 'started, scraped';
  return [name, `http://${address}/metrics`, what];
}
