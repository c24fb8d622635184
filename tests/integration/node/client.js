// A client of seekd.v1 as somebody else would write it: @grpc/grpc-js and the
// .proto files, nothing of ours.
'use strict';

const path = require('node:path');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');
const protobuf = require('protobufjs');
const {eventually} = require('./daemon');

const PROTO = path.resolve(__dirname, '../../../proto');
const STANDARD = path.join(__dirname, 'proto');
const FILES = ['collections', 'documents', 'index', 'models', 'search', 'status']
                  .map((name) => `seekd/v1/${name}.proto`)
                  .concat('google/longrunning/operations.proto', 'grpc/health/v1/health.proto',
                          'grpc/reflection/v1alpha/reflection.proto');

const api = grpc.loadPackageDefinition(loader.loadSync(FILES, {
  includeDirs: [PROTO, STANDARD], keepCase: true, longs: Number, enums: String, defaults: true,
  oneofs: true,
}));

// Types for what travels inside google.protobuf.Any.
const types = new protobuf.Root();
types.resolvePath = (_, target) =>
    target.startsWith('google/protobuf/') ? target : path.join(PROTO, target);
types.loadSync(['google/rpc/status.proto', 'google/rpc/error_details.proto',
                'seekd/v1/index.proto', 'seekd/v1/models.proto'], {keepCase: true});

function unpack(any) {
  const type = types.lookupType(any.type_url.split('/').pop());
  return type.toObject(type.decode(any.value), {longs: Number, enums: String, defaults: true});
}

// {code, message, details: {ErrorInfo: {...}, BadRequest: {...}, ...}} of a failed call.
function readError(error) {
  const details = {};
  for (const bytes of error.metadata.get('grpc-status-details-bin')) {
    const status = types.lookupType('google.rpc.Status').decode(bytes);
    for (const any of status.details) details[any.type_url.split('.').pop()] = unpack(any);
  }
  return {code: error.code, message: error.details, details};
}

// Promise-returning stubs of every service.
class Client {
  constructor(address) {
    const make = (Service) => new Service(address, grpc.credentials.createInsecure(), {
      'grpc.max_send_message_length': 64 << 20,
    });
    this.stubs = {
      collections: make(api.seekd.v1.CollectionService),
      documents: make(api.seekd.v1.DocumentService),
      index: make(api.seekd.v1.IndexService),
      models: make(api.seekd.v1.ModelService),
      search: make(api.seekd.v1.SearchService),
      status: make(api.seekd.v1.StatusService),
      operations: make(api.google.longrunning.Operations),
      health: make(api.grpc.health.v1.Health),
      reflection: make(api.grpc.reflection.v1alpha.ServerReflection),
    };
  }

  // Waits until the daemon, whose socket stands, serves. A socket stands before anybody listens
  // to it: until then a call is UNAVAILABLE.
  async untilServing() {
    await eventually('SERVING', async () => {
      try {
        const {status} = await this.call('health', 'Check', {service: ''});
        return status === 'SERVING';
      } catch (error) {
        if (error.code === grpc.status.UNAVAILABLE) return false;
        throw error;
      }
    });
  }

  close() { Object.values(this.stubs).forEach((stub) => stub.close()); }

  // One request, one response.
  call(service, method, request, options = {}) {
    return new Promise((resolve, reject) => {
      this.stubs[service][method](request, options,
                                  (error, response) => error ? reject(error) : resolve(response));
    });
  }

  // The error of a call that must fail.
  async failure(service, method, request, options = {}) {
    let response;
    try {
      response = await this.call(service, method, request, options);
    } catch (error) {
      return readError(error);
    }
    throw new Error(`${method} succeeded: ${JSON.stringify(response).slice(0, 300)}`);
  }

  // Every message of a server stream.
  stream(service, method, request, onMessage = () => {}) {
    return new Promise((resolve, reject) => {
      const messages = [];
      const call = this.stubs[service][method](request);
      call.on('data', (message) => { messages.push(message); onMessage(message); });
      call.on('error', reject);
      call.on('end', () => resolve(messages));
    });
  }

  // Sends `messages`, then the response.
  send(service, method, messages) {
    return new Promise((resolve, reject) => {
      const call = this.stubs[service][method](
          (error, response) => error ? reject(error) : resolve(response));
      messages.forEach((message) => call.write(message));
      call.end();
    });
  }

  async readDocument(name) {
    const parts = await this.stream('documents', 'ReadDocument', {name});
    return Buffer.concat(parts.map((part) => part.text));
  }

  services() {
    return new Promise((resolve, reject) => {
      const call = this.stubs.reflection.ServerReflectionInfo();
      call.on('data', (message) => {
        resolve(message.list_services_response.service.map((service) => service.name));
        call.end();
      });
      call.on('error', reject);
      call.write({list_services: '*'});
    });
  }

  // Runs IndexFolder to its end: {operation, updates: [metadata], response}.
  async index(parent, folder, onProgress = () => {}) {
    return this.follow(await this.call('index', 'IndexFolder', {parent, folder}), onProgress);
  }

  // Watches an operation to its end, likewise.
  async follow(begun, onProgress = () => {}) {
    const updates = await this.stream('index', 'WatchOperation', {name: begun.name}, (operation) =>
      onProgress(operation.name, unpack(operation.metadata)));
    const operation = updates[updates.length - 1];
    return {
      operation,
      updates: updates.map((update) => unpack(update.metadata)),
      response: operation.response ? unpack(operation.response) : null,
    };
  }
}

module.exports = {Client, grpc, readError};
