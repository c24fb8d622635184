// The API through a gRPC stack that is not ours: index, search, read, page, delete.
'use strict';

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const {after, before, test} = require('node:test');
const {Client} = require('./client');
const {FILES, GARDEN} = require('./corpus');
const {Daemon} = require('./daemon');

const PARENT = 'collections/notes';
let daemon;
let client;
let folder;

before(async () => {
  daemon = await Daemon.start();
  client = new Client(daemon.address);
  await client.untilServing();
  folder = daemon.write('files', FILES);
});

after(async () => {
  client.close();
  assert.strictEqual(await daemon.stop(), 0, daemon.log);
});

const document = (name) => path.join(folder, name);
const search = (request) => client.call('search', 'Search', {parent: PARENT, ...request});

test('health and reflection', async () => {
  for (const service of ['', 'seekd.v1.SearchService']) {
    const health = await client.call('health', 'Check', {service});
    assert.strictEqual(health.status, 'SERVING');
  }
  const services = await client.services();
  for (const name of ['CollectionService', 'DocumentService', 'IndexService', 'ModelService',
                      'SearchService', 'StatusService']) {
    assert.ok(services.includes(`seekd.v1.${name}`), `${name} in ${services}`);
  }
  assert.ok(services.includes('google.longrunning.Operations'));
});

test('create a collection', async () => {
  const dry = await client.call('collections', 'CreateCollection',
                                {collection_id: 'notes', validate_only: true});
  assert.strictEqual(dry.name, PARENT);
  const listed = await client.call('collections', 'ListCollections', {});
  assert.deepStrictEqual(listed.collections, []);
  const created = await client.call('collections', 'CreateCollection', {collection_id: 'notes'});
  assert.strictEqual(created.name, PARENT);
  assert.ok(created.model);
  assert.ok(created.create_time.seconds > 1.6e9);
});

test('index a folder and watch its progress', async () => {
  const {operation, updates, response} = await client.index(PARENT, folder);
  assert.ok(operation.done);
  assert.ok(!operation.error, JSON.stringify(operation.error));
  // Markdown, HTML, two texts, the man page, the broken text; the ignore file may count.
  assert.ok(response.added_count >= 6 && response.added_count <= 7, JSON.stringify(response));
  assert.ok(response.rebuilt);
  assert.ok(response.chunks_embedded >= 6);
  const last = updates[updates.length - 1];
  assert.strictEqual(last.phase, 'DONE');
  assert.strictEqual(last.collection, PARENT);
  assert.strictEqual(last.folder, folder);
  assert.strictEqual(last.files_done, last.files_found);
  const order = ['PHASE_UNSPECIFIED', 'SCANNING', 'READING', 'BUILDING', 'PUBLISHING', 'DONE'];
  const phases = updates.map((update) => order.indexOf(update.phase));
  assert.deepStrictEqual(phases, [...phases].sort((a, b) => a - b), 'phases only advance');
});

test('indexing again changes nothing', async () => {
  const {response} = await client.index(PARENT, folder);
  assert.strictEqual(response.added_count + response.updated_count + response.deleted_count, 0);
  assert.ok(response.unchanged_count >= 6);
  assert.strictEqual(response.chunks_embedded, 0);
});

test('skipped files are listed with reasons, ignored ones are no documents', async () => {
  const {skipped_files: skipped} = await client.call('documents', 'ListSkippedFiles', {parent: PARENT});
  const binary = skipped.find((file) => file.path === document('picture.bin'));
  assert.ok(binary, JSON.stringify(skipped));
  assert.match(binary.reason, /binary/);
  const {documents} = await client.call('documents', 'ListDocuments', {parent: PARENT});
  const ids = documents.map((each) => each.document_id);
  assert.ok(!ids.some((id) => id.includes('secret') || id.endsWith('.tmp')), `${ids}`);
});

