// The server that Node runs for the tests, of its core modules only: files, and a path for each odd thing it can do.
// Knows nothing of sluice.
#pragma once

namespace sluice::tests {

/// Arguments: the folder to serve; ports for HTTP/1.1, for HTTP/2 by prior knowledge, and for both under TLS.
inline constexpr const char* node_script = R"js('use strict';
const fs = require('fs'), http = require('http'), http2 = require('http2'), zlib = require('zlib');
const {pipeline} = require('stream');
const [folder, plain, plainHttp2, secure] = process.argv.slice(2);
const ignore = () => {}; // the client may go away at any time

function file(request, response, path) {
  const at = folder + path;
  if (!fs.existsSync(at)) {
    response.statusCode = 404;
    return response.end('there is no ' + path);
  }
  const size = fs.statSync(at).size;
  const accepted = request.headers['accept-encoding'];
  const coding = !path.endsWith('.txt') ? null : /gzip/.test(accepted) ? 'gzip' : /br/.test(accepted) ? 'br' : null;
  if (coding)
    response.setHeader('content-encoding', coding);
  else
    response.setHeader('content-length', size);
  if (request.method === 'HEAD')
    return response.end();
  const content = fs.createReadStream(at);
  if (coding === 'gzip')
    pipeline(content, zlib.createGzip(), response, ignore);
  else if (coding === 'br')
    pipeline(content, zlib.createBrotliCompress({params: {[zlib.constants.BROTLI_PARAM_QUALITY]: 4}}), response, ignore);
  else
    pipeline(content, response, ignore);
}

const paths = {
  '/echo': (request, response) => pipeline(request, response, ignore),
  // Answers with what the trailers of the request said, in the trailers of the response.
  '/trailers': (request, response) => {
    let bytes = 0;
    response.setHeader('trailer', 'x-seen, x-bytes');
    response.write('before the end');
    request.on('data', x => bytes += x.length);
    request.on('end', () => {
      response.addTrailers({'x-seen': request.trailers['x-sent'] || 'nothing', 'x-bytes': String(bytes)});
      response.end(' and after');
    });
  },
  '/hints': (request, response) => {
    response.writeEarlyHints({link: '</style.css>; rel=preload; as=style'});
    response.end('hinted');
  },
  // HTTP/2 only, from here on.
  '/reset': (request, response) => response.write('x'.repeat(1000), () => response.stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR)),
  '/goaway': (request, response) => {
    request.stream.session.goaway(http2.constants.NGHTTP2_NO_ERROR);
    file(request, response, '/large.bin');
  },
  '/close': (request, response) => {
    request.stream.session.close();
    file(request, response, '/large.bin');
  },
};

function answer(request, response) {
  request.on('error', ignore);
  response.on('error', ignore);
  response.setHeader('x-node', process.versions.node);
  const path = request.url;
  paths[path] ? paths[path](request, response) : file(request, response, path);
}

// A tunnel's other end says whom it was to reach, and then what it hears.
function tunnel(request) {
  const stream = request.stream;
  stream.on('error', ignore);
  stream.respond({':status': 200, 'x-authority': request.headers[':authority']});
  stream.pipe(stream);
}

const key = fs.readFileSync(folder + '/key.pem'), cert = fs.readFileSync(folder + '/cert.pem');
http.createServer(answer).listen(plain, '127.0.0.1');
http2.createServer(answer).on('connect', tunnel).on('sessionError', ignore).listen(plainHttp2, '127.0.0.1');
http2.createSecureServer({key, cert, allowHTTP1: true}, answer).on('connect', tunnel).on('sessionError', ignore).listen(secure, '127.0.0.1');
)js";

} // namespace sluice::tests
