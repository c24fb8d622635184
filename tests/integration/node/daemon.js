// Starts the seekd under test on a socket and data directory of its own.
'use strict';

const assert = require('node:assert');
const {spawn} = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

// Polls `ready` until it returns something true; fails after `seconds`.
async function eventually(what, ready, seconds = 60) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const value = await ready();
    if (value) return value;
    assert.ok(Date.now() < end, `${what}: not within ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

class Daemon {
  static async start() {
    const daemon = new Daemon();
    await eventually('socket', () => {
      assert.ok(daemon.process.exitCode === null, `seekd ended:\n${daemon.log}`);
      return fs.existsSync(daemon.socket);
    });
    return daemon;
  }

  constructor() {
    const program = process.env.SEEKD_PROGRAM;
    assert.ok(program, 'SEEKD_PROGRAM is not set; run this through ctest');
    this.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seekd-node-'));
    fs.mkdirSync(path.join(this.folder, 'run'), {mode: 0o700});
    this.socket = path.join(this.folder, 'run', 'seekd.sock');
    this.log = '';
    this.process = spawn(program, ['--data', path.join(this.folder, 'data'), '--socket', this.socket],
                         {stdio: ['ignore', 'pipe', 'pipe']});
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream.on('data', (data) => { this.log += data; });
    }
    this.ended = new Promise((resolve) => this.process.on('exit', (code) => resolve(code)));
  }

  get address() { return `unix://${this.socket}`; }

  // A new folder below the daemon's own, filled from {"relative/name": content}.
  write(name, files) {
    const folder = path.join(this.folder, name);
    for (const [file, content] of Object.entries(files)) {
      fs.mkdirSync(path.dirname(path.join(folder, file)), {recursive: true});
      fs.writeFileSync(path.join(folder, file), content);
    }
    return folder;
  }

  // SIGTERM; the exit code. Removes everything.
  async stop() {
    this.process.kill('SIGTERM');
    const code = await this.ended;
    fs.rmSync(this.folder, {recursive: true, force: true});
    return code;
  }
}

module.exports = {Daemon, eventually};
