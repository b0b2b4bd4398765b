<?php
// Compares the pairs on standard input as WordPress does: by version_compare. `!` where PHP contradicts itself.
$lines = explode("\n", stream_get_contents(STDIN));
array_pop($lines);
foreach ($lines as $line) {
    [$a, $b] = explode("\t", $line);
    $order = version_compare($a, $b);
    echo $order !== -version_compare($b, $a) ? '!' : '<=>'[$order + 1], "\n";
}
