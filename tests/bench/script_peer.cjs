// Node's undici over HTTP/2, or Bun's fetch over HTTP/3, doing on one connection what curl_peer does with libcurl; the same
// arguments, the same output. usage: script_peer.cjs [--stalled N --sibling URL] URL REQUESTS CONCURRENCY CA_FILE, undici found
// by NODE_PATH; Bun takes the authority from NODE_EXTRA_CA_CERTS (over HTTP/3 its fetch refuses to be given one).
// Where stalled readers starve the sibling, its part ends after a while and tells the bytes that came.
'use strict';
const {readFileSync} = require('node:fs');
const {setTimeout: sleep} = require('node:timers/promises');

// Together below the 15 s after which tests/bench/compare kills a peer: so it tells what it saw.
const FILL_MS = 1000, FIRST_BYTES_MS = 5000, SIBLING_MS = 7000;
const options = {stalled: 0, sibling: null}, rest = process.argv.slice(2);
while (rest[0]?.startsWith('--')) {
  const name = rest.shift().slice(2);
  options[name] = name === 'stalled' ? Number(rest.shift()) : rest.shift();
}
const [url, requests, concurrency, ca] = rest;
const streams = Number(concurrency) + options.stalled;

/// name and version of the client, and how to get a body with it
function make() {
  if (process.versions.bun)
    return [`bun/${process.versions.bun}`, async x => (await fetch(x, {protocol: 'http3'})).body];
  const {Client} = require('undici');
  const client = new Client(new URL(url).origin, {allowH2: true, pipelining: streams, maxConcurrentStreams: streams, connect: {ca: readFileSync(ca)}});
  const name = `undici/${require('undici/package.json').version} node/${process.versions.node}`;
  return [name, async x => (await client.request({method: 'GET', path: new URL(x).pathname})).body];
}

const [name, get] = make();
let bytes = 0, failed = 0, resident = 0;

/// Transfers that take their first bytes and no more, and what they hold once their windows are full.
async function stall() {
  const idle = process.memoryUsage.rss(), held = [];
  const one = async () => {
    const pieces = (await get(url))[Symbol.asyncIterator]();
    held.push({pieces, first: await pieces.next()});
  };
  const all = Promise.all(Array.from({length: options.stalled}, one));
  await Promise.race([all, sleep(FIRST_BYTES_MS)]);
  if (held.length < options.stalled)
    process.stderr.write(`${held.length} of ${options.stalled} got their first bytes\n`);
  await sleep(FILL_MS);
  resident = Math.round((process.memoryUsage.rss() - idle) / 1024);
  return held;
}

async function read(what) {
  try {
    for await (const piece of await get(what))
      bytes += piece.length;
  } catch {
    ++failed;
  }
}

async function main() {
  const held = options.stalled > 0 ? await stall() : [];
  const what = options.sibling ?? url;
  let left = Number(requests);
  const begun = performance.now();
  const worker = async () => {
    while (left-- > 0)
      await read(what);
  };
  const work = Promise.all(Array.from({length: Number(concurrency)}, worker));
  await (options.stalled > 0 ? Promise.race([work, sleep(SIBLING_MS)]) : work);
  const seconds = (performance.now() - begun) / 1000;
  const line = `${seconds.toFixed(6)} ${bytes} ${failed} ${resident} ${name}\n`;
  process.stdout.write(line, () => process.exit(failed + (held.length < options.stalled) === 0 ? 0 : 1));
}

main();
