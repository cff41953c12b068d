// Bun's own HTTP/3 server as an origin of files: usage: bun bun_origin.mjs FOLDER PORT [ADDRESS], with FOLDER/cert and FOLDER/key.
const [folder, port, hostname = '127.0.0.1'] = process.argv.slice(2);
Bun.serve({
  hostname, port: Number(port), http3: true, idleTimeout: 0,
  tls: {cert: Bun.file(`${folder}/cert`), key: Bun.file(`${folder}/key`)},
  fetch: request => new Response(Bun.file(folder + new URL(request.url).pathname)),
});
