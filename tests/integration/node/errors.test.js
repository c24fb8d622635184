// What a stranger's client sees when things go wrong: error details, limits,
// deadlines, cancellation. The daemon must survive all of it.
'use strict';

const assert = require('node:assert');
const net = require('node:net');
const {after, before, test} = require('node:test');
const {Client, grpc} = require('./client');
const {FILES, manyFiles} = require('./corpus');
const {Daemon} = require('./daemon');

const PARENT = 'collections/notes';
const MAX_QUERY = 1000000;
let daemon;
let client;

before(async () => {
  daemon = await Daemon.start();
  client = new Client(daemon.address);
  await client.untilServing();
  await client.index(PARENT, daemon.write('files', FILES));
});

after(async () => {
  client.close();
  assert.strictEqual(await daemon.stop(), 0, daemon.log);
});

const search = (request, options) =>
  client.call('search', 'Search', {parent: PARENT, ...request}, options);
const searchFailure = (request) => client.failure('search', 'Search', {parent: PARENT, ...request});

function checkInfo(error, code) {
  assert.strictEqual(error.code, code, JSON.stringify(error));
  assert.ok(error.message);
  assert.strictEqual(error.details.ErrorInfo.domain, 'seekd');
  assert.match(error.details.ErrorInfo.reason, /^[A-Z][A-Z0-9_]+$/);
}

test('NOT_FOUND names the resource', async () => {
  for (const [service, method, name] of [
    ['collections', 'GetCollection', 'collections/missing'],
    ['documents', 'GetDocument', `${PARENT}/documents/missing`],
  ]) {
    const error = await client.failure(service, method, {name});
    checkInfo(error, grpc.status.NOT_FOUND);
    assert.ok(error.details.ResourceInfo.resource_name.includes('missing'));
  }
  checkInfo(await client.failure('search', 'Search', {parent: 'collections/missing', text: 'x'}),
            grpc.status.NOT_FOUND);
});

test('ALREADY_EXISTS', async () => {
  const error = await client.failure('collections', 'CreateCollection', {collection_id: 'notes'});
  checkInfo(error, grpc.status.ALREADY_EXISTS);
  assert.ok(error.details.ResourceInfo.resource_name.includes('notes'));
});

test('INVALID_ARGUMENT names the field', async () => {
  for (const [request, field] of [
    [{text: 'x', top_k: -1}, 'top_k'], [{text: 'x', top_k: 1001}, 'top_k'],
    [{text: 'x', recall_target: 7}, 'recall_target'], [{text: 'x', parent: 'nonsense'}, 'parent'],
    [{text: ''}, 'text'], [{}, 'query'],
  ]) {
    const error = await searchFailure(request);
    checkInfo(error, grpc.status.INVALID_ARGUMENT);
    const fields = error.details.BadRequest.field_violations.map((violation) => violation.field);
    assert.ok(fields.some((name) => name.includes(field)), `${field} in ${fields}`);
  }
  const error = await client.failure('collections', 'CreateCollection', {collection_id: 'Not Valid'});
  checkInfo(error, grpc.status.INVALID_ARGUMENT);
});

test('a long query is answered; one beyond the model or the API is refused', async () => {
  const {hits} = await search({text: 'rose '.repeat(10000), top_k: 1});
  assert.strictEqual(hits.length, 1);
  const tooMany = await searchFailure({text: 'rose '.repeat(MAX_QUERY / 5)});
  checkInfo(tooMany, grpc.status.INVALID_ARGUMENT);
  assert.match(tooMany.message, /200000 tokens/);
  checkInfo(await searchFailure({text: 'x'.repeat(MAX_QUERY + 1)}), grpc.status.INVALID_ARGUMENT);
});

test('a request of 20 MB is refused, the next one served', async () => {
  const error = await searchFailure({text: 'x'.repeat(20 << 20)});
  assert.strictEqual(error.code, grpc.status.RESOURCE_EXHAUSTED);
  assert.strictEqual((await search({text: 'roses', top_k: 1})).hits.length, 1);
});

test('a deadline that has passed ends the call', async () => {
  const error = await client.failure('search', 'Search', {parent: PARENT, text: 'roses', strategy: 'BRUTE'},
                                     {deadline: Date.now() - 1});
  assert.strictEqual(error.code, grpc.status.DEADLINE_EXCEEDED);
});

test('garbage on the socket hurts nobody', async () => {
  for (const bytes of [Buffer.alloc(100000, 0xff), Buffer.from('GET / HTTP/1.1\r\n\r\n'), Buffer.alloc(0),
                       Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' + '\0'.repeat(5000))]) {
    await new Promise((resolve) => {
      const socket = net.connect(daemon.socket, () => socket.end(bytes));
      socket.on('error', resolve);
      socket.on('close', resolve);
      socket.resume();
    });
  }
  assert.strictEqual((await search({text: 'roses', top_k: 1})).hits.length, 1);
});

test('a cancelled index run keeps what it committed, the next one completes it', async () => {
  const count = 1500;
  const folder = daemon.write('many', manyFiles(count, 6));
  let cancelled = false;
  const {operation} = await client.index('collections/many', folder, (name, progress) => {
    if (!cancelled && (progress.phase === 'READING' || progress.files_done > 0)) {
      cancelled = true;
      client.call('operations', 'CancelOperation', {name});
    }
  });
  assert.ok(cancelled);
  assert.ok(operation.done);
  assert.strictEqual(operation.error.code, grpc.status.CANCELLED);

  const {response} = await client.index('collections/many', folder);
  assert.strictEqual(response.added_count + response.unchanged_count, count);
  const {hits} = await client.call('search', 'Search',
                                   {parent: 'collections/many', text: 'copper lantern harbour', top_k: 10});
  assert.strictEqual(hits.length, 10);
});

test('a search cancelled by its caller leaves the daemon well', async () => {
  await Promise.all(Array.from({length: 20}, () => new Promise((resolve) => {
    const call = client.stubs.search.Search(
        {parent: 'collections/many', text: 'thunder bridge', strategy: 'BRUTE'},
        (error) => { assert.ok(!error || error.code === grpc.status.CANCELLED); resolve(); });
    call.cancel();
  })));
  assert.ok((await client.call('search', 'Search', {parent: 'collections/many', text: 'thunder'})).hits.length > 0);
});

test('a tight deadline gives what was found or says so', async () => {
  const request = {parent: 'collections/many', text: 'marble ticket', strategy: 'BRUTE', top_k: 10,
                   tuning: {disable_cache: true}};
  try {
    const {stats} = await client.call('search', 'Search', request, {deadline: Date.now() + 25});
    assert.ok(stats.complete || stats.stop_reason === 'deadline');
  } catch (error) {
    assert.strictEqual(error.code, grpc.status.DEADLINE_EXCEEDED);
  }
});

test('an unknown operation', async () => {
  checkInfo(await client.failure('operations', 'GetOperation', {name: 'operations/4711'}), grpc.status.NOT_FOUND);
});

test('a folder that is not there, one that is not absolute', async () => {
  for (const folder of ['relative/path', '/nowhere/at/all']) {
    const error = await client.failure('index', 'IndexFolder', {parent: PARENT, folder});
    assert.ok([grpc.status.INVALID_ARGUMENT, grpc.status.NOT_FOUND].includes(error.code), JSON.stringify(error));
    assert.strictEqual(error.details.ErrorInfo.domain, 'seekd');
  }
});
