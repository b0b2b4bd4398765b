<?php
// Compares the pairs on standard input as Composer does. `?` also where Comparator says neither less, nor equal, nor greater.
require 'Composer/Semver/autoload.php';

use Composer\Semver\Comparator;
use Composer\Semver\VersionParser;

$parser = new VersionParser();
$lines = explode("\n", stream_get_contents(STDIN));
array_pop($lines);
foreach ($lines as $line) {
    try {
        [$a, $b] = array_map([$parser, 'normalize'], explode("\t", $line));
        $answer = Comparator::lessThan($a, $b) ? '<' : (Comparator::greaterThan($a, $b) ? '>' : (Comparator::equalTo($a, $b) ? '=' : '?'));
    } catch (UnexpectedValueException $exception) {
        $answer = '?';
    }
    echo $answer, "\n";
}
