// Judges the lines `requirement<TAB>version` on standard input as npm does, prereleases included; with an argument, as it
// installs. `!` where it refuses the requirement.
const semver = require('semver');
const options = { includePrerelease: process.argv.length < 3 };
const lines = require('fs').readFileSync(0, 'utf8').split('\n');
lines.pop();
const answers = lines.map((line) => {
  const [text, version] = line.split('\t');
  let range;
  try {
    range = new semver.Range(text, options);
  } catch {
    return '!';
  }
  const parsed = semver.parse(version);
  return parsed === null ? '?' : range.test(parsed) ? 'y' : 'n';
});
process.stdout.write(answers.join('\n') + '\n');
