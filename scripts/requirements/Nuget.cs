// Judges the lines `requirement<TAB>version` on standard input as NuGet does, what floats by FloatRange. `!` where it refuses the
// requirement.
using System;
using System.IO;
using System.Text;
using NuGet.Versioning;

class Nuget {
    static string Judge(string text, string version) {
        NuGetVersion parsed;
        bool isVersion = NuGetVersion.TryParse(version, out parsed);
        VersionRange range;
        if (text.Contains("*")) {
            FloatRange floating;
            if (!FloatRange.TryParse(text.Trim(), out floating) || floating.FloatBehavior == NuGetVersionFloatBehavior.None) return "!";
            return !isVersion ? "?" : floating.Satisfies(parsed) ? "y" : "n";
        }
        if (!VersionRange.TryParse(text, false, out range)) return "!";
        return !isVersion ? "?" : range.Satisfies(parsed) ? "y" : "n";
    }

    static void Main() {
        var input = new StreamReader(Console.OpenStandardInput(), new UTF8Encoding(false)).ReadToEnd();
        var lines = input.Split('\n');
        var answers = new StringBuilder();
        for (int place = 0; place + 1 < lines.Length; place++) {
            var parts = lines[place].Split('\t');
            answers.Append(Judge(parts[0], parts[1])).Append('\n');
        }
        Console.Write(answers);
    }
}
