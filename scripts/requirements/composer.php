<?php
// Judges the lines `requirement<TAB>version` on standard input as Composer does. `!` where it refuses the requirement.
require 'Composer/Semver/autoload.php';

use Composer\Semver\Constraint\Constraint;
use Composer\Semver\VersionParser;

$parser = new VersionParser();
$lines = explode("\n", stream_get_contents(STDIN));
array_pop($lines);
foreach ($lines as $line) {
    [$text, $version] = explode("\t", $line);
    try {
        $requirement = $parser->parseConstraints($text);
    } catch (UnexpectedValueException $exception) {
        echo "!\n";
        continue;
    }
    try {
        echo $requirement->matches(new Constraint('==', $parser->normalize($version))) ? "y\n" : "n\n";
    } catch (UnexpectedValueException $exception) {
        echo "?\n";
    }
}
