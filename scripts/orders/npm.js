// Compares the pairs on standard input as npm does: strict parse of the package `semver`.
const semver = require('semver');
const lines = require('fs').readFileSync(0, 'utf8').split('\n');
lines.pop();
const answers = lines.map((line) => {
  const [a, b] = line.split('\t').map((text) => semver.parse(text));
  return a && b ? '<=>'[semver.compare(a, b) + 1] : '?';
});
process.stdout.write(answers.join('\n') + '\n');
