// Files to index: small, generated, the same every time.
'use strict';

const zlib = require('node:zlib');

const GARDEN = `# Garden notes

Tomatoes need six hours of sun and a deep watering twice a week.

## Pruning roses

Cut roses back in late winter, just above an outward facing bud, with clean and
sharp shears. Remove dead wood first.

## Compost

Mix kitchen scraps with dry leaves and turn the heap once a month.
`;

const MAN_PAGE = `.TH TIDE 1 "2024-01-01" "tide 1.0"
.SH NAME
tide \\- predict the height of the sea
.SH DESCRIPTION
.B tide
prints the times of high and low water for a harbour.
`;

const FILES = {
  'garden.md': GARDEN,
  'page.html': '<html><head><title>Bread</title><style>p {}</style></head><body><h1>Sourdough</h1>' +
               '<p>Feed the starter with flour and water the evening before baking.</p></body></html>',
  'notes/engine.txt': 'The diesel engine needs its oil changed every ten thousand kilometres.\n',
  'notes/music.txt': 'A minor scale is the sixth mode of the major scale.\n',
  'man/tide.1.gz': zlib.gzipSync(Buffer.from(MAN_PAGE)),
  'broken-utf8.txt': Buffer.concat([Buffer.from('Lighthouse keepers log: fog '), Buffer.from([0xff, 0xfe, 0xc3]),
                                    Buffer.from(' all night, horn sounded every minute.\n')]),
  'picture.bin': Buffer.from([0x89, 0x50, 0x00, 0x01, 0x02, 0x00, 0x00, 0xff]),
  '.gitignore': 'secret/\n*.tmp\n',
  'secret/password.txt': 'The password of the vault is swordfish.\n',
  'scratch.tmp': 'The password of the vault is swordfish.\n',
};

const WORDS = ('river stone market engine signal winter copper lantern harbour ledger paper window ' +
               'thunder garden bridge pepper canvas orbit violin marble ticket salmon glacier ' +
               'temple pocket').split(' ');

// `count` files of `paragraphs` different paragraphs each.
function manyFiles(count, paragraphs) {
  let state = 12345;
  const word = () => {
    state = (state * 1103515245 + 12345) & 0x7fffffff;
    return WORDS[(state >> 8) % WORDS.length];
  };
  const sentence = () => Array.from({length: 12}, word).join(' ') + '.';
  const paragraph = () => Array.from({length: 8}, sentence).join(' ');
  const files = {};
  for (let i = 0; i < count; ++i) {
    files[`folder${i % 10}/file${i}.txt`] =
        Array.from({length: paragraphs}, paragraph).join('\n\n') + '\n';
  }
  return files;
}

module.exports = {FILES, GARDEN, manyFiles};
