// Node's undici doing over HTTP/2, on one connection, what curl_peer does with libcurl; the same arguments, the same output.
// usage: undici_peer.cjs [--stalled N --sibling URL] URL REQUESTS CONCURRENCY CA_FILE, undici found by NODE_PATH
// Where stalled readers starve the sibling, its part ends after a while and tells the bytes that came.
'use strict';
const {Client} = require('undici');
const {readFileSync} = require('node:fs');
const {setTimeout: sleep} = require('node:timers/promises');

const FILL_MS = 1000, FIRST_BYTES_MS = 10000, SIBLING_MS = 10000;
const options = {stalled: 0, sibling: null}, rest = process.argv.slice(2);
while (rest[0]?.startsWith('--')) {
  const name = rest.shift().slice(2);
  options[name] = name === 'stalled' ? Number(rest.shift()) : rest.shift();
}
const [url, requests, concurrency, ca] = rest;
const streams = Number(concurrency) + options.stalled;
const {origin} = new URL(url);
const client = new Client(origin, {allowH2: true, pipelining: streams, maxConcurrentStreams: streams, connect: {ca: readFileSync(ca)}});
const path = x => new URL(x).pathname;
let bytes = 0, failed = 0, resident = 0;

/// Transfers that take their first bytes and no more, and what they hold once their windows are full.
async function stall() {
  const idle = process.memoryUsage.rss(), held = [];
  const one = async () => {
    const {body} = await client.request({method: 'GET', path: path(url)});
    const pieces = body[Symbol.asyncIterator]();
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
    const {body} = await client.request({method: 'GET', path: what});
    for await (const piece of body)
      bytes += piece.length;
  } catch {
    ++failed;
  }
}

async function main() {
  const held = options.stalled > 0 ? await stall() : [];
  const what = path(options.sibling ?? url);
  let left = Number(requests);
  const begun = performance.now();
  const worker = async () => {
    while (left-- > 0)
      await read(what);
  };
  const work = Promise.all(Array.from({length: Number(concurrency)}, worker));
  await (options.stalled > 0 ? Promise.race([work, sleep(SIBLING_MS)]) : work);
  const seconds = (performance.now() - begun) / 1000;
  const {version} = require('undici/package.json');
  const line = `${seconds.toFixed(6)} ${bytes} ${failed} ${resident} undici/${version} node/${process.versions.node}\n`;
  process.stdout.write(line, () => process.exit(failed + (held.length < options.stalled) === 0 ? 0 : 1));
}

main();