test('a hit says where its text is', async () => {
  const {hits, stats} = await search({text: 'when should I cut back the roses', top_k: 3});
  const hit = hits[0];
  assert.strictEqual(hit.document_id, document('garden.md'));
  assert.strictEqual(hit.path, document('garden.md'));
  assert.strictEqual(hit.collection, PARENT);
  assert.match(hit.chunk, /^collections\/notes\/chunks\/\d+$/);
  assert.match(hit.text, /roses/);
  assert.ok(hit.score > 0 && hit.score <= 1.0001);
  const text = await client.readDocument(`${PARENT}/documents/${hit.document_id}`);
  assert.strictEqual(text.subarray(hit.byte_begin, hit.byte_end).toString(), hit.text);
  const lines = GARDEN.split('\n');
  assert.ok(hit.line_begin >= 1 && hit.line_end <= lines.length);
  assert.match(lines.slice(hit.line_begin - 1, hit.line_end).join('\n'), /Cut roses back/);
  for (const {begin, end} of hit.highlights) {
    assert.ok(begin < end && end <= Buffer.byteLength(hit.snippet));
  }
  assert.ok(stats.complete);
  // Of so few chunks all codes are scanned.
  assert.strictEqual(stats.strategy, 'FLAT');
  assert.ok(['converged', 'exhausted'].includes(stats.stop_reason), stats.stop_reason);
  assert.ok(stats.elapsed_us > 0);
});

test('each kind of file is found', async () => {
  for (const [query, name] of [['feeding a sourdough starter', 'page.html'],
                               ['how often to change oil', 'notes/engine.txt'],
                               ['times of high and low water', 'man/tide.1.gz'],
                               ['fog horn of the lighthouse', 'broken-utf8.txt']]) {
    const {hits} = await search({text: query, top_k: 1});
    assert.strictEqual(hits[0].document_id, document(name), query);
  }
});

test('every strategy finds the same best hit; brute ranks by exact score', async () => {
  const tops = [];
  for (const strategy of ['FRUGAL', 'EXACT', 'FLAT', 'BRUTE', 'TWO_LEVEL']) {
    const {hits, stats} = await search({text: 'turning the compost heap', top_k: 5, strategy});
    // Of so few chunks FRUGAL scans all codes, and says so.
    assert.strictEqual(stats.strategy, strategy === 'FRUGAL' ? 'FLAT' : strategy);
    const scores = hits.map((hit) => hit.score);
    assert.deepStrictEqual(scores, [...scores].sort((a, b) => b - a));
    tops.push(hits[0].chunk);
  }
  assert.deepStrictEqual(new Set(tops).size, 1);
});

test('a forced first stage is what the stats say ran', async () => {
  const ran = async (strategy, tuning) =>
    (await search({text: 'turning the compost heap', strategy, tuning})).stats.strategy;
  assert.strictEqual(await ran('FRUGAL', {first_stage: 'BEAM'}), 'FRUGAL');
  assert.strictEqual(await ran('FRUGAL', {first_stage: 'SCAN'}), 'FLAT');
});

test('a streamed search ends with what Search returns', async () => {
  const request = {parent: PARENT, text: 'turning the compost heap', top_k: 3, strategy: 'BRUTE'};
  const responses = await client.stream('search', 'StreamSearch', request);
  const last = responses.pop();
  for (const {stats} of responses) {
    assert.strictEqual(stats.complete, false);
    assert.strictEqual(stats.stop_reason, 'running');
  }
  assert.ok(last.stats.complete);
  assert.deepStrictEqual(last.hits, (await client.call('search', 'Search', request)).hits);
});

test('filters restrict what is searched', async () => {
  const ids = async (filter) =>
    (await search({text: 'oil for the engine', top_k: 50, filter})).hits.map((hit) => hit.document_id);
  const prefix = await ids({path_prefix: document('notes/')});
  assert.deepStrictEqual(new Set(prefix), new Set([document('notes/engine.txt'), document('notes/music.txt')]));
  assert.deepStrictEqual(new Set(await ids({path_glob: '**/*.html'})), new Set([document('page.html')]));
  fs.utimesSync(document('notes/music.txt'), 1000000000, 1000000000);
  await client.index(PARENT, folder);
  assert.deepStrictEqual(await ids({modified_before: {seconds: 1100000000}}), [document('notes/music.txt')]);
  assert.ok(!(await ids({modified_after: {seconds: 1100000000}})).includes(document('notes/music.txt')));
  assert.deepStrictEqual(await ids({path_prefix: '/nowhere'}), []);
});

