const links = [
  ['/metrics', 'what the agent says of itself'],
  ['/federate?match[]=up', 'the last samples of the scraped targets; choose with match[]'],
  [
    '/api/v1/targets',
    'the targets this agent owns and their last scrapes; those it dropped, and why',
  ],
  ['/api/v1/scrape_pools', 'the jobs'],
  ['/api/v1/status/outputs', 'what was sent, what waits, what was dropped, by output'],
  ['/api/v1/status/config', 'the configuration in effect'],
  ['/api/v1/status/flags', 'the flags of the command line'],
  ['/api/v1/status/buildinfo', 'which version this is'],
  ['/-/healthy', '200 while the process answers'],
  ['/-/ready', '200 once every discovery has answered'],
] as const;

/** What is served here, for a person who opened the address. */
export function landingPage(version: string): string {
  const rows = links.map(([href, text]) => {
    const [path] = href.split('?');
    return `<dt><a href="${href}">${path}</a></dt><dd>${text}</dd>`;
  });
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>prom-agent</title></head>
<body>
<h1>prom-agent ${version}</h1>
<dl>
${rows.join('\n')}
</dl>
</body>
</html>
`;
}
