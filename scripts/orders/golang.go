// Compares the pairs on standard input as golang.org/x/mod/semver does. Versions may lack the `v`, and those of Go itself are
// translated as the Go vulnerability database writes them: go1.22rc1 is 1.22.0-rc.1.
package main

import (
	"bufio"
	"io"
	"os"
	"regexp"
	"strings"

	"golang.org/x/mod/semver"
)

var toolchain = regexp.MustCompile(`^(0|[1-9][0-9]*)(\.(?:0|[1-9][0-9]*))?(\.(?:0|[1-9][0-9]*))?(?:b(?:0|[1-9][0-9]*)|(alpha|beta|rc)(0|[1-9][0-9]*))?$`)

// Go's own version as a module's; what is none is empty.
func translated(text string) string {
	match := toolchain.FindStringSubmatch(text)
	if match == nil {
		return ""
	}
	numbers := match[1:4]
	for place, number := range numbers {
		if number == "" {
			numbers[place] = ".0"
		}
	}
	version := "v" + strings.Join(numbers, "")
	if match[4] != "" {
		version += "-" + match[4] + "." + match[5]
	}
	return version
}

func read(text string) string {
	if strings.HasPrefix(text, "go") {
		return translated(strings.FieldsFunc("go"+text[2:]+" ", func(r rune) bool { return r == ' ' || r == '-' || r == '+' })[0][2:])
	}
	if with := "v" + strings.TrimPrefix(text, "v"); semver.IsValid(with) {
		return with
	}
	return translated(text)
}

func main() {
	input, _ := io.ReadAll(os.Stdin)
	output := bufio.NewWriter(os.Stdout)
	defer output.Flush()
	lines := strings.Split(string(input), "\n")
	for _, line := range lines[:len(lines)-1] {
		pair := strings.Split(line, "\t")
		a, b := read(pair[0]), read(pair[1])
		answer := "?"
		if semver.IsValid(a) && semver.IsValid(b) {
			answer = string("<=>"[semver.Compare(a, b)+1])
		}
		output.WriteString(answer + "\n")
	}
}