test('like a chunk, like a document', async () => {
  const {hits} = await search({text: 'diesel engine', top_k: 1});
  const alike = await search({chunk: hits[0].chunk, top_k: 2});
  assert.ok(alike.hits.length > 0);
  const documentAlike = await search({document: `${PARENT}/documents/${document('garden.md')}`, top_k: 2});
  assert.ok(documentAlike.hits.length > 0);
});

test('documents added from bytes are searchable at once, replaced and deleted', async () => {
  const text = Buffer.from('Penguins huddle together to keep warm in the antarctic winter.\n');
  const messages = [
    {parent: PARENT, header: {document_id: 'mail/1', title: 'Penguins'}, data: text.subarray(0, 20)},
    {data: text.subarray(20)},
    {header: {document_id: 'mail/2', media_type: 'text/markdown'}, data: Buffer.from('# Owls\n\nOwls hunt at night.\n')},
    {header: {document_id: 'mail/3'}, data: Buffer.from([1, 0, 2, 0, 0])},
  ];
  const added = await client.send('documents', 'AddDocuments', messages);
  assert.strictEqual(added.added_count, 2);
  assert.deepStrictEqual(added.failures.map((failure) => failure.document_id), ['mail/3']);
  const again = await client.send('documents', 'AddDocuments', messages.slice(0, 2));
  assert.strictEqual(again.unchanged_count, 1);

  const name = `${PARENT}/documents/mail/1`;
  assert.deepStrictEqual(await client.readDocument(name), text);
  const info = await client.call('documents', 'GetDocument', {name});
  assert.strictEqual(info.title, 'Penguins');
  assert.strictEqual(info.source_bytes, text.length);
  const best = async () => (await search({text: 'how do penguins stay warm', top_k: 1})).hits[0];
  assert.strictEqual((await best()).document_id, 'mail/1');
  await client.call('documents', 'DeleteDocument', {name});
  assert.notStrictEqual((await best()).document_id, 'mail/1');
});

test('lists are paged', async () => {
  const ids = [];
  let page_token = '';
  do {
    const page = await client.call('documents', 'ListDocuments', {parent: PARENT, page_size: 2, page_token});
    assert.ok(page.documents.length <= 2);
    ids.push(...page.documents.map((each) => each.document_id));
    page_token = page.next_page_token;
  } while (page_token);
  const all = await client.call('documents', 'ListDocuments', {parent: PARENT});
  assert.deepStrictEqual(ids, all.documents.map((each) => each.document_id));
  assert.strictEqual(new Set(ids).size, ids.length);
  const few = await client.call('documents', 'ListDocuments', {parent: PARENT, path_prefix: 'mail/'});
  assert.deepStrictEqual(few.documents.map((each) => each.document_id), ['mail/2']);
});

test('chunks are exported with what is embedded', async () => {
  const parts = await client.stream('documents', 'ExportChunks', {parent: PARENT});
  const chunks = parts.flatMap((part) => part.chunks);
  const {chunk_count} = await client.call('collections', 'GetCollection', {name: PARENT});
  assert.strictEqual(chunks.length, chunk_count);
  assert.ok(chunks.some((chunk) => chunk.embedding_input.includes('Cut roses back')));
});

test('the ledger adds up', async () => {
  const status = await client.call('status', 'GetStatus', {});
  assert.strictEqual(status.api_version, 'v1');
  assert.strictEqual(status.pid, daemon.process.pid);
  const ledger = status.collections[0];
  assert.strictEqual(ledger.collection, PARENT);
  assert.strictEqual(ledger.health_code, 0);
  assert.ok(ledger.index_bytes >= ledger.graph_bytes + ledger.code_bytes + ledger.node_bytes);
  assert.ok(status.directory_bytes >= status.store_bytes + ledger.index_bytes);
  assert.ok(status.resident_bytes > 0);
});

test('exhaustive search agrees with brute', async () => {
  const texts = ['pruning', 'diesel engine oil'];
  const {answers} = await client.call('search', 'ExhaustiveSearch', {parent: PARENT, texts, top_k: 3});
  assert.strictEqual(answers.length, 2);
  for (let i = 0; i < texts.length; ++i) {
    const {hits} = await search({text: texts[i], top_k: 3, strategy: 'BRUTE'});
    answers[i].chunks.forEach((chunk, rank) =>
      assert.ok(Math.abs(chunk.score - hits[rank].score) < 1e-4));
  }
});

test('a collection moves to another model and back', async () => {
  const list = async () => (await client.call('models', 'ListModels', {})).models;
  const [usual] = await list();
  assert.strictEqual(usual.origin, 'DEFAULT');
  assert.deepStrictEqual(usual.collections, [PARENT]);
  assert.strictEqual(usual.dimensions, 256);
  // Another prefix of questions makes another model.
  const folder = path.join(daemon.folder, 'prefixed');
  fs.cpSync(usual.folder, folder, {recursive: true, dereference: true});
  const config = JSON.parse(fs.readFileSync(path.join(folder, 'config.json')));
  fs.writeFileSync(path.join(folder, 'config.json'), JSON.stringify({...config, query_prefix: 'query: '}));
  const added = await client.call('models', 'AddModel', {folder, model_id: 'second'});
  assert.strictEqual(added.name, 'models/second');
  assert.strictEqual(added.origin, 'ADDED');
  assert.strictEqual(added.fingerprint, '');
  assert.deepStrictEqual((await list()).map((model) => model.name), [usual.name, added.name].sort());

  const use = async (model) => client.follow(
      await client.call('models', 'UseModel', {collection: PARENT, model}));
  const {updates, response} = await use('models/second');
  assert.ok(response.rebuilt);
  assert.ok(response.added_count > 0);
  for (const update of updates) {
    assert.strictEqual(update.model, 'models/second');
    assert.strictEqual(update.collection, PARENT);
  }
  assert.strictEqual((await client.call('collections', 'GetCollection', {name: PARENT})).model, 'second');
  const {hits} = await search({text: 'turning the compost heap', top_k: 1});
  assert.strictEqual(hits[0].document_id, document('garden.md'));
  const used = await client.call('models', 'GetModel', {name: 'models/second'});
  assert.ok(used.is_loaded);
  assert.notStrictEqual(used.fingerprint, usual.fingerprint);

  const rows = await client.stream('models', 'BenchmarkModel',
                                   {name: used.name, lengths: [8], batch_rows: [1, 2]});
  assert.deepStrictEqual(rows.map((row) => [row.length, row.batch_rows]), [[8, 1], [8, 2]]);
  const refused = await client.failure('models', 'DeleteModel', {name: used.name});
  assert.strictEqual(refused.details.ErrorInfo.reason, 'MODEL_IN_USE');
  assert.ok((await use(usual.name)).response.rebuilt);
  await client.call('models', 'DeleteModel', {name: used.name});
  const missing = await client.failure('models', 'GetModel', {name: used.name});
  assert.strictEqual(missing.details.ErrorInfo.reason, 'MODEL_NOT_FOUND');
  assert.strictEqual(missing.details.ResourceInfo.resource_name, used.name);
});

test('a pull is an operation of its own kind', async () => {
  const begun = await client.call('models', 'PullModel', {repository: 'a/b/c', model_id: 'c'});
  const {operation, updates} = await client.follow(begun);
  assert.match(operation.error.message, /ORG\/NAME/);
  const last = updates[updates.length - 1];
  assert.strictEqual(last.model, 'models/c');
  assert.strictEqual(last.repository, 'a/b/c');
  assert.strictEqual(last.bytes_done, 0);
});

test('delete a collection', async () => {
  await client.call('collections', 'DeleteCollection', {name: PARENT});
  const listed = await client.call('collections', 'ListCollections', {});
  assert.deepStrictEqual(listed.collections, []);
});
